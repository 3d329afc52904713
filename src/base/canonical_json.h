// JSON in its one canonical form (JSON Canonicalization Scheme, RFC 8785), for what is signed or hashed: no space, members in the order of their names as UTF-16, numbers as ECMAScript writes them, texts with as
// few escapes as can be. Input is I-JSON (RFC 7493): a name twice in one object, a lone surrogate, and a number that a double cannot hold are errors, since two readers would not agree on what they mean.
// Pure functions.
//
//   const std::string signed_text = TRY(canonical_json(R"({"b":1.0,"a":"é"})"));      // {"a":"é","b":1}
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tocsin {

/// Objects and lists within each other; a playbook needs some ten.
inline constexpr std::size_t kCanonicalDepthMax = 64;

/// kInvalid with where and what, if the text is no I-JSON or deeper than kCanonicalDepthMax. Numbers are doubles: whole ones beyond 2^53 are rounded, as RFC 8785 has it.
Result<std::string> canonical_json(std::string_view text);
/// A finite number as ECMAScript's Number::toString has it (ECMA-262, 6.1.6.1.20): the shortest digits that give it back. 1e21, 0.000001, 1e-7, -0 as 0.
void append_canonical_number(std::string& out, double number);

}  // namespace tocsin
