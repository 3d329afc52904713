// Any bytes as a file of scenarios, and as one of connectors.
#include <cstddef>
#include <cstdint>
#include <string>

#include "respond/connector/read_connectors.h"
#include "respond/engine/simulation.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)tocsin::respond::read_scenarios("f", text);
  (void)tocsin::respond::read_connectors("f", text);
  return 0;
}
