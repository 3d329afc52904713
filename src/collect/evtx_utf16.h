// UTF-16 in little-endian bytes to UTF-8. Text in logs is ASCII nearly always, so ASCII goes 16 characters a
// step; the rest goes one by one. Lone surrogates become U+FFFD. Pure, safe from any thread.
#pragma once

#include <cstdint>

#include "collect/evtx_format.h"

namespace tocsin {

/// Writes at most 3 bytes a unit to `out` and returns the end. Stops at the first 0 unit; a last odd byte is
/// ignored.
char* evtx_utf8(char* out, EvtxBytes utf16);
/// The end without white space (Unicode's White_Space): evtx_dump prints a string of known length so.
char* evtx_trim(char* begin, char* end);
/// The windows-1252 code page as WHATWG has it; 0 bytes are left out. At most 3 bytes each.
char* evtx_utf8_from_ansi(char* out, EvtxBytes ansi);

}  // namespace tocsin
