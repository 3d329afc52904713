// A regular expression, compiled: of Sigma rules (both evaluators) and of conditions of playbooks, so that a pattern means the same in
// each. The flavour is PCRE's, searched for anywhere in the value. RE2 does the work where it can, in linear time;
// PCRE2 does what RE2 lacks (look-around, back references, possessive quantifiers), under limits on steps, depth and
// memory. A search that hits such a limit counts as not found, and limit_hits() says how often that was so.
//
// What both engines are held to: `^` and `$` are the ends of the value (of each line with m), `$` never stands before
// a final line break; `.` does not match a line break without s; \d \w \b are ASCII. A value that is not valid UTF-8 is,
// if nothing is found in it as UTF-8, searched byte by byte.
//
//   Regex regex = TRY(Regex::compile("(?:foo|bar)\\d+", {.ignore_case = true}));
//   if (regex.search(value)) …
//
// Immutable after compile() but for a counter; search() may be called from any number of threads. A pattern that
// neither engine compiles is an error with the offset of the fault.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tocsin {

/// Real rules stay under 1 KB; this bounds the work of compiling a hostile one.
inline constexpr std::size_t kRegexBytesMax = 16'384;
/// Steps of PCRE2's matcher per search: some milliseconds. Its own default of ten million is a tenth of a second.
inline constexpr std::uint32_t kRegexStepsMax = 200'000;
/// Depth of nested backtracking, and the memory for it in KiB.
inline constexpr std::uint32_t kRegexDepthMax = 20'000;
inline constexpr std::uint32_t kRegexHeapKibMax = 8'192;
/// What RE2 may use for program and automaton, per pattern; the larger one only where the smaller is not enough.
inline constexpr std::int64_t kRegexMemoryBytes = 1 << 20;
inline constexpr std::int64_t kRegexMemoryBytesMax = 16 << 20;
/// A literal that weighs less is in nearly every value and sorts out nothing: a rare character weighs as much, a letter
/// two or three.
inline constexpr int kRegexLiteralWeightMin = 5;
/// More of them cost more than they save.
inline constexpr std::size_t kRegexLiteralsMax = 8;

struct RegexFlags {
  bool ignore_case = false, multi_line = false, dot_all = false;
};

class Regex {
 public:
  /// `fault_at` receives the byte offset of the fault in `pattern`.
  static Result<Regex> compile(std::string_view pattern, RegexFlags flags, std::size_t* fault_at = nullptr);
  Regex(Regex&&) noexcept;
  Regex& operator=(Regex&&) noexcept;
  ~Regex();

  bool search(std::string_view text) const;
  /// Searches given up at a limit, since compile().
  std::uint64_t limit_hits() const;

  /// ASCII texts each of which stands in every value in which the pattern is found, the rarest first; perhaps none. If
  /// literals_folded(), they are folded and stand in the folded value (text.h, append_folded; ASCII folding is not
  /// enough: U+212A folds to 'k').
  const std::vector<std::string>& required_literals() const;
  bool literals_folded() const;
  /// True if RE2 runs it: linear time, no limits to hit.
  bool is_linear() const;

 private:
  struct Program;
  explicit Regex(std::unique_ptr<Program> program);
  std::unique_ptr<Program> program_;
};

/// What required_literals() is made of, without compiling the pattern.
struct RegexLiterals {
  std::vector<std::string> texts;
  bool folded = false;
};
RegexLiterals required_literals(std::string_view pattern, RegexFlags flags);

}  // namespace tocsin
