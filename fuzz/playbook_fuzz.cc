// Any bytes as a playbook: it is read and checked, and whatever is said has a pointer that begins with '/' or is that of the whole. What was read is drawn, as text and as a picture, without a character that a terminal obeys; its
// signatures are looked at, and none holds.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "respond/cacao/check_playbook.h"
#include "respond/cacao/drawing.h"
#include "respond/cacao/signature.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin::cacao;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Reading reading = read_playbook(text);
  for (const Mistake& mistake : reading.mistakes) TOCSIN_CHECK(mistake.pointer.empty() || mistake.pointer.front() == '/');
  for (const Mistake& mistake : check_playbook(reading.playbook, {})) TOCSIN_CHECK(mistake.pointer.empty() || mistake.pointer.front() == '/');
  for (const std::string& drawn : {draw_text(reading.playbook, {}), draw_svg(reading.playbook)}) {
    for (const char c : drawn) TOCSIN_CHECK(c == '\n' || static_cast<unsigned char>(c) >= ' ');
  }
  for (const SignatureVerdict& verdict : check_signatures(text, {})) TOCSIN_CHECK(verdict.kind != SignatureVerdict::Kind::kHolds && verdict.pointer.starts_with("/signatures/"));
  return 0;
}
