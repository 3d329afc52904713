// Names with `*` in them, as policies and settings have them. Pure.
#pragma once

#include <string_view>

namespace tocsin {

/// Whether the whole of `text` is what `pattern` says: `*` stands for any characters, the case of ASCII letters does not count.
bool fits_pattern(std::string_view pattern, std::string_view text);

}  // namespace tocsin
