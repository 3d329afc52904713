// What counts as a number where text is compared with one, in rules and in queries. Pure, any thread.
#pragma once

#include <string_view>

namespace tocsin {

/// [+-] digits [. digits] [e [+-] digits], with a digit on at least one side of the point; nothing before or behind it.
bool is_decimal_number(std::string_view text);

}  // namespace tocsin
