// Any bytes as GELF datagrams from two senders over some time: a byte for sender and pause, two for the size, then the datagram. The records and the counts
// are those of the slow twin, within the bounds.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "collect/gelf_datagrams.h"
#include "collect/gelf_twin.h"

namespace {

using namespace tocsin;

struct Told : ReceivedVisitor {
  void record(const Received& received) override {
    TOCSIN_CHECK(!received.raw.empty() && received.raw.size() <= kReceivedBytesMax);
    texts.emplace_back(received.raw);
  }
  std::vector<std::string> texts;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  GelfDatagrams gelf;
  GelfTwin twin;
  Told told;
  std::int64_t now = 0;
  for (std::size_t at = 0; at + 3 <= size;) {
    const std::string sender = (data[at] & 1) != 0 ? "a" : "b";
    now += std::int64_t{data[at]} * 10'000'000 + 1;
    const std::size_t wanted = data[at + 1] + std::size_t{data[at + 2]} * 256;
    at += 3;
    const std::string datagram(reinterpret_cast<const char*>(data) + at, std::min(wanted, size - at));
    at += datagram.size();
    gelf.read(datagram, {sender, {}}, now, told);
    twin.read(datagram, sender, now);
    TOCSIN_CHECK(gelf.unfinished_bytes() <= kGelfUnfinishedBytesMax && gelf.unfinished() <= kGelfUnfinishedMax);
  }
  TOCSIN_CHECK(told.texts == twin.texts);
  TOCSIN_CHECK(gelf.counts() == twin.counts);
  gelf.finish();
  TOCSIN_CHECK(gelf.unfinished() == 0 && gelf.unfinished_bytes() == 0);
  return 0;
}
