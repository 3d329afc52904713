// Values of events as the types of OCSF: each function appends JSON, or says that the text is none of that type and appends nothing.
// Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "normalize/ocsf_schema.h"

namespace tocsin {

/// `text` is what rules compare. Numbers may be written in hexadecimal after 0x; addresses lose brackets, port and zone; UUIDs their braces.
bool append_ocsf(OcsfKind kind, std::string_view text, std::string& out);

/// "SHA1=…,MD5=…", or one hash alone: fingerprints with commas between. Returns how many; none if something else
/// is among them.
std::size_t append_fingerprints(std::string_view text, std::string& out);

/// In decimal digits.
void append_integer(std::int64_t number, std::string& out);
bool is_address(std::string_view text);

}  // namespace tocsin
