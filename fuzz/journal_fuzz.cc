// Any bytes as what stands in a journal: the payload of a frame that opened, the details of a record, the headers. Nothing may be read
// beyond the bytes, and what is read may not be more than they hold.
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "store/journal_format.h"

namespace {

using namespace tocsin;
using namespace tocsin::journal;

class Counting : public PayloadVisitor {
 public:
  void record(Sequence, const Record& record) override {
    bytes += kRecordOverheadBytes + record.details.size() + record.raw.size();
    for (int kind = 0; kind < 8; ++kind) {
      TOCSIN_CHECK(detail(record.details, static_cast<Detail>(kind)).size() <= record.details.size());
    }
  }
  void source(SourceId, std::string_view name) override { bytes += name.size(); }
  void counts(SourceId, const Counts&, bool) override {}
  void end() override {}

  std::size_t bytes = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  (void)read_header(bytes);
  const auto header = read_frame_header(bytes);
  if (!header) return 0;
  Counting counting;
  const std::string_view payload = bytes.substr(kFrameHeaderBytes);
  (void)read_payload(*header, payload, counting);
  TOCSIN_CHECK(counting.bytes <= payload.size());
  return 0;
}
