// Any bytes as a Lumberjack connection. However they are cut into reads, the events and the acknowledgements are those of the slow twin that
// has the whole stream at once.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "collect/acked_testing.h"
#include "collect/lumberjack_frames.h"
#include "collect/lumberjack_frames_twin.h"

namespace {

using namespace tocsin;

void check(std::string_view bytes, std::size_t step, const LumberjackTwin& twin) {
  LumberjackFrames beats;
  const AckedRun run = run_acked(beats, bytes, step);
  TOCSIN_CHECK(run.out == twin.out);
  TOCSIN_CHECK(run.records.size() == twin.events.size());
  for (std::size_t i = 0; i < run.records.size(); ++i) TOCSIN_CHECK(run.records[i].raw == twin.events[i]);
  TOCSIN_CHECK(!run.error.empty() == twin.bad);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const LumberjackTwin twin{std::string(bytes)};
  for (const std::size_t step : {size + 1, 1 + size % 7, std::size_t{1}}) check(bytes, step, twin);
  return 0;
}
