// A condition of a playbook (if, while): the comparison expression of STIX 2.1 patterns (9.5, 9.6) over variables in place of object paths, as CACAO 2.0 has it.
//
//   expression  and { OR and }                            AND binds tighter
//   and         test { AND test }
//   test        __x__:value [NOT] operator operand | [NOT] EXISTS __x__:value | [NOT] ( expression )
//   operator    = == != <> < > <= >= with a literal or another variable; IN (…, …); ISSUBSET, ISSUPERSET with a network; LIKE, MATCHES with a text
//   literal     'text' (\' and \\ are the escapes), 12, -1.5, true, false, h'0aff', b'Cg==', t'2026-01-31T09:00:00Z'
//
// What is compared is compared by the variable's type (value.h). A variable that is not there, or has no value, makes a comparison false, also one with a NOT of its own (9.6); a NOT before parentheses turns round whatever stands
// in them. AND and OR look no further than they have to. A MATCHES that reaches a limit is an error, never false.
//
// Immutable after parse(); holds() from any number of threads, though a limit reached in one may then be told in another, too.
//
//   const Condition condition = TRY(Condition::parse("__score__:value >= 70 AND __host__:value NOT IN ('a', 'b')"));
//   if (TRY(condition.holds(variables))) …
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "respond/cacao/playbook.h"

namespace tocsin::cacao {

/// As long as the longest regular expression (base/regex.h); those of people have a line.
inline constexpr std::size_t kConditionBytesMax = 16'384;
/// Parentheses within each other: what holds() goes down by.
inline constexpr std::size_t kConditionDepthMax = 32;
/// Comparisons and what stands in the lists of IN, of one condition.
inline constexpr std::size_t kConditionOperandsMax = 1'000;
/// Regular expressions of one condition: each may take some MiB (base/regex.h).
inline constexpr std::size_t kConditionPatternsMax = 16;
/// A pattern of LIKE, and a value that LIKE or MATCHES searches (answers of hosts are what makes one long): the two together are what a LIKE costs at worst, a quarter of a second.
inline constexpr std::size_t kLikeBytesMax = 1'000, kSearchedBytesMax = 256u << 10;

class Condition {
 public:
  /// Whoever has the variables: by "__name__", nullptr if there is none of that name.
  using Lookup = std::function<const Variable*(std::string_view name)>;

  /// kInvalid or kLimit, with the column (bytes, from 1) and what is wrong there.
  static Result<Condition> parse(std::string_view text);
  Condition(Condition&&) noexcept;
  Condition& operator=(Condition&&) noexcept;
  ~Condition();

  /// kInvalid if a value is none of its variable's type, or types do not go together; kLimit if a search was given up.
  Result<bool> holds(const Lookup& lookup) const;
  Result<bool> holds(const Variables& variables) const;

  /// Names that it uses, each once, in their order.
  std::vector<std::string> variables() const;
  /// What is wrong with it, whatever the values: variables that are not there, and types that do not go together. "column 7: …"
  std::vector<std::string> check(const Lookup& lookup) const;

  struct Tree;

 private:
  explicit Condition(std::unique_ptr<const Tree> tree);
  std::unique_ptr<const Tree> tree_;
};

/// STIX 2.1, 9.6: '%' stands for any number of characters, '_' for one; all else for itself.
bool is_like(std::string_view text, std::string_view pattern);

}  // namespace tocsin::cacao
