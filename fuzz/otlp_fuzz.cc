// Any bytes as an OTLP request, in JSON and in protobuf: what is handed on are records within their limits, those that are JSON texts valid ones, and as many as
// the reader says; the protobuf reader gives fields that lie one behind the other.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "collect/json_walk.h"
#include "collect/otlp_read.h"
#include "collect/protobuf.h"

namespace {

using namespace tocsin;

struct Told : ReceivedVisitor {
  void record(const Received& received) override {
    ++records;
    TOCSIN_CHECK(!received.raw.empty() && received.raw.size() <= kReceivedBytesMax);
    TOCSIN_CHECK(received.host.size() <= kOtlpMetaBytesMax && received.source.size() <= kOtlpMetaBytesMax);
    TOCSIN_CHECK(received.fields.size() <= kOtlpFieldsBytesMax);
    if (!received.fields.empty()) TOCSIN_CHECK(is_json_object(received.fields));
    // A line of a log may be anything; what was put together is JSON.
    if (received.fields.empty() && received.raw.starts_with("{\"body\":") && received.raw.find(",\"attributes.") != std::string_view::npos) TOCSIN_CHECK(is_json_object(received.raw));
  }
  std::uint64_t records = 0;
};

void check_fields(std::string_view bytes) {
  ProtobufReader message(bytes);
  const char* at = bytes.data();
  while (message.next()) {
    TOCSIN_CHECK(message.field() > 0);
    if (message.wire() != ProtobufReader::Wire::kBytes) continue;
    TOCSIN_CHECK(message.bytes().data() >= at && message.bytes().data() + message.bytes().size() <= bytes.data() + bytes.size());
    at = message.bytes().data() + message.bytes().size();
  }
  TOCSIN_CHECK(!message.next());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  static OtlpReader reader;
  for (const bool json : {true, false}) {
    Told told;
    const OtlpRead read = json ? reader.json(bytes, told) : reader.proto(bytes, told);
    TOCSIN_CHECK(read.records == told.records && read.records + read.rejected <= kOtlpRecordsMax);
    TOCSIN_CHECK((read.malformed || read.rejected > 0) == !read.why.empty());
  }
  check_fields(bytes);
  return 0;
}
