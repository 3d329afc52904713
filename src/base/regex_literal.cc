// Finding the literals that every match must contain, by one pass over the pattern. The idea: within one branch,
// a run of characters that stand side by side and cannot be skipped is in every match. The rarest run is searched for,
// the others are looked up before the expression is run.
// Whatever this reader does not know for certain ends the run (classes, escapes for sets) or gives up ("":
// conditionals, verbs, extended mode). Left out: runs through groups, and what all branches of an alternation
// share.
#include <algorithm>
#include <cstdlib>
#include <optional>

#include "base/text.h"
#include "base/regex.h"

namespace tocsin {
namespace {

/// The recursion's bound; deeper patterns have no literal.
constexpr int kGroupDepthMax = 50;

using Runs = std::vector<std::string>;

class LiteralFinder {
 public:
  explicit LiteralFinder(std::string_view pattern) : pattern_(pattern) {}

  /// The runs, or nothing if the pattern is not understood to its end.
  std::optional<Runs> find() {
    Runs runs = branches(0);
    if (gave_up_ || at_ != pattern_.size()) return std::nullopt;
    return runs;
  }
  bool saw_inline_ignore_case() const { return saw_ignore_case_; }

 private:
  bool at_end() const { return at_ >= pattern_.size(); }
  char peek() const { return pattern_[at_]; }
  bool looking_at(std::string_view text) const { return pattern_.substr(at_).starts_with(text); }

  Runs give_up() {
    gave_up_ = true;
    at_ = pattern_.size();
    return {};
  }

  /// Reads to the end of the group; none if it has several branches, since none of their runs is required.
  Runs branches(int depth) {
    if (depth > kGroupDepthMax) return give_up();
    Runs first = branch(depth);
    bool several = false;
    while (!at_end() && peek() == '|') {
      ++at_;
      branch(depth);
      several = true;
    }
    return several ? Runs() : first;
  }

  Runs branch(int depth) {
    Runs runs;
    std::string run;
    const auto end_run = [&] {
      if (!run.empty()) runs.push_back(run);
      run.clear();
    };
    while (!at_end() && peek() != '|' && peek() != ')') {
      Runs inner;                                  // of a group
      std::optional<char> literal;                 // of a single character
      if (!atom(depth, literal, inner)) continue;  // stands for nothing: an anchor, a flag
      if (gave_up_) return {};
      const Repeat repeat = quantifier();
      if (repeat.min > 0 && literal) run += *literal;
      if (literal && !repeat.present) continue;
      end_run();
      if (repeat.min > 0) runs.insert(runs.end(), inner.begin(), inner.end());
      if (repeat.min > 0 && literal) run += *literal;  // the last of them stands beside what follows
    }
    end_run();
    return runs;
  }

  struct Repeat {
    bool present = false;
    int min = 1;
  };

  Repeat quantifier() {
    Repeat repeat;
    while (!at_end()) {  // "a{2}{0,3}" repeats a repetition, and "a+?" and "a++" have a suffix
      int min = 1;
      std::size_t size = 1;
      if (peek() == '*' || peek() == '?') {
        min = repeat.present && peek() == '?' ? 1 : 0;
      } else if (peek() == '{') {
        size = braces(min);
        if (size == 0) break;
      } else if (peek() != '+') {
        break;
      }
      at_ += size;
      repeat.present = true;
      if (min == 0) repeat.min = 0;
    }
    return repeat;
  }

  /// "{n}", "{n,}", "{n,m}": its length, and n. 0 if the brace is an ordinary character. "{,m}" is an
  /// ordinary text in PCRE2 10.42 but a repetition from 10.43 on, so it is taken as one that may be empty.
  std::size_t braces(int& min) const {
    std::size_t at = at_ + 1;
    const std::size_t digits = at;
    while (at < pattern_.size() && pattern_[at] >= '0' && pattern_[at] <= '9') ++at;
    min = at == digits || pattern_.substr(digits, at - digits).find_first_not_of('0') == std::string_view::npos ? 0 : 1;
    bool comma = false;
    if (at < pattern_.size() && pattern_[at] == ',') {
      comma = true;
      ++at;
      while (at < pattern_.size() && pattern_[at] >= '0' && pattern_[at] <= '9') ++at;
    }
    if (at >= pattern_.size() || pattern_[at] != '}' || (at == digits && !comma)) return 0;
    return at + 1 - at_;
  }

  /// Reads one atom. False if it has no width and cannot be repeated.
  bool atom(int depth, std::optional<char>& literal, Runs& inner) {
    const char c = peek();
    if (c == '\\') return escape(literal);
    if (c == '(') return group(depth, inner);
    ++at_;
    if (c == '^' || c == '$') return end_of_anchor();
    if (c == '[') {
      char_class();
    } else if (c != '.' && static_cast<signed char>(c) >= 0) {
      literal = c;
    }
    return true;
  }

  /// Something without width, after which a quantifier ("^*") is nothing that a rule needs.
  bool end_of_anchor() {
    if (quantifier().present) give_up();
    return false;
  }

  bool escape(std::optional<char>& literal) {
    if (at_ + 1 >= pattern_.size()) return give_up(), true;
    const char c = pattern_[at_ + 1];
    at_ += 2;
    if (c == 'b' || c == 'B' || c == 'A' || c == 'z' || c == 'Z' || c == 'G') return end_of_anchor();
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool is_digit = c >= '0' && c <= '9';
    if (!is_letter && !is_digit) {
      if (static_cast<signed char>(c) >= 0) literal = c;
      return true;
    }
    for (const char* set = "dDsSwWhHvVRX"; *set != '\0'; ++set) {
      if (c == *set) return true;
    }
    if (c == 't')
      literal = '\t';
    else if (c == 'n')
      literal = '\n';
    else if (c == 'r')
      literal = '\r';
    else if (c == 'x')
      hex(literal);
    else
      give_up();  // \Q, \p, \1, \k, \N, \K …
    return true;
  }

  void hex(std::optional<char>& literal) {
    const std::string digits(pattern_.substr(at_, 2));
    if (digits.size() < 2 || digits.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) {
      give_up();
      return;
    }
    const long value = std::strtol(digits.c_str(), nullptr, 16);
    at_ += 2;
    if (value < 0x80) literal = static_cast<char>(value);
  }

  void char_class() {
    if (!at_end() && peek() == '^') ++at_;
    if (!at_end() && peek() == ']') ++at_;
    while (!at_end() && peek() != ']') {
      if (looking_at("[:") || looking_at("[.") || looking_at("[=")) {
        const std::size_t end = pattern_.find(std::string{pattern_[at_ + 1], ']'}, at_ + 2);
        const std::size_t close = pattern_.find(']', at_ + 2);
        at_ = end != std::string_view::npos && end + 1 == close ? end + 2 : at_ + 1;
      } else if (peek() == '\\') {
        if (looking_at("\\Q") || looking_at("\\E")) give_up();
        at_ += 2;
      } else {
        ++at_;
      }
    }
    if (at_end()) give_up();
    ++at_;
  }

  bool group(int depth, Runs& inner) {
    ++at_;
    bool required = true;
    if (looking_at("*")) return give_up(), true;
    if (looking_at("?")) {
      for (const std::string_view look : {"?=", "?!", "?<=", "?<!"}) {
        if (!looking_at(look)) continue;
        required = false;
        at_ += look.size();
        break;
      }
      if (required && !group_head()) return gave_up_;
    }
    inner = branches(depth + 1);
    if (at_end() || peek() != ')') return give_up(), true;
    ++at_;
    if (!required) inner.clear();
    return true;
  }

  /// "(?:", "(?>", "(?i:", names. False at "(?i)", which is no group, and at what is not known.
  bool group_head() {
    ++at_;
    if (looking_at(">")) return ++at_, true;
    if (looking_at("P<") || looking_at("<")) {
      const std::size_t end = pattern_.find('>', at_);
      if (end == std::string_view::npos) return give_up(), false;
      at_ = end + 1;
      return true;
    }
    while (!at_end() && (peek() == 'i' || peek() == 'm' || peek() == 's' || peek() == '-' || peek() == 'U')) {
      if (peek() == 'i') saw_ignore_case_ = true;
      ++at_;
    }
    if (!at_end() && peek() == ':') return ++at_, true;
    if (!at_end() && peek() == ')') return ++at_, end_of_anchor();  // in RE2, "c(?i)*" repeats the c
    return give_up(), false;
  }

  std::string_view pattern_;
  std::size_t at_ = 0;
  bool gave_up_ = false;
  bool saw_ignore_case_ = false;
};

/// How much a text tells: the sum of how rare its characters are in command lines, paths and scripts.
int weight(std::string_view text) {
  int sum = 0;
  for (const char c : text) {
    const bool is_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    const bool is_common = std::string_view("etaoinsrcxETAOINSRCX01 \\/.:").find(c) != std::string_view::npos;
    sum += is_common ? 2 : is_word || c == '-' || c == '"' || c == '_' ? 3 : kRegexLiteralWeightMin;
  }
  return sum;
}

}  // namespace

RegexLiterals required_literals(std::string_view pattern, RegexFlags flags) {
  LiteralFinder finder(pattern);
  const std::optional<Runs> found = finder.find();
  if (!found) return {};
  RegexLiterals literals;
  literals.folded = flags.ignore_case || finder.saw_inline_ignore_case();
  for (const std::string& run : *found) literals.texts.push_back(literals.folded ? folded(run) : run);
  std::erase_if(literals.texts, [](const std::string& text) { return weight(text) < kRegexLiteralWeightMin; });
  std::ranges::sort(literals.texts, {}, [](const std::string& text) { return std::pair(-weight(text), text); });
  literals.texts.erase(std::unique(literals.texts.begin(), literals.texts.end()), literals.texts.end());
  if (literals.texts.size() > kRegexLiteralsMax) literals.texts.resize(kRegexLiteralsMax);
  return literals;
}

}  // namespace tocsin
