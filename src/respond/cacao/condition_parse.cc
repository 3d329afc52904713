// Recursive descent over the text: a token at a time, a function for each line of the grammar (condition.h). It goes down by kConditionDepthMax at most, and each call takes at least a token.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/number.h"
#include "respond/cacao/check_playbook.h"
#include "respond/cacao/condition_tree.h"
#include "respond/cacao/value.h"

namespace tocsin::cacao {

namespace {

using enum Operator;
/// The longer ones first: "<=" is no "<".
constexpr std::pair<std::string_view, Operator> kSigns[] = {{"==", kEqual}, {"!=", kUnequal}, {"<>", kUnequal}, {"<=", kLessOrEqual}, {">=", kMoreOrEqual}, {"=", kEqual}, {"<", kLess}, {">", kMore}};
constexpr std::pair<std::string_view, Operator> kWords[] = {{"IN", kIn}, {"LIKE", kLike}, {"MATCHES", kMatches}, {"ISSUBSET", kSubset}, {"ISSUPERSET", kSuperset}};
constexpr std::string_view kOtherWords[] = {"AND", "OR", "NOT", "EXISTS", "TRUE", "FALSE"};

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_word_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' || c == '+' || c == ':' || c == '$'; }

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0 || (!text.empty() && !fits(VariableType::kHexstring, text))) return std::nullopt;
  const auto digit = [](char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; };
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) bytes += static_cast<char>(digit(text[i]) << 4 | digit(text[i + 1]));
  return bytes;
}

struct Token {
  enum class Kind { kEnd, kSign, kWord, kText } kind = Kind::kEnd;
  std::string_view word = {};  // as it stands there
  std::string text = {};       // kText: what it means
  char prefix = 0;             // kText: 'h', 'b', 't', or none
  std::size_t column = 1;
};

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<Node> all() {
    if (text_.size() > kConditionBytesMax) return Error{Code::kLimit, fmt::format("has {} bytes, {} are the most", text_.size(), kConditionBytesMax)};
    TRY(next());
    Node root = TRY(any());
    if (token_.kind != Token::Kind::kEnd) return unexpected("AND, OR or the end");
    return root;
  }

 private:
  Error wrong(std::size_t column, std::string_view message, Code code = Code::kInvalid) const { return {code, fmt::format("column {}: {}", column, message)}; }
  Error unexpected(std::string_view wanted) const {
    if (token_.kind == Token::Kind::kEnd) return wrong(token_.column, fmt::format("it ends where {} is to stand", wanted));
    std::string upper(token_.word);
    for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    const bool is_word = std::ranges::find(kOtherWords, upper) != std::end(kOtherWords) || std::ranges::find(kWords, upper, [](const auto& row) { return row.first; }) != std::end(kWords);
    const bool is_literal = upper == "TRUE" || upper == "FALSE";
    const std::string hint = is_word && upper != token_.word && !is_literal ? fmt::format(" (words of a condition are in capitals: {})", upper) : "";
    return wrong(token_.column, fmt::format("'{}' stands where {} is to stand{}", token_.word.substr(0, 80), wanted, hint));
  }

  bool is_sign(std::string_view sign) const { return token_.kind == Token::Kind::kSign && token_.word == sign; }
  bool is_word(std::string_view word) const { return token_.kind == Token::Kind::kWord && token_.word == word; }
  /// Takes it if it is there.
  Result<bool> take_word(std::string_view word) {
    if (!is_word(word)) return false;
    TRY(next());
    return true;
  }

  Status next() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
    token_ = Token{.column = at_ + 1};
    if (at_ == text_.size()) return {};
    const std::string_view rest = text_.substr(at_);
    if (rest[0] == '\'') return quoted();
    if (rest.size() > 1 && rest[1] == '\'' && std::string_view("hbt").find(rest[0]) != std::string_view::npos) {
      token_.prefix = rest[0];
      ++at_;
      return quoted();
    }
    const auto sign = std::ranges::find_if(kSigns, [&](const auto& row) { return rest.starts_with(row.first); });
    if (sign != std::end(kSigns) || std::string_view("(),").find(rest[0]) != std::string_view::npos) {
      token_.kind = Token::Kind::kSign;
      token_.word = rest.substr(0, sign != std::end(kSigns) ? sign->first.size() : 1);
    } else {
      std::size_t size = 0;
      while (size < rest.size() && is_word_letter(rest[size])) ++size;
      if (size == 0) return wrong(at_ + 1, rest[0] == '"' ? "a text stands between single quotes: 'text'" : "this character has no meaning in a condition");
      token_.kind = Token::Kind::kWord;
      token_.word = rest.substr(0, size);
    }
    at_ += token_.word.size();
    return {};
  }

  /// From the first quote to the last.
  Status quoted() {
    const std::size_t begin = at_++;
    for (; at_ < text_.size() && text_[at_] != '\''; ++at_) {
      if (text_[at_] == '\\') {
        if (++at_ == text_.size() || (text_[at_] != '\'' && text_[at_] != '\\')) return wrong(at_, R"(a backslash in a text is written \\, a quote \')");
      }
      token_.text += text_[at_];
    }
    if (at_ == text_.size()) return wrong(begin + 1, "a text begins here and has no end: a quote is missing");
    ++at_;
    token_.kind = Token::Kind::kText;
    token_.word = text_.substr(token_.column - 1, at_ - token_.column + 1);
    return {};
  }

  Result<Node> any() { return chain("OR", Node::Kind::kAny, [&] { return chain("AND", Node::Kind::kAll, [&] { return test(); }); }); }

  template <class Part>
  Result<Node> chain(std::string_view word, Node::Kind kind, const Part& part) {
    Node first = TRY(part());
    if (!is_word(word)) return first;
    Node whole{.kind = kind, .parts = {}, .comparison = nullptr};
    whole.parts.push_back(std::move(first));
    while (TRY(take_word(word))) whole.parts.push_back(TRY(part()));
    return whole;
  }

  Result<Node> test() {
    const bool negated = TRY(take_word("NOT"));
    if (is_sign("(")) {
      Node inner = TRY(group());
      if (!negated) return inner;
      Node turned{.kind = Node::Kind::kNot, .parts = {}, .comparison = nullptr};
      turned.parts.push_back(std::move(inner));
      return turned;
    }
    auto comparison = std::make_unique<Comparison>();
    comparison->column = token_.column;
    comparison->negated = negated;
    TRY(count());
    if (TRY(take_word("EXISTS"))) {
      comparison->op = kExists;
      comparison->variable = TRY(variable());
    } else if (negated) {
      return unexpected("EXISTS or a parenthesis (NOT stands behind the variable: __x__:value NOT = 1)");
    } else {
      comparison->variable = TRY(variable());
      TRY(operation(*comparison));
    }
    return Node{.kind = Node::Kind::kComparison, .parts = {}, .comparison = std::move(comparison)};
  }

  Result<Node> group() {
    if (++depth_ > kConditionDepthMax) return wrong(token_.column, fmt::format("more than {} parentheses within each other", kConditionDepthMax), Code::kLimit);
    TRY(next());
    Node inner = TRY(any());
    if (!is_sign(")")) return unexpected("AND, OR or ')'");
    TRY(next());
    --depth_;
    return inner;
  }

  Status count() {
    if (++operands_ > kConditionOperandsMax) return wrong(token_.column, fmt::format("more than {} comparisons and items of lists", kConditionOperandsMax), Code::kLimit);
    return {};
  }

  bool is_variable() const { return token_.kind == Token::Kind::kWord && token_.word.starts_with("__"); }

  Result<std::string> variable() {
    if (token_.kind != Token::Kind::kWord) return unexpected("a variable (__name__:value)");
    const std::vector<VariableUse> uses = variables_in(token_.word);
    if (uses.size() != 1 || uses.front().size != token_.word.size()) {
      if (token_.word.starts_with("__") && token_.word.ends_with("__")) return wrong(token_.column, fmt::format("the value of a variable is written {}:value", token_.word));
      return unexpected("a variable (__name__:value)");
    }
    std::string name(uses.front().name);
    TRY(next());
    return name;
  }

  Status operation(Comparison& comparison) {
    comparison.negated = TRY(take_word("NOT"));
    const auto is_this = [&](const auto& row) { return row.first == token_.word; };
    if (const auto sign = std::ranges::find_if(kSigns, is_this); token_.kind == Token::Kind::kSign && sign != std::end(kSigns)) {
      comparison.op = sign->second;
    } else if (const auto word = std::ranges::find_if(kWords, is_this); token_.kind == Token::Kind::kWord && word != std::end(kWords)) {
      comparison.op = word->second;
    } else {
      return unexpected("an operator (=, !=, <, >, <=, >=, IN, LIKE, MATCHES, ISSUBSET, ISSUPERSET)");
    }
    TRY(next());
    if (comparison.op == kIn) return list(comparison);
    if (comparison.op == kLike || comparison.op == kMatches) return pattern(comparison);
    comparison.operands.push_back(TRY(operand()));
    return {};
  }

  Status list(Comparison& comparison) {
    if (!is_sign("(")) return unexpected("a list: IN ('a', 'b')");
    do {
      TRY(next());
      TRY(count());
      comparison.operands.push_back(TRY(operand()));
    } while (is_sign(","));
    if (!is_sign(")")) return unexpected("',' or ')'");
    return next();
  }

  Status pattern(Comparison& comparison) {
    if (token_.kind != Token::Kind::kText || token_.prefix != 0) return unexpected("a text ('…'): what is searched for stands in the playbook");
    comparison.operands.push_back(TRY(operand()));
    const Operand& text = comparison.operands.back();
    if (comparison.op == kLike && text.text.size() > kLikeBytesMax) return wrong(text.column, fmt::format("a pattern of more than {} bytes", kLikeBytesMax), Code::kLimit);
    if (comparison.op == kLike) return {};
    if (++patterns_ > kConditionPatternsMax) return wrong(text.column, fmt::format("more than {} regular expressions", kConditionPatternsMax), Code::kLimit);
    std::size_t fault_at = 0;
    Result<Regex> regex = Regex::compile(text.text, {}, &fault_at);
    if (!regex) return wrong(text.column, fmt::format("is no regular expression: {} (at its character {})", regex.error().message, fault_at + 1));
    comparison.regex.emplace(std::move(*regex));
    return {};
  }

  Result<Operand> operand() {
    Operand operand{.column = token_.column};
    if (is_variable()) {
      operand.kind = Operand::Kind::kVariable;
      operand.text = TRY(variable());
      return operand;
    }
    if (token_.kind == Token::Kind::kText) {
      TRY(literal(operand));
    } else if (is_word("true") || is_word("false")) {
      operand.kind = Operand::Kind::kBool;
    } else if (token_.kind == Token::Kind::kWord && is_decimal_number(token_.word) && read_number(token_.word)) {
      operand.kind = Operand::Kind::kNumber;
    } else {
      return unexpected("a value ('text', 12, 1.5, true, false, h'0a', b'Cg==', t'2026-01-31T09:00:00Z') or a variable");
    }
    if (token_.kind == Token::Kind::kWord) operand.text = token_.word;
    TRY(next());
    return operand;
  }

  Status literal(Operand& operand) {
    operand.text = token_.text;
    if (token_.prefix == 0) return {};
    if (token_.prefix == 't') {
      const std::optional<TimeUs> time = token_.text.ends_with('Z') ? parse_time(token_.text) : std::nullopt;
      if (!time) return wrong(token_.column, "is no time in UTC: t'2026-01-31T09:00:00Z'");
      operand.kind = Operand::Kind::kTime;
      operand.time = *time;
      return {};
    }
    std::optional<std::string> bytes = token_.prefix == 'h' ? from_hex(token_.text) : from_base64(token_.text, Base64::kPlain);
    if (!bytes) return wrong(token_.column, token_.prefix == 'h' ? "is no even number of hexadecimal digits: h'0aff'" : "is no Base64: b'Cg=='");
    operand.kind = Operand::Kind::kBytes;
    operand.text = std::move(*bytes);
    return {};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  Token token_;
  std::size_t depth_ = 0, operands_ = 0, patterns_ = 0;
};

}  // namespace

std::string_view operator_name(Operator op) {
  constexpr std::string_view kNames[] = {"=", "!=", "<", ">", "<=", ">=", "IN", "LIKE", "MATCHES", "ISSUBSET", "ISSUPERSET", "EXISTS"};
  return kNames[static_cast<std::size_t>(op)];
}

Result<Node> parse_condition(std::string_view text) { return Parser(text).all(); }

}  // namespace tocsin::cacao
