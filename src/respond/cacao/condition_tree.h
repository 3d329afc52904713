// What a condition is made of, between condition_parse.cc, which makes it, and condition.cc, which answers it. Used by nobody else.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/regex.h"
#include "base/time.h"
#include "respond/cacao/condition.h"

namespace tocsin::cacao {

enum class Operator : std::uint8_t { kEqual, kUnequal, kLess, kMore, kLessOrEqual, kMoreOrEqual, kIn, kLike, kMatches, kSubset, kSuperset, kExists };
std::string_view operator_name(Operator op);

struct Operand {
  enum class Kind : std::uint8_t { kVariable, kText, kNumber, kBool, kBytes, kTime } kind = Kind::kText;
  std::string text = {};  // the name; the text; the number or bool as written; the bytes
  TimeUs time = kNoTime;
  std::size_t column = 0;
};

struct Comparison {
  Operator op = Operator::kEqual;
  bool negated = false;
  std::string variable;
  std::vector<Operand> operands;  // of EXISTS none, of IN any number, else one
  std::optional<Regex> regex;     // MATCHES
  std::size_t column = 0;
};

struct Node {
  enum class Kind : std::uint8_t { kAll, kAny, kNot, kComparison } kind = Kind::kComparison;
  std::vector<Node> parts;                 // kAll, kAny: two or more; kNot: one
  std::unique_ptr<Comparison> comparison;  // else
};

struct Condition::Tree {
  Node root;
};

Result<Node> parse_condition(std::string_view text);

}  // namespace tocsin::cacao
