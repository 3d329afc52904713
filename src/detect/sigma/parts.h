// Strings of Sigma, in pieces: reading wildcards and escapes, putting gaps around, placeholders, and the encodings that
// the modifiers base64, base64offset, wide, utf16 and windash stand for. Pure functions.
//
// Escapes (specification, "Escape Character"): a backslash before '*', '?' or '\' takes away that character's meaning;
// before anything else it stands for itself. So `\*` is a star, `\\*` a backslash and a wildcard, `\\\*` a backslash and
// a star, `\\\\` two backslashes, and `C:\x` is what it looks like.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "detect/sigma/draft.h"

namespace tocsin::sigma {

Parts parse_parts(std::string_view text);
/// One literal, or nothing for "".
Parts literal_parts(std::string_view text);
/// The text that parse_parts reads as these parts; a placeholder as %name%.
std::string parts_text(const Parts& parts);
/// The final form: adjacent gaps of any length joined. Placeholders must be gone.
WildString to_wild(Parts&& parts);

void append_literal(Parts& parts, std::string_view text);
void append_part(Parts& parts, const Part& part);
bool has_wildcard(const Parts& parts);
bool has_placeholder(const Parts& parts);
void open_start(Parts& parts);  // '*' before, unless one is there
void open_end(Parts& parts);    // '*' behind, unless one is there

/// %name% becomes a placeholder, \% a percent sign.
Parts insert_placeholders(const Parts& parts);

/// Every form that the dashes of Windows command lines can take: '-', '/', en dash, em dash, horizontal bar, where one
/// of them begins an argument (nothing of a word before it, something of a word behind it). Nothing if there are more
/// than kWindashDashesMax.
std::optional<std::vector<Parts>> windash_forms(const Parts& parts);

std::string base64(std::string_view bytes);
/// What is the same in Base64 whatever stands before: one text per offset 0, 1, 2. Empty texts if too short.
std::vector<std::string> base64_offsets(std::string_view bytes);

enum class Utf16 { kLittleEndian, kBigEndian, kWithMark };
/// UTF-16 of the literals, as bytes; wildcards stay. kWithMark: a byte order mark FF FE, then little endian.
Parts utf16_parts(const Parts& parts, Utf16 form);

/// The number in the form that events' numbers take, if `text` is written as a JSON number; as written otherwise.
std::string number_text(std::string_view text);
/// Decimal, or 0x and hexadecimal digits.
std::optional<double> parse_number(std::string_view text);

}  // namespace tocsin::sigma
