// YAML documents as a small tree in which every node knows its line and column, for rules, mappings and
// configuration. libyaml does the scanning. Refused, with a position: aliases and anchors (a rule needs none, and they
// are how a kilobyte becomes a gigabyte), merge keys, duplicate keys, keys that are not scalars, tags outside the core
// schema, text that is not UTF-8, nesting deeper than kYamlDepthMax, more nodes than kYamlNodesMax. Pure functions; a
// tree is a plain value.
//
//   auto documents = parse_yaml(text);
//   if (!documents) report(documents.error().at, documents.error().message);
//   else for (const YamlNode& document : *documents) use(document.text("title"));
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace tocsin {

/// Deep enough for any rule or playbook; shallow enough for recursion over the tree.
inline constexpr int kYamlDepthMax = 64;
/// A million nodes is far above the largest real document and keeps a hostile one under 200 MB.
inline constexpr std::size_t kYamlNodesMax = 1'000'000;

/// 1-based; 0 is "unknown".
struct Position {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

struct YamlNode {
  enum class Kind : std::uint8_t { kNull, kScalar, kSequence, kMapping };
  Kind kind = Kind::kNull;
  bool quoted = false;  // a quoted or block scalar: always a string
  bool block = false;   // a block scalar (| or >): its text starts on a line after `at`
  Position at;
  std::string scalar;
  std::vector<YamlNode> items;                               // of a sequence
  std::vector<std::pair<YamlNode, YamlNode>> entries;        // of a mapping, in document order

  // Defined out of line, where the pair of nodes is a complete type (clang 14 asks for that).
  YamlNode();
  YamlNode(const YamlNode&);
  YamlNode(YamlNode&&) noexcept;
  YamlNode& operator=(const YamlNode&);
  YamlNode& operator=(YamlNode&&) noexcept;
  ~YamlNode();

  bool is_null() const { return kind == Kind::kNull; }
  bool is_scalar() const { return kind == Kind::kScalar; }
  bool is_sequence() const { return kind == Kind::kSequence; }
  bool is_mapping() const { return kind == Kind::kMapping; }
  /// The value under `key`, or nullptr.
  const YamlNode* find(std::string_view key) const;
  /// The scalar under `key`, or "".
  std::string_view text(std::string_view key) const;
};

struct YamlError {
  Position at;
  std::string message;
};

/// A plain scalar that the YAML 1.2 core schema reads as a boolean (true/false), an integer or a float.
enum class YamlType { kString, kBool, kInt, kFloat, kNull };
YamlType yaml_type(const YamlNode& scalar);

/// Line `line` (1-based) of the text, without its line break, counted as YAML counts: "" if there is no such line.
std::string_view yaml_line(std::string_view text, std::uint32_t line);

/// Every document of the text. An empty text is no documents.
tl::expected<std::vector<YamlNode>, YamlError> parse_yaml(std::string_view text);

}  // namespace tocsin
