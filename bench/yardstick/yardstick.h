// What a scan is measured against: simdjson On-Demand, iterate_many, every key and every string unescaped, every other value's token taken. On-Demand chooses its
// instructions when it is compiled, so the same file is there twice: with all that this machine has, and with what every x86-64 has, as a distribution
// compiles its packages. The sum of all lengths is given back, so that nothing is optimized away.
#pragma once

#include <simdjson.h>

#include <cstddef>
#include <vector>

namespace tocsin {

std::size_t yardstick_for_this_machine(const std::vector<simdjson::padded_string>& texts);
std::size_t yardstick_for_any_machine(const std::vector<simdjson::padded_string>& texts);

}  // namespace tocsin
