// Rules and events made from the input, through both evaluators: they must agree. The input is not a format but a list of
// choices, two bytes each (detect/naive/choices.h), so every input is a valid world.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "detect_diff.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tocsin::naive::Choices choices(std::string_view(reinterpret_cast<const char*>(data), size));
  std::size_t matches = 0;
  const std::string difference = tocsin::find_difference(choices, matches);
  if (difference.empty()) return 0;
  std::fprintf(stderr, "%s", difference.c_str());
  std::abort();
}
