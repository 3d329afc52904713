#include "respond/cacao/condition.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/ip_network.h"
#include "base/text.h"
#include "respond/cacao/condition_tree.h"
#include "respond/cacao/value.h"

namespace tocsin::cacao {

namespace {

using enum Operator;

/// Types whose values can be compared with each other.
enum class Family : std::uint8_t { kBool, kDictionary, kNumber, kHex, kIpv4, kIpv6, kMac, kText, kUuid };

Family family_of(VariableType type) {
  switch (type) {
    case VariableType::kBool: return Family::kBool;
    case VariableType::kDictionary: return Family::kDictionary;
    case VariableType::kFloat: case VariableType::kInteger: case VariableType::kLong: return Family::kNumber;
    case VariableType::kHash: case VariableType::kHexstring: case VariableType::kMd5: case VariableType::kSha256: return Family::kHex;
    case VariableType::kIpv4: return Family::kIpv4;
    case VariableType::kIpv6: return Family::kIpv6;
    case VariableType::kMac: return Family::kMac;
    case VariableType::kString: case VariableType::kUri: return Family::kText;
    case VariableType::kUuid: return Family::kUuid;
  }
  return Family::kText;
}

bool is_order(Operator op) { return op == kLess || op == kMore || op == kLessOrEqual || op == kMoreOrEqual; }
bool is_network(Operator op) { return op == kSubset || op == kSuperset; }

std::string wrong_at(std::size_t column, std::string_view message) { return fmt::format("column {}: {}", column, message); }

std::string hex_of(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

/// Why a variable of that type is never compared so; "" if it is.
std::string wrong_with_operator(VariableType type, Operator op) {
  const Family family = family_of(type);
  const bool goes = is_order(op)     ? family == Family::kNumber || type == VariableType::kString
                    : is_network(op) ? family == Family::kIpv4 || family == Family::kIpv6
                    : op == kLike || op == kMatches ? family != Family::kNumber && family != Family::kBool && family != Family::kDictionary
                                                    : true;
  return goes ? "" : fmt::format("{} does not go with a variable of type {}", operator_name(op), type_name(type));
}

/// Why the two are never compared; "" if they are.
std::string wrong_with_operand(VariableType type, const Operand& operand, const Condition::Lookup& lookup) {
  const auto none = [&](std::string_view what) { return fmt::format("{} is no value of type {}", what, type_name(type)); };
  const Family family = family_of(type);
  switch (operand.kind) {
    case Operand::Kind::kVariable: {
      const Variable* const other = lookup(operand.text);
      return other == nullptr || family_of(other->type) == family ? "" : fmt::format("{} is of type {}, which is not compared with type {}", operand.text, type_name(other->type), type_name(type));
    }
    case Operand::Kind::kText: return family == Family::kText || (family == Family::kNumber ? read_number(operand.text).has_value() : fits(family == Family::kHex ? VariableType::kHexstring : type, operand.text)) ? "" : none("'" + operand.text.substr(0, 80) + "'");
    case Operand::Kind::kNumber: return family == Family::kNumber ? "" : none(operand.text);
    case Operand::Kind::kBool: return family == Family::kBool ? "" : none(operand.text);
    case Operand::Kind::kBytes: return family == Family::kHex || family == Family::kText ? "" : none("a text of bytes (h'…', b'…')");
    case Operand::Kind::kTime: return type == VariableType::kString ? "" : none("a time (t'…')");
  }
  return "";
}

/// One variable's value in answer to one comparison.
class Answer {
 public:
  Answer(const Comparison& comparison, const Condition::Lookup& lookup) : comparison_(comparison), lookup_(lookup) {}

  Result<bool> find() {
    const Variable* const variable = lookup_(comparison_.variable);
    const bool is_there = variable != nullptr && variable->value;
    if (comparison_.op == kExists) return is_there != comparison_.negated;
    if (!is_there) return false;
    if (const std::string wrong = wrong_with_operator(variable->type, comparison_.op); !wrong.empty()) return error(comparison_.column, wrong);
    type_ = variable->type;
    own_ = *variable->value;
    own_spelling_ = TRY(spelling(comparison_.variable, type_, own_));
    if (comparison_.op == kLike || comparison_.op == kMatches) return TRY(search()) != comparison_.negated;
    bool holds = false, is_other_there = false;
    for (const Operand& operand : comparison_.operands) {
      const std::optional<bool> one = TRY(compare(operand));
      is_other_there = is_other_there || one;
      holds = holds || one.value_or(false);
    }
    return is_other_there && holds != comparison_.negated;
  }

 private:
  static Error error(std::size_t column, std::string_view message, Code code = Code::kInvalid) { return {code, wrong_at(column, message)}; }

  Result<std::string> spelling(std::string_view name, VariableType type, std::string_view value) const {
    std::optional<std::string> spelled = one_spelling(type, value);
    if (!spelled) return error(comparison_.column, fmt::format("the value of {} is none of type {}", name, type_name(type)));
    return std::move(*spelled);
  }

  Result<bool> search() const {
    if (own_.size() > kSearchedBytesMax) return error(comparison_.column, fmt::format("the value of {} has {} bytes, {} are the most that are searched", comparison_.variable, own_.size(), kSearchedBytesMax), Code::kLimit);
    const Operand& pattern = comparison_.operands.front();
    if (comparison_.op == kLike) return is_like(own_, pattern.text);
    const std::uint64_t before = comparison_.regex->limit_hits();
    const bool found = comparison_.regex->search(own_);
    if (!found && comparison_.regex->limit_hits() != before) return error(pattern.column, fmt::format("the search in {} was given up: too many steps. Write the regular expression without look-around, back references and possessive quantifiers", comparison_.variable), Code::kLimit);
    return found;
  }

  /// Nothing if the operand is a variable without a value.
  Result<std::optional<bool>> compare(const Operand& operand) const {
    if (const std::string wrong = wrong_with_operand(type_, operand, lookup_); !wrong.empty()) return error(operand.column, wrong);
    std::string_view other = operand.text;
    VariableType other_type = type_;
    if (operand.kind == Operand::Kind::kVariable) {
      const Variable* const variable = lookup_(operand.text);
      if (variable == nullptr || !variable->value) return std::optional<bool>();
      other = *variable->value;
      other_type = variable->type;
      TRY(spelling(operand.text, other_type, other));
    }
    if (operand.kind == Operand::Kind::kTime) return std::optional(TRY(compare_time(operand)));
    const Family family = family_of(type_);
    if (family == Family::kNumber) return std::optional(by_order(compare_numbers(*read_number(own_), *read_number(other))));
    if (is_network(comparison_.op)) return std::optional(is_within(other));
    if (operand.kind == Operand::Kind::kBytes && family == Family::kHex) return std::optional(by_order(own_spelling_ <=> hex_of(other)));
    if (family == Family::kText) return std::optional(by_order(std::string_view(own_) <=> other));  // bytes of UTF-8 stand in the order of code points
    return std::optional(by_order(own_spelling_ <=> *one_spelling(family == Family::kHex ? VariableType::kHexstring : other_type, other)));
  }

  Result<bool> compare_time(const Operand& operand) const {
    const std::optional<TimeUs> own = parse_time(own_);
    if (!own) return error(comparison_.column, fmt::format("the value of {} is compared with a time and is none (2026-01-31T09:00:00Z)", comparison_.variable));
    return by_order(*own <=> operand.time);
  }

  bool is_within(std::string_view other) const {
    IpNetwork small = *read_network(own_), large = *read_network(other);
    if (comparison_.op == kSuperset) std::swap(small, large);
    return small.bits >= large.bits && large.holds(small.base);
  }

  bool by_order(std::strong_ordering order) const {
    switch (comparison_.op) {
      case kUnequal: return order != 0;
      case kLess: return order < 0;
      case kMore: return order > 0;
      case kLessOrEqual: return order <= 0;
      case kMoreOrEqual: return order >= 0;
      default: return order == 0;
    }
  }

  const Comparison& comparison_;
  const Condition::Lookup& lookup_;
  VariableType type_ = VariableType::kString;
  std::string own_, own_spelling_;
};

Result<bool> holds(const Node& node, const Condition::Lookup& lookup) {
  switch (node.kind) {
    case Node::Kind::kComparison: return Answer(*node.comparison, lookup).find();
    case Node::Kind::kNot: return !TRY(holds(node.parts.front(), lookup));
    case Node::Kind::kAll:
    case Node::Kind::kAny: break;
  }
  const bool decides = node.kind == Node::Kind::kAny;
  for (const Node& part : node.parts) {
    if (TRY(holds(part, lookup)) == decides) return decides;
  }
  return !decides;
}

void each_comparison(const Node& node, const std::function<void(const Comparison&)>& take) {
  if (node.comparison != nullptr) take(*node.comparison);
  for (const Node& part : node.parts) each_comparison(part, take);
}

}  // namespace

Condition::Condition(std::unique_ptr<const Tree> tree) : tree_(std::move(tree)) {}
Condition::Condition(Condition&&) noexcept = default;
Condition& Condition::operator=(Condition&&) noexcept = default;
Condition::~Condition() = default;

Result<Condition> Condition::parse(std::string_view text) {
  Node root = TRY(parse_condition(text));
  auto tree = std::make_unique<Tree>();
  tree->root = std::move(root);
  return Condition(std::move(tree));
}

Result<bool> Condition::holds(const Lookup& lookup) const { return cacao::holds(tree_->root, lookup); }

Result<bool> Condition::holds(const Variables& variables) const {
  return holds([&](std::string_view name) -> const Variable* {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : &found->second;
  });
}

std::vector<std::string> Condition::variables() const {
  std::set<std::string> names;
  each_comparison(tree_->root, [&](const Comparison& one) {
    names.insert(one.variable);
    for (const Operand& operand : one.operands) {
      if (operand.kind == Operand::Kind::kVariable) names.insert(operand.text);
    }
  });
  return {names.begin(), names.end()};
}

std::vector<std::string> Condition::check(const Lookup& lookup) const {
  std::vector<std::string> wrong;
  const auto tell = [&](std::size_t column, const std::string& message) {
    if (!message.empty()) wrong.push_back(wrong_at(column, message));
  };
  const auto known = [&](std::size_t column, const std::string& name) {
    const Variable* const variable = lookup(name);
    if (variable == nullptr) tell(column, fmt::format("uses {}, which is declared neither by the playbook nor by the step", name));
    return variable;
  };
  each_comparison(tree_->root, [&](const Comparison& one) {
    const Variable* const variable = known(one.column, one.variable);
    const std::string wrong_operator = variable == nullptr ? "" : wrong_with_operator(variable->type, one.op);
    tell(one.column, wrong_operator);
    const bool is_search = one.op == kLike || one.op == kMatches;
    for (const Operand& operand : one.operands) {
      if (operand.kind == Operand::Kind::kVariable) known(operand.column, operand.text);
      if (variable != nullptr && wrong_operator.empty() && !is_search) tell(operand.column, wrong_with_operand(variable->type, operand, lookup));
    }
  });
  return wrong;
}

bool is_like(std::string_view text, std::string_view pattern) {
  std::size_t at = 0, in_pattern = 0;
  std::size_t star = std::string_view::npos, resumed = 0;  // the last '%', and where what is behind it was tried
  while (at < text.size()) {
    if (in_pattern < pattern.size() && pattern[in_pattern] == '%') {
      star = in_pattern++;
      resumed = at;
    } else if (in_pattern < pattern.size() && (pattern[in_pattern] == '_' || pattern[in_pattern] == text[at])) {
      at += pattern[in_pattern] == '_' ? char_at(text, at).size : 1;
      ++in_pattern;
    } else if (star != std::string_view::npos) {
      resumed += char_at(text, resumed).size;
      at = resumed;
      in_pattern = star + 1;
    } else {
      return false;
    }
  }
  while (in_pattern < pattern.size() && pattern[in_pattern] == '%') ++in_pattern;
  return in_pattern == pattern.size();
}

}  // namespace tocsin::cacao
