// Text in UTF-16 as UTF-8: what PowerShell 5.1 writes with `>` and Out-File, and wevtutil and regedit on request. The last
// stage of a ByteStream, behind whatever undoes a compression, so that all who read text and JSON know one encoding.
//
//   FF FE … little-endian, FE FF … big-endian (the mark is dropped; FF FE 00 00 would be UTF-32 and is left alone)
//   without a mark, if the first two units are ASCII text: '{' 00 '"' 00, or 00 'a' 00 'b'
//
// A surrogate without its other half and an odd last byte become U+FFFD, which is no error: the rest of the line is
// readable. At most three bytes are written for two read, and nothing is kept but one buffer and the bytes of a character
// torn by the end of a read. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "collect/byte_stream.h"

namespace tocsin {

enum class Utf16 : std::uint8_t { kNone, kLittle, kBig };

/// What utf16_order wants to see of a text, fewer if it is shorter.
inline constexpr std::size_t kUtf16HeadBytes = 4;
Utf16 utf16_order(std::string_view head);

/// `source` gives the text from its first byte on; `order` is not kNone.
std::unique_ptr<ByteStream> make_utf16_stream(std::unique_ptr<ByteStream> source, Utf16 order);

}  // namespace tocsin
