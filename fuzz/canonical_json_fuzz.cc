// Canonical JSON of any bytes: what is taken is canonical itself, and the same bytes.
#include <cstdint>

#include "base/canonical_json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin;
  const Result<std::string> once = canonical_json({reinterpret_cast<const char*>(data), size});
  if (!once) return 0;
  const Result<std::string> again = canonical_json(*once);
  if (!again || *again != *once) __builtin_trap();
  return 0;
}
