// How a mistake in something that a person wrote is shown: the line, a caret below the place, and the word that was perhaps
// meant. For rules, mappings, configuration and queries, so that all look the same. Pure functions over text that may hold
// anything; what they return is safe on a terminal (suggestion() excepted, which the caller escapes with its message).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tocsin {

/// The line and, below it, a caret under byte `at`, both indented by four spaces. A long line is cut around the caret.
std::string line_with_caret(std::string_view line, std::size_t at);

/// Byte `at`, moved on by `count` characters, but not past the end of the line.
std::size_t skip_characters(std::string_view text, std::size_t at, std::uint32_t count);

/// The known word nearest to `word`, as "did you mean 'x'?", or "" if none is near.
std::string suggestion(std::string_view word, std::span<const std::string_view> known);

}  // namespace tocsin
