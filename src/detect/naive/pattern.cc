#include "detect/naive/pattern.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/number.h"
#include "base/text.h"
#include "base/time.h"

namespace tocsin::naive {

using sigma::Pattern;
using sigma::WildPart;

bool wild_matches(const WildTokens& wild, const std::u32string& text) {
  // Greedy: on a mismatch the last '*' takes one character more. An earlier one never has to, since whatever it could give
  // up, the last one can take.
  constexpr std::size_t kNone = SIZE_MAX;
  std::size_t at = 0, token = 0, star = kNone, star_end = 0;
  while (at < text.size()) {
    if (token < wild.size() && wild[token].kind == WildPart::Kind::kAny) {
      star = token++;
      star_end = at;
    } else if (token < wild.size() && (wild[token].kind == WildPart::Kind::kOne || wild[token].character == text[at])) {
      ++token;
      ++at;
    } else if (star != kNone) {
      token = star + 1;
      at = ++star_end;
    } else {
      return false;
    }
  }
  while (token < wild.size() && wild[token].kind == WildPart::Kind::kAny) ++token;
  return token == wild.size();
}

WildTokens wild_tokens(const sigma::WildString& wild, bool cased) {
  WildTokens tokens;
  for (const WildPart& part : wild) {
    if (part.kind != WildPart::Kind::kLiteral) {
      tokens.push_back({part.kind, 0});
      continue;
    }
    const std::u32string characters = characters_of(part.literal);
    for (const char32_t c : cased ? characters : folded_characters(characters)) tokens.push_back({part.kind, c});
  }
  return tokens;
}

namespace {

bool bit_of(const std::uint8_t* bytes, int bit) { return ((bytes[bit / 8] >> (7 - bit % 8)) & 1) != 0; }

bool compares(Pattern::Compare compare, double left, double right) {
  switch (compare) {
    case Pattern::Compare::kEq: return left == right;
    case Pattern::Compare::kLt: return left < right;
    case Pattern::Compare::kLte: return left <= right;
    case Pattern::Compare::kGt: return left > right;
    case Pattern::Compare::kGte: return left >= right;
  }
  return false;
}

int part_of(const CivilTime& time, Pattern::TimePart part) {
  switch (part) {
    case Pattern::TimePart::kMinute: return time.minute;
    case Pattern::TimePart::kHour: return time.hour;
    case Pattern::TimePart::kDay: return time.day;
    case Pattern::TimePart::kWeek: return iso_week(time);
    case Pattern::TimePart::kMonth: return time.month;
    case Pattern::TimePart::kYear: return time.year;
  }
  return 0;
}

/// What the other field's value must look like for a fieldref to hold.
sigma::WildString reference(const Pattern& pattern, const std::string& other) {
  sigma::WildString wild;
  const WildPart any{WildPart::Kind::kAny, {}};
  if (pattern.ref_contains || pattern.ref_endswith) wild.push_back(any);
  if (!other.empty()) wild.push_back({WildPart::Kind::kLiteral, other});
  if (pattern.ref_contains || pattern.ref_startswith) wild.push_back(any);
  return wild;
}

bool fieldref_matches(const Pattern& pattern, const ViewValue& value, const View& view) {
  return std::ranges::any_of(view.values(pattern.field), [&](const ViewValue* other) {
    if (other->is_null()) return false;
    const WildTokens wild = wild_tokens(reference(pattern, other->text), pattern.cased);
    return wild_matches(wild, pattern.cased ? value.characters : value.folded);
  });
}

}  // namespace

bool number_matches(const Pattern& pattern, std::string_view text) {
  if (!is_decimal_number(text)) return false;
  if (text.front() == '+') text.remove_prefix(1);
  double number = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), number).ec != std::errc()) return false;
  return compares(pattern.compare, number, pattern.number);
}

bool cidr_matches(const Pattern& pattern, std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return false;  // inet_pton would stop there
  const std::string address(text);
  constexpr std::uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  std::uint8_t v4[4], v6[16];
  bool is_v4 = inet_pton(AF_INET, address.c_str(), v4) == 1;
  const bool is_v6 = !is_v4 && inet_pton(AF_INET6, address.c_str(), v6) == 1;
  if (is_v6 && !pattern.network_v6 && std::memcmp(v6, kMapped, sizeof kMapped) == 0) {
    std::memcpy(v4, v6 + 12, 4);
    is_v4 = true;
  }
  if (pattern.network_v6 ? !is_v6 : !is_v4) return false;
  const std::uint8_t* const bytes = pattern.network_v6 ? v6 : v4;
  for (int bit = 0; bit < pattern.prefix_bits; ++bit) {
    if (bit_of(bytes, bit) != bit_of(pattern.network, bit)) return false;
  }
  return true;
}

bool time_part_matches(const Pattern& pattern, const ViewValue& value) {
  const auto time = value.value->kind == ValueKind::kNumber ? parse_epoch(value.text) : parse_time(value.text);
  if (!time) return false;
  return part_of(to_civil(*time), pattern.part) == pattern.number;
}

bool PatternMatcher::string_matches(const Pattern& pattern, bool keyword, const ViewValue& value) {
  const auto [at, fresh] = strings_.try_emplace(&pattern);
  if (fresh) {
    for (const sigma::WildString& wild : pattern.strings) {
      WildTokens tokens = wild_tokens(wild, pattern.cased);
      if (keyword) {
        tokens.insert(tokens.begin(), {WildPart::Kind::kAny, 0});
        tokens.push_back({WildPart::Kind::kAny, 0});
      }
      at->second.push_back(std::move(tokens));
    }
  }
  return std::ranges::any_of(at->second, [&](const WildTokens& wild) {
    return wild_matches(wild, pattern.cased ? value.characters : value.folded);
  });
}

bool PatternMatcher::regex_matches(const Pattern& pattern, const ViewValue& value) {
  const auto [at, fresh] = regexes_.try_emplace(&pattern);
  if (fresh) {
    const RegexFlags flags{pattern.regex_ignore_case, pattern.regex_multi_line, pattern.regex_dot_all};
    auto regex = Regex::compile(pattern.regex, flags);
    if (regex) at->second = std::make_unique<Regex>(std::move(*regex));
  }
  return at->second != nullptr && at->second->search(value.text);
}

bool PatternMatcher::matches(const sigma::Item& item, const Pattern& pattern, const ViewValue& value,
                             const View& view) {
  if (pattern.kind == Pattern::Kind::kExists) return pattern.exists;
  if (value.is_null()) return false;
  switch (pattern.kind) {
    case Pattern::Kind::kString: return string_matches(pattern, item.field.empty(), value);
    case Pattern::Kind::kRegex: return regex_matches(pattern, value);
    case Pattern::Kind::kCidr: return cidr_matches(pattern, value.text);
    case Pattern::Kind::kNumber: return number_matches(pattern, value.text);
    case Pattern::Kind::kTimePart: return time_part_matches(pattern, value);
    case Pattern::Kind::kFieldRef: return fieldref_matches(pattern, value, view);
    case Pattern::Kind::kExists:
    case Pattern::Kind::kNull: return false;
  }
  return false;
}

PatternMatcher::Answer PatternMatcher::ask(const sigma::Item& item, const Pattern& pattern, const View& view) {
  const Values& values = view.values(item.field);
  if (pattern.kind == Pattern::Kind::kNull) {
    return {std::ranges::all_of(values, [](const ViewValue* value) { return value->is_null(); }), nullptr};
  }
  if (pattern.kind == Pattern::Kind::kExists && !pattern.exists) return {values.empty(), nullptr};
  for (const ViewValue* value : values) {
    if (matches(item, pattern, *value, view)) return {true, value};
  }
  return {false, nullptr};
}

}  // namespace tocsin::naive
