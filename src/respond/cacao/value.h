// Values of variables by their types (10.18): whether a text is one, and whether two texts are the same one. "192.0.2.1/32" is "192.0.2.1", "007" is "7", "0A" is "0a"; a string is nothing but itself. Conditions and cases of
// switches compare so. Pure functions.
//
//   if (same_value(variable, "192.0.2.1")) …
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "respond/cacao/playbook.h"

namespace tocsin::cacao {

/// Whether the text is a value of that type.
bool fits(VariableType type, std::string_view value);

/// One spelling for each value, to compare by; nothing if the text is no value of that type.
std::optional<std::string> one_spelling(VariableType type, std::string_view value);

/// Whether the variable's value is that one, by its type; false if it has none, or one of the two is no value of the type.
bool same_value(const Variable& variable, std::string_view value);

/// A whole number stays one: as a double, 2^53 + 1 would be 2^53.
using Number = std::variant<std::int64_t, double>;
/// Finite; nothing before or behind it, but perhaps a sign.
std::optional<Number> read_number(std::string_view text);
/// By their exact values.
std::strong_ordering compare_numbers(const Number& left, const Number& right);

/// Of RFC 4648: section 4 (with its '='), or section 5 (without). Nothing if it is none, or not the one text for its bytes (3.5).
enum class Base64 : std::uint8_t { kPlain, kUrl };
std::optional<std::string> from_base64(std::string_view text, Base64 kind);
std::string to_base64(std::string_view bytes, Base64 kind);

}  // namespace tocsin::cacao
