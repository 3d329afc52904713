// Any bytes as whatever a client of the HTTP Event Collector sends: events, raw lines, a query, an Authorization header, a question about
// acknowledgements. Records lie within their limits, as many events are handed on as the reply says, and lines are those that a plain
// split finds.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "collect/http_auth.h"
#include "collect/hec.h"
#include "collect/hec_events.h"

namespace {

using namespace tocsin;

struct Told : ReceivedVisitor {
  void record(const Received& received) override {
    TOCSIN_CHECK(!received.raw.empty() && received.raw.size() <= kReceivedBytesMax);
    for (const std::string_view text :
         {received.host, received.source, received.sourcetype, received.index, received.time}) {
      TOCSIN_CHECK(text.size() <= kHecMetaBytesMax);
    }
    TOCSIN_CHECK(received.fields.size() <= kHecFieldsBytesMax);
    raws.emplace_back(received.raw);
  }
  std::vector<std::string> raws;
};

void check_events(std::string_view body, const Received& metadata) {
  static HecEventReader reader;
  Told told;
  const HecReply reply = reader.read(body, metadata, told);
  TOCSIN_CHECK((reply.code == HecCode::kSuccess || reply.code == HecCode::kNoData) == !reply.event_number);
  if (reply.event_number) TOCSIN_CHECK(*reply.event_number == told.raws.size());
  if (reply.code == HecCode::kSuccess) TOCSIN_CHECK(!told.raws.empty());
  std::string out;
  TOCSIN_CHECK(append_hec_reply(out, reply) >= 200);
}

void check_lines(std::string_view body) {
  Told told;
  read_hec_lines(body, {}, told);
  std::vector<std::string> expected;
  std::string line;
  for (const char c : std::string(body) + "\n") {
    if (c != '\n') {
      line += c;
      continue;
    }
    if (line.ends_with('\r')) line.pop_back();
    if (line.find_first_not_of(" \t\r") != std::string::npos) expected.push_back(line.substr(0, kReceivedBytesMax));
    line.clear();
  }
  TOCSIN_CHECK(told.raws == expected);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  HecQuery query;
  const bool good = read_hec_query(bytes, query);
  check_events(bytes, good ? query.metadata() : Received());
  check_lines(bytes);

  std::string token;
  const HecCode code = read_hec_token(bytes, token);
  TOCSIN_CHECK((code == HecCode::kSuccess) == !token.empty() && token.size() <= kTokenBytesMax);
  std::vector<std::uint64_t> ids;
  read_hec_acks(bytes, ids);
  TOCSIN_CHECK(ids.size() <= kHecAcksMax);
  hec_route(bytes.substr(0, size / 2), bytes.substr(size / 2));
  return 0;
}
