// The condition of a rule or filter: its grammar, read into a tree over the selections with quantifiers written out.
//
//   or  := and ("or" and)*        and := not ("and" not)*        not := "not" not | operand
//   operand := "(" or ")" | quantifier "of" ("them" | pattern) | selection
//   quantifier := "1" | "any" | "all"      pattern: a name in which '*' stands for any characters
//
// Keywords in any case (pySigma: lower case only; told with lint). "them" and patterns leave out names that begin with
// '_', unless the pattern itself does. Depth and size are limited. Pure functions.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "detect/sigma/draft.h"

namespace tocsin::sigma {

/// Parentheses and nots within each other.
inline constexpr int kConditionDepthMax = 64;
/// Nodes after quantifiers are written out; the largest public rule has 60.
inline constexpr std::size_t kConditionNodesMax = 20'000;

/// A condition's text and where it stands.
struct ConditionText {
  std::string_view text;
  Position at;
};

class ConditionParser {
 public:
  ConditionParser(const std::vector<DraftSelection>& selections, const Source& source, Diagnostics& diagnostics);

  /// The tree, or nothing after a diagnostic. Call once per condition of a rule; `used` accumulates.
  std::optional<Condition> parse(ConditionText condition);
  bool saw_not() const { return saw_not_; }
  /// By selection: whether a condition named it or a pattern fitted it.
  const std::vector<bool>& used() const { return used_; }

 private:
  struct Token {
    enum class Kind { kWord, kOpen, kClose, kEnd } kind = Kind::kEnd;
    std::string_view text;
    std::size_t offset = 0;
  };

  void advance();
  Token peek_next() const;
  Token lex(std::size_t at) const;
  bool at_keyword(std::string_view keyword);
  std::optional<std::uint32_t> selection(std::string_view name) const;
  std::vector<std::uint32_t> matching(std::string_view pattern) const;

  bool parse_or(Condition& out, int depth);
  bool parse_and(Condition& out, int depth);
  bool parse_not(Condition& out, int depth);
  bool parse_operand(Condition& out, int depth);
  bool parse_quantified(Condition& out);
  bool refuse_operand();
  bool join(Condition& out, Condition::Kind kind, std::vector<Condition>& operands);
  bool count_node();
  bool fail(Issue issue, std::size_t offset, std::string message, std::string help = {});

  const std::vector<DraftSelection>& selections_;
  const Source& source_;
  Diagnostics& diagnostics_;
  ConditionText condition_;
  Token token_;
  std::size_t nodes_ = 0;
  bool saw_not_ = false;
  bool saw_odd_case_ = false;
  std::vector<bool> used_;
};

/// True if `name` fits `pattern`, in which '*' stands for any characters.
bool fits_pattern(std::string_view name, std::string_view pattern);

/// Adds `by` to every selection index below.
void shift_selections(Condition& condition, std::uint32_t by);
/// Joins two conditions with and (or or), without nesting what is flat already.
Condition join_conditions(Condition::Kind kind, Condition left, Condition right);

}  // namespace tocsin::sigma
