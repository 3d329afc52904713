// Any bytes as a playbook: it is read and checked, and whatever is said has a pointer that begins with '/' or is that of the whole.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "respond/cacao/check_playbook.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin::cacao;
  const Reading reading = read_playbook({reinterpret_cast<const char*>(data), size});
  for (const Mistake& mistake : reading.mistakes) TOCSIN_CHECK(mistake.pointer.empty() || mistake.pointer.front() == '/');
  for (const Mistake& mistake : check_playbook(reading.playbook, {})) TOCSIN_CHECK(mistake.pointer.empty() || mistake.pointer.front() == '/');
  return 0;
}
