#include "base/yaml.h"

#include <yaml.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <unordered_set>

namespace tocsin {
namespace {

/// Below this many keys a scan over them is quicker than a hash table; above it the table keeps the cost
/// linear.
constexpr std::size_t kScanKeysMax = 16;

constexpr std::string_view kCoreTags = "tag:yaml.org,2002:";

bool is_null_word(std::string_view text) {
  return text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL";
}

bool is_bool_word(std::string_view text) {
  return text == "true" || text == "True" || text == "TRUE" || text == "false" || text == "False" || text == "FALSE";
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t skip_digits(std::string_view text, std::size_t at) {
  while (at < text.size() && is_digit(text[at])) ++at;
  return at;
}

bool is_radix_int(std::string_view text) {
  const auto all = [&](auto accepts) { return text.size() > 2 && std::all_of(text.begin() + 2, text.end(), accepts); };
  if (text.starts_with("0o")) return all([](char c) { return c >= '0' && c <= '7'; });
  if (!text.starts_with("0x")) return false;
  return all([](char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); });
}

/// YAML 1.2.2, section 10.3.2: [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?, inf and
/// nan.
YamlType number_type(std::string_view text) {
  if (is_radix_int(text)) return YamlType::kInt;
  std::size_t at = !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
  const std::string_view rest = text.substr(at);
  if (rest == ".inf" || rest == ".Inf" || rest == ".INF") return YamlType::kFloat;
  if (text == ".nan" || text == ".NaN" || text == ".NAN") return YamlType::kFloat;
  const std::size_t whole_end = skip_digits(text, at);
  std::size_t digits = whole_end - at;
  if (digits > 0 && whole_end == text.size()) return YamlType::kInt;
  at = whole_end;
  if (at < text.size() && text[at] == '.') {
    const std::size_t fraction_end = skip_digits(text, at + 1);
    digits += fraction_end - at - 1;
    at = fraction_end;
  }
  if (digits == 0) return YamlType::kString;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    const std::size_t end = skip_digits(text, at);
    if (end == at) return YamlType::kString;
    at = end;
  }
  return at == text.size() ? YamlType::kFloat : YamlType::kString;
}

Position position(const yaml_mark_t& mark) {
  return {static_cast<std::uint32_t>(mark.line + 1), static_cast<std::uint32_t>(mark.column + 1)};
}

/// Pulls libyaml's events into a tree. Every parse_ function returns false once `error` is set.
class TreeBuilder {
 public:
  explicit TreeBuilder(std::string_view text) {
    ready_ = yaml_parser_initialize(&parser_) != 0;
    if (!ready_) return;
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  }
  ~TreeBuilder() {
    drop_event();
    if (ready_) yaml_parser_delete(&parser_);
  }
  TreeBuilder(const TreeBuilder&) = delete;
  TreeBuilder& operator=(const TreeBuilder&) = delete;

  bool parse(std::vector<YamlNode>& documents) {
    if (!ready_) return fail({}, "out of memory");
    while (next()) {
      if (event_.type == YAML_STREAM_END_EVENT) return true;
      if (event_.type != YAML_DOCUMENT_START_EVENT) continue;
      if (!next() || !parse_node(documents.emplace_back(), 1)) return false;
    }
    return false;
  }

  YamlError error;

 private:
  bool fail(Position at, std::string message) {
    error = {at, std::move(message)};
    return false;
  }

  void drop_event() {
    if (has_event_) yaml_event_delete(&event_);
    has_event_ = false;
  }

  bool next() {
    drop_event();
    if (yaml_parser_parse(&parser_, &event_) != 0) {
      has_event_ = true;
      return true;
    }
    std::string message = parser_.problem != nullptr ? parser_.problem : "not valid YAML";
    if (parser_.context != nullptr) message = std::string(parser_.context) + ": " + message;
    // The reader (bad UTF-8, forbidden characters) knows only where the scanner stands, at most a buffer
    // earlier.
    return fail(position(parser_.error == YAML_READER_ERROR ? parser_.mark : parser_.problem_mark), message);
  }

  bool check_tag(Position at, const unsigned char* tag, std::string_view& kind) {
    if (tag == nullptr) return true;
    const std::string_view text = reinterpret_cast<const char*>(tag);
    if (text == "!") {
      kind = "str";
      return true;
    }
    if (text.starts_with(kCoreTags)) kind = text.substr(kCoreTags.size());
    for (const std::string_view known : {"str", "int", "float", "bool", "null", "seq", "map"}) {
      if (kind == known) return true;
    }
    return fail(at, "the tag " + std::string(text) + " is not supported");
  }

  bool parse_node(YamlNode& node, int depth) {
    node.at = position(event_.start_mark);
    if (depth > kYamlDepthMax) return fail(node.at, "nested deeper than " + std::to_string(kYamlDepthMax) + " levels");
    if (++nodes_ > kYamlNodesMax) return fail(node.at, "more than " + std::to_string(kYamlNodesMax) + " nodes");
    switch (event_.type) {
      case YAML_SCALAR_EVENT: return parse_scalar(node);
      case YAML_SEQUENCE_START_EVENT: return parse_sequence(node, depth);
      case YAML_MAPPING_START_EVENT: return parse_mapping(node, depth);
      case YAML_ALIAS_EVENT: return fail(node.at, "aliases are refused: write the value out");
      default: return fail(node.at, "not valid YAML");
    }
  }

  bool refuse_anchor(Position at, const unsigned char* anchor) {
    return anchor == nullptr || fail(at, "anchors are refused: write the value out where it is needed");
  }

  bool parse_scalar(YamlNode& node) {
    const auto& scalar = event_.data.scalar;
    std::string_view tag;
    if (!refuse_anchor(node.at, scalar.anchor) || !check_tag(node.at, scalar.tag, tag)) return false;
    node.scalar.assign(reinterpret_cast<const char*>(scalar.value), scalar.length);
    node.quoted = scalar.style != YAML_PLAIN_SCALAR_STYLE || tag == "str";
    node.block = scalar.style == YAML_LITERAL_SCALAR_STYLE || scalar.style == YAML_FOLDED_SCALAR_STYLE;
    node.kind = !node.quoted && is_null_word(node.scalar) ? YamlNode::Kind::kNull : YamlNode::Kind::kScalar;
    return true;
  }

  bool parse_sequence(YamlNode& node, int depth) {
    std::string_view tag;
    if (!refuse_anchor(node.at, event_.data.sequence_start.anchor)) return false;
    if (!check_tag(node.at, event_.data.sequence_start.tag, tag)) return false;
    node.kind = YamlNode::Kind::kSequence;
    while (next()) {
      if (event_.type == YAML_SEQUENCE_END_EVENT) return true;
      if (!parse_node(node.items.emplace_back(), depth + 1)) return false;
    }
    return false;
  }

  bool parse_mapping(YamlNode& node, int depth) {
    std::string_view tag;
    if (!refuse_anchor(node.at, event_.data.mapping_start.anchor)) return false;
    if (!check_tag(node.at, event_.data.mapping_start.tag, tag)) return false;
    node.kind = YamlNode::Kind::kMapping;
    std::unordered_set<std::string> keys;  // used past kScanKeysMax
    while (next()) {
      if (event_.type == YAML_MAPPING_END_EVENT) return true;
      auto& [key, value] = node.entries.emplace_back();
      if (!parse_key(key, depth) || !refuse_duplicate(node, keys)) return false;
      if (!next() || !parse_node(value, depth + 1)) return false;
    }
    return false;
  }

  bool parse_key(YamlNode& key, int depth) {
    if (!parse_node(key, depth + 1)) return false;
    if (!key.is_scalar() && !key.is_null()) return fail(key.at, "a key must be a single value");
    if (!key.quoted && key.scalar == "<<") return fail(key.at, "merge keys are refused: write the entries out");
    key.kind = YamlNode::Kind::kScalar;
    return true;
  }

  bool refuse_duplicate(const YamlNode& node, std::unordered_set<std::string>& keys) {
    const YamlNode& key = node.entries.back().first;
    const std::size_t before = node.entries.size() - 1;
    bool duplicate = false;
    if (before < kScanKeysMax) {
      duplicate = std::any_of(node.entries.begin(), node.entries.end() - 1,
                              [&](const auto& entry) { return entry.first.scalar == key.scalar; });
    } else {
      if (keys.empty()) {
        for (std::size_t i = 0; i < before; ++i) keys.insert(node.entries[i].first.scalar);
      }
      duplicate = !keys.insert(key.scalar).second;
    }
    return !duplicate || fail(key.at, "the key '" + key.scalar + "' appears twice in one mapping");
  }

  yaml_parser_t parser_ = {};
  yaml_event_t event_ = {};
  bool ready_ = false;
  bool has_event_ = false;
  std::size_t nodes_ = 0;
};

/// The length of the line break at `at`, 0 if there is none. libyaml also breaks at NEL, LS and PS.
std::size_t break_size(std::string_view text, std::size_t at) {
  switch (text[at]) {
    case '\n': return 1;
    case '\r': return text.substr(at + 1).starts_with('\n') ? 2 : 1;
    case '\xC2': return text.substr(at + 1).starts_with('\x85') ? 2 : 0;
    case '\xE2': return text.substr(at + 1, 2) == "\x80\xA8" || text.substr(at + 1, 2) == "\x80\xA9" ? 3 : 0;
    default: return 0;
  }
}

}  // namespace

YamlNode::YamlNode() = default;
YamlNode::YamlNode(const YamlNode&) = default;
YamlNode::YamlNode(YamlNode&&) noexcept = default;
YamlNode& YamlNode::operator=(const YamlNode&) = default;
YamlNode& YamlNode::operator=(YamlNode&&) noexcept = default;
YamlNode::~YamlNode() = default;

const YamlNode* YamlNode::find(std::string_view key) const {
  for (const auto& [name, value] : entries) {
    if (name.scalar == key) return &value;
  }
  return nullptr;
}

std::string_view YamlNode::text(std::string_view key) const {
  const YamlNode* value = find(key);
  return value != nullptr && value->is_scalar() ? std::string_view(value->scalar) : std::string_view();
}

YamlType yaml_type(const YamlNode& scalar) {
  if (scalar.is_null()) return YamlType::kNull;
  if (!scalar.is_scalar() || scalar.quoted) return YamlType::kString;
  return is_bool_word(scalar.scalar) ? YamlType::kBool : number_type(scalar.scalar);
}

std::string_view yaml_line(std::string_view text, std::uint32_t line) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::uint32_t current = 1;
  std::size_t start = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::size_t size = break_size(text, at);
    if (size == 0) continue;
    if (current == line) return text.substr(start, at - start);
    ++current;
    start = at + size;
    at = start - 1;
  }
  return current == line ? text.substr(start) : std::string_view();
}

tl::expected<std::vector<YamlNode>, YamlError> parse_yaml(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::vector<YamlNode> documents;
  TreeBuilder builder(text);
  if (!builder.parse(documents)) return tl::unexpected(std::move(builder.error));
  return documents;
}

}  // namespace tocsin
