// Any bytes as datagrams of NetFlow from two exporters: a byte for the exporter, two for the size, then the datagram. What comes out is JSON of a size that may be, what is remembered keeps its bounds, and
// all of it is let go at the end.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "collect/json_walk.h"
#include "collect/netflow_datagrams.h"

namespace {

using namespace tocsin;

struct Told : ReceivedVisitor {
  void record(const Received& received) override {
    TOCSIN_CHECK(received.raw.size() <= kReceivedBytesMax && is_json_object(received.raw));
    ++count;
  }
  std::uint64_t count = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  NetflowDatagrams netflow;
  Told told;
  for (std::size_t at = 0; at + 3 <= size;) {
    const char* const sender = (data[at] & 1) != 0 ? "a" : "b";
    const std::size_t wanted = data[at + 1] + std::size_t{data[at + 2]} * 256;
    at += 3;
    const std::string datagram(reinterpret_cast<const char*>(data) + at, std::min(wanted, size - at));
    at += datagram.size();
    netflow.read(datagram, {sender, "2001:db8::1"}, 0, told);
    TOCSIN_CHECK(netflow.fields() <= kNetflowAllFieldsMax && netflow.held_bytes() <= kNetflowAllHeldBytesMax);
  }
  TOCSIN_CHECK(told.count == netflow.counts().flows);
  netflow.finish();
  TOCSIN_CHECK(netflow.fields() == 0 && netflow.held_bytes() == 0 && netflow.domains() == 0);
  return 0;
}
