#include "detect/plan/chance.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "detect/plan/wild.h"
#include "base/regex.h"

namespace tocsin::plan {

namespace {

/// Fields that tell kinds of events apart: few values, so each is common.
bool is_kind_field(std::string_view field) {
  static constexpr std::array<std::string_view, 10> kFields = {"EventID", "Channel",   "Provider_Name", "EventType", "Level",
                                                               "type",    "eventSource", "Task", "Opcode", "IntegrityLevel"};
  return std::ranges::find(kFields, field) != kFields.end();
}

/// What stands in nearly every path or command line of a Windows or Linux host.
bool is_everyday(std::string_view literal) {
  static constexpr std::array<std::string_view, 16> kWords = {
      ".exe",      ".dll",     "c:\\",       "\\windows\\", "c:\\windows\\", "\\system32\\",    "c:\\windows\\system32\\", "hklm",
      "\\svchost.exe", "microsoft", "c:\\program files", "\\users\\", "http", "/usr/bin/", "c:\\windows\\explorer.exe", "system"};
  return std::ranges::any_of(kWords, [&](std::string_view word) { return word.find(literal) != std::string_view::npos; });
}

double string_chance(const Wild& wild) {
  const std::size_t size = wild.literal.size();
  switch (wild.shape) {
    case Shape::kEverything: return 0.9;
    case Shape::kEquals: return is_everyday(wild.literal) ? 0.02 : 0.004;
    case Shape::kSuffix: return size <= 4 || is_everyday(wild.literal) ? 0.3 : 0.006;
    case Shape::kPrefix: return size <= 4 || is_everyday(wild.literal) ? 0.4 : 0.02;
    case Shape::kContains:
    case Shape::kGeneral: break;
  }
  if (is_everyday(wild.literal)) return 0.4;
  if (size <= 2) return 0.4;
  if (size <= 4) return 0.05;
  return size <= 6 ? 0.01 : 0.003;
}

/// A pattern without a literal has to be searched for in every value: whatever else the rule asks is the better witness.
double regex_chance(const sigma::Pattern& pattern) {
  const RegexLiterals literals = required_literals(
      pattern.regex, {pattern.regex_ignore_case, pattern.regex_multi_line, pattern.regex_dot_all});
  if (literals.texts.empty()) return 0.8;
  const std::string rarest = folded(literals.texts.front());
  return is_everyday(rarest) || rarest.size() <= 4 ? 0.4 : 0.03;
}

}  // namespace

double guess_chance(std::string_view field, const sigma::Pattern& pattern) {
  using Kind = sigma::Pattern::Kind;
  if (pattern.kind == Kind::kString) {
    if (is_kind_field(field)) return 0.3;
    double chance = 0;
    for (const sigma::WildString& string : pattern.strings) chance += string_chance(compile_wild(string, pattern.cased));
    return std::min(chance, 0.9);
  }
  if (pattern.kind == Kind::kRegex) return regex_chance(pattern);
  if (pattern.kind == Kind::kNumber || pattern.kind == Kind::kTimePart) return 0.3;
  return 0.2;
}

}  // namespace tocsin::plan
