// Any bytes as a syslog connection. However they are cut into reads, the messages and the counts are those of the slow twin
// that has the whole stream at once.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "collect/syslog_frames.h"
#include "collect/syslog_frames_twin.h"

namespace {

using namespace tocsin;

struct Told : ReceivedVisitor {
  void record(const Received& received) override {
    messages.push_back({std::string(received.raw), received.truncated});
  }
  std::vector<SyslogTwin::Message> messages;
};

void check(std::string_view bytes, std::size_t step, const SyslogTwin& twin) {
  SyslogFrames frames;
  Told told;
  for (std::size_t at = 0; at < bytes.size(); at += step) frames.read(bytes.substr(at, step), told);
  frames.finish(told);
  TOCSIN_CHECK(told.messages == twin.messages);
  TOCSIN_CHECK(frames.counts() == twin.counts);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const SyslogTwin twin(bytes);
  for (const std::size_t step : {size + 1, 1 + size % 7, std::size_t{1}}) check(bytes, step, twin);
  return 0;
}
