// Any bytes as a stream of the journal's export format. However they are cut into reads, the records and the counts are those of the slow twin that has the whole stream at
// once, and each record is one JSON object.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "collect/journal_twin.h"
#include "collect/json_walk.h"

namespace {

using namespace tocsin;

struct Told : ReceivedVisitor {
  void record(const Received& received) override {
    TOCSIN_CHECK(received.raw.size() <= kReceivedBytesMax && is_json_object(received.raw));
    records.push_back({std::string(received.raw), received.truncated});
  }
  std::vector<JournalTwin::Record> records;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const JournalTwin twin(bytes);
  for (const std::size_t step : {size + 1, 1 + size % 7, std::size_t{1}}) {
    JournalExport journal;
    Told told;
    for (std::size_t at = 0; at < bytes.size(); at += step) journal.read(bytes.substr(at, step), told);
    journal.finish(told);
    TOCSIN_CHECK(told.records == twin.records);
    TOCSIN_CHECK(journal.counts() == twin.counts);
  }
  return 0;
}
