#include "store/query_value.h"

#include <re2/re2.h>

#include <algorithm>
#include <cstdlib>

#include "base/address.h"
#include "base/number.h"
#include "store/text_pattern.h"

namespace tocsin::store {
namespace {

using Kind = Matcher::Kind;

constexpr TimeUs kSecondUs = 1'000'000;

tl::unexpected<QueryMistake> mistake(Span at, std::string message, std::string help = {}) {
  return tl::unexpected<QueryMistake>({std::move(message), std::move(help), at});
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_time(const QueryField& field) { return field.column != nullptr && field.column->type == ColumnType::kTime; }
bool is_integer(const QueryField& field) {
  return field.column != nullptr && field.column->type == ColumnType::kInteger;
}

Parsed<WildString> parse_wild(const Value& value) {
  WildString wild = read_wild(value.text);
  const auto is_literal = [](const WildPart& part) { return part.kind == WildPart::Kind::kLiteral; };
  if (wild.size() - static_cast<std::size_t>(std::ranges::count_if(wild, is_literal)) > kQueryWildcardsMax) {
    return mistake(value.at, "more than " + std::to_string(kQueryWildcardsMax) + " wildcards in one value",
                   "a regular expression says it shorter");
  }
  return wild;
}

/// A time and what it leaves open: a day, a minute, a second.
struct TimeSpan {
  TimeUs from = 0, until = 0;
};

std::optional<TimeSpan> parse_time_span(std::string_view text) {
  const auto time = parse_time(text);
  if (!time) return std::nullopt;
  constexpr std::size_t kDate = 10, kMinutes = 16, kSeconds = 19;  // the lengths of 2026-07-17T14:18:34
  const auto goes_on = [&](std::size_t at, std::string_view with) {
    return text.size() > at && with.find(text[at]) != std::string_view::npos;
  };
  TimeUs unit = 60 * kSecondUs;
  if (text.size() <= kDate)
    unit = 24 * 3600 * kSecondUs;
  else if (goes_on(kMinutes, ":"))
    unit = goes_on(kSeconds, ".,") ? 1 : kSecondUs;
  return TimeSpan{*time, *time + unit};
}

Parsed<TimeSpan> time_of(const Value& value) {
  const auto span = parse_time_span(value.text);
  if (span) return *span;
  return mistake(value.at, "'" + value.text + "' is not a time", "a time is written 2026-07-17T14:00:00Z, or shorter");
}

/// The texts on both sides of "..", either perhaps empty; nothing if it is none.
struct Ends {
  Value low, high;
};
std::optional<Ends> range_ends(const Value& value) {
  const std::size_t dots = value.text.find("..");
  if (value.quoted || dots == std::string::npos || value.text.size() == 2) return std::nullopt;
  const auto at = static_cast<std::uint32_t>(value.at.begin + dots);
  return Ends{{value.text.substr(0, dots), false, {value.at.begin, at}},
              {value.text.substr(dots + 2), false, {at + 2, value.at.end}}};
}

Parsed<Matcher> time_matcher(const Value& value) {
  Matcher matcher;
  matcher.kind = Kind::kTime;
  const auto ends = range_ends(value);
  if (!ends) {
    const auto span = time_of(value);
    if (!span) return tl::unexpected(span.error());
    matcher.time_from = span->from;
    matcher.time_until = span->until;
    return matcher;
  }
  if (!ends->low.text.empty()) {
    const auto low = time_of(ends->low);
    if (!low) return tl::unexpected(low.error());
    matcher.time_from = low->from;
  }
  if (!ends->high.text.empty()) {
    const auto high = time_of(ends->high);
    if (!high) return tl::unexpected(high.error());
    matcher.time_until = high->until;
  }
  if (matcher.time_from && matcher.time_until && *matcher.time_from >= *matcher.time_until) {
    return mistake(value.at, "the range ends before it begins");
  }
  return matcher;
}

/// A range of numbers; nothing if an end is no number.
std::optional<Matcher> range_matcher(const Ends& ends) {
  Matcher matcher;
  matcher.kind = Kind::kRange;
  const auto read = [](const Value& end, std::optional<Matcher::Bound>& bound) {
    if (end.text.empty()) return true;
    const auto number = parse_decimal(end.text);
    if (number) bound = {*number, true};
    return number.has_value();
  };
  if (!read(ends.low, matcher.low) || !read(ends.high, matcher.high)) return std::nullopt;
  return matcher;
}

/// A network, if the value is an address, a slash and digits.
Parsed<std::optional<Matcher>> network_matcher(const Value& value) {
  const std::size_t slash = value.text.rfind('/');
  if (value.quoted || slash == std::string::npos) return std::nullopt;
  const std::string_view bits = std::string_view(value.text).substr(slash + 1);
  Matcher matcher;
  if (bits.empty() || !std::ranges::all_of(bits, is_digit)) return std::nullopt;
  if (!parse_address(std::string_view(value.text).substr(0, slash), matcher.network, matcher.network_v6)) {
    return std::nullopt;
  }
  const int bits_max = matcher.network_v6 ? 128 : 32;
  matcher.prefix_bits = bits.size() > 3 ? bits_max + 1 : std::atoi(std::string(bits).c_str());
  if (matcher.prefix_bits > bits_max) {
    return mistake({static_cast<std::uint32_t>(value.at.begin + slash + 1), value.at.end},
                   "a network of this kind has at most " + std::to_string(bits_max) + " bits");
  }
  matcher.kind = Kind::kNetwork;
  for (int bit = matcher.prefix_bits; bit < 128; ++bit) {
    matcher.network[bit / 8] &= static_cast<std::uint8_t>(~(0x80u >> (bit % 8)));
  }
  return matcher;
}

Parsed<Matcher> integer_matcher(const QueryField& field, const Value& value) {
  const auto number = parse_decimal(value.text);
  if (!number) {
    return mistake(value.at, "'" + field.name + "' holds numbers, and '" + value.text + "' is none");
  }
  Matcher matcher;
  matcher.kind = Kind::kRange;
  matcher.low = matcher.high = Matcher::Bound{*number, true};
  return matcher;
}

Parsed<Matcher> wild_matcher(const Value& value) {
  auto wild = parse_wild(value);
  if (!wild) return tl::unexpected(wild.error());
  Matcher matcher;
  matcher.wild = std::move(*wild);
  const bool everything = matcher.wild.size() == 1 && matcher.wild[0].kind == WildPart::Kind::kAny;
  if (everything) matcher.kind = Kind::kPresent;
  return matcher;
}

}  // namespace

std::optional<double> parse_decimal(std::string_view text) {
  if (!is_decimal_number(text)) return std::nullopt;
  return std::strtod(std::string(text).c_str(), nullptr);  // the program never leaves the C locale
}

Parsed<Matcher> value_matcher(const QueryField& field, const Value& value) {
  auto wild = wild_matcher(value);
  if (!wild || wild->kind == Kind::kPresent) return wild;
  if (is_time(field)) return time_matcher(value);
  const auto ends = range_ends(value);
  if (ends) {
    auto range = range_matcher(*ends);
    const bool is_empty = range && range->low && range->high && range->low->number > range->high->number;
    if (is_empty) return mistake(value.at, "the range ends before it begins");
    if (range) return *range;
  }
  const bool has_wildcard =
      std::ranges::any_of(wild->wild, [](const WildPart& part) { return part.kind != WildPart::Kind::kLiteral; });
  if (is_integer(field) && !has_wildcard) return integer_matcher(field, value);
  auto network = network_matcher(value);
  if (!network) return tl::unexpected(network.error());
  if (*network) return **network;
  return wild;
}

Parsed<Matcher> text_matcher(const Value& value) {
  if (value.text.empty()) return mistake(value.at, "there is no text to look for");
  auto matcher = wild_matcher(value);
  if (!matcher || matcher->kind == Kind::kPresent) return matcher;
  // Looked for anywhere, so what surrounds it says nothing.
  WildString& wild = matcher->wild;
  if (wild.back().kind == WildPart::Kind::kAny) wild.pop_back();
  if (wild.front().kind == WildPart::Kind::kAny) wild.erase(wild.begin());
  return matcher;
}

Parsed<Matcher> compare_matcher(const QueryField& field, std::string_view compare, const Value& value) {
  const bool less = compare[0] == '<', inclusive = compare.size() == 2;
  Matcher matcher;
  if (is_time(field)) {
    const auto span = time_of(value);
    if (!span) return tl::unexpected(span.error());
    matcher.kind = Kind::kTime;
    const TimeUs edge = less == inclusive ? span->until : span->from;
    (less ? matcher.time_until : matcher.time_from) = edge;
    return matcher;
  }
  const auto number = parse_decimal(value.text);
  if (!number) {
    return mistake(value.at, "'" + value.text + "' is not a number",
                   "to look for a text that begins with " + std::string(compare) + ", put it in quotes");
  }
  matcher.kind = Kind::kRange;
  (less ? matcher.high : matcher.low) = Matcher::Bound{*number, inclusive};
  return matcher;
}

Parsed<Matcher> regex_matcher(const QueryField& field, std::string_view body, std::string_view flags, Span at) {
  if (is_time(field))
    return mistake(at, "a time has no regular expression", "say a range: time:2026-07-17..2026-07-18");
  if (body.size() > kQueryRegexBytesMax) {
    return mistake(at, "a regular expression has at most " + std::to_string(kQueryRegexBytesMax) + " bytes");
  }
  const auto compiles = [](const std::string& regex, std::string& error, std::string& fault) {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(kQueryRegexMemoryBytesMax);
    const RE2 compiled(regex, options);
    error = compiled.error();
    fault = compiled.error_arg();
    return compiled.ok();
  };
  const std::string prefix = flags.empty() ? std::string() : "(?" + std::string(flags) + ")";
  Matcher matcher;
  matcher.kind = Kind::kRegex;
  // In a group, since DuckDB makes a LIKE of some that are not, and not always one that means the same (docs/formats/query.md).
  matcher.regex = prefix + "(" + std::string(body) + ")";
  std::string error, fault;
  if (compiles(prefix + std::string(body), error, fault) && compiles(matcher.regex, error, fault)) return matcher;
  const std::size_t fault_at = fault.empty() ? std::string::npos : body.find(fault);
  if (fault_at != std::string::npos) {
    at.begin += static_cast<std::uint32_t>(1 + fault_at);
    at.end = static_cast<std::uint32_t>(at.begin + fault.size());
  }
  return mistake(at, "not a regular expression: " + error, "RE2 knows no look-around and no back references");
}

}  // namespace tocsin::store
