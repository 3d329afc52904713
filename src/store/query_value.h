// What a value of a query asks, told from its text and its field: the part of the parser that knows wildcards, numbers, times,
// networks and regular expressions. Used by query_parse.cc alone. Pure functions; a mistake has its place in the whole query.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "store/query.h"

namespace tocsin::store {

/// A value as read: its text without quotes, and where it stands.
struct Value {
  std::string text;
  bool quoted = false;
  Span at;
};

/// Decimal: sign, point and exponent allowed, a digit on at least one side of the point. Not finite if it is too large.
std::optional<double> parse_decimal(std::string_view text);

/// Asks `field` for the value: presence, range, network, time or text.
Parsed<Matcher> value_matcher(const QueryField& field, const Value& value);
/// The same for text alone, looked for anywhere in the record.
Parsed<Matcher> text_matcher(const Value& value);
/// The value behind >, >=, < or <=.
Parsed<Matcher> compare_matcher(const QueryField& field, std::string_view compare, const Value& value);
/// `body` between the slashes, which begins at byte `body_at` of the query.
Parsed<Matcher> regex_matcher(const QueryField& field, std::string_view body, std::string_view flags, Span at);

}  // namespace tocsin::store
