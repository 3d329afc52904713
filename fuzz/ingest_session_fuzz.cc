// Any bytes as what an ingest process that was taken over sends to the core: the session ends with a reason or with the stream, what it hands to the
// journal fits there, and nothing is counted for a source that was not given out.
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/check.h"
#include "event/details.h"
#include "pipeline/ingest_session.h"
#include "store/journal_writer.h"

namespace {

using namespace tocsin;

constexpr std::uint32_t kSource = 3, kSyslog = 4;
/// What a socket pair holds without a reader.
constexpr std::size_t kBytesMax = 96 << 10;

struct Journal : Intake {
  bool submit(std::unique_ptr<IntakeBatch>&& batch, std::function<void(IntakeResult)> done) override {
    TOCSIN_CHECK(batch->source() == kSource || batch->source() == kSyslog);
    TOCSIN_CHECK(!batch->entries().empty());
    TOCSIN_CHECK(batch->entries().size() * journal::kRecordOverheadBytes + batch->bytes() <= journal::Writer::kFrameRoom);
    std::size_t bytes = 0;
    for (const IntakeBatch::Entry& entry : batch->entries()) {
      bytes += batch->raw(entry).size() + batch->details(entry).size();
      TOCSIN_CHECK(batch->raw(entry).size() == entry.raw_size && batch->details(entry).size() == entry.details_size);
      for (int kind = 1; kind <= static_cast<int>(Detail::kFields); ++kind) detail(batch->details(entry), static_cast<Detail>(kind));
    }
    TOCSIN_CHECK(bytes <= batch->bytes());
    if (++batches % 3 == 0) return false;
    done({batches % 2 == 0, batches});
    return true;
  }
  void refuse(std::uint32_t source, std::uint64_t) override { TOCSIN_CHECK(source == kSource || source == kSyslog); }
  void drop(std::uint32_t source, std::uint64_t) override { TOCSIN_CHECK(source == kSource || source == kSyslog); }
  std::uint64_t batches = 0;
};

struct Source : SenderSource {
  Result<std::vector<SenderEntry>> senders() override { return std::vector<SenderEntry>{{"bulk", "app", std::string(32, 'd'), kSource}}; }
  std::optional<Sender> without_token(std::string_view input) override {
    if (input != "syslog") return std::nullopt;
    return Sender{"syslog", kSyslog};
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  int ends[2];
  TOCSIN_CHECK(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  Journal journal;
  Source source;
  const auto session = std::make_shared<IngestSession>(Env::system(), journal, source, ends[0]);
  (void)!::send(ends[1], data, std::min(size, kBytesMax), MSG_DONTWAIT | MSG_NOSIGNAL);
  ::shutdown(ends[1], SHUT_WR);
  (void)session->run([] {});
  ::close(ends[1]);
  return 0;
}
