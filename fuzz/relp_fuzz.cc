// Any bytes as a RELP connection. However they are cut into reads, the messages and the responses are those of the slow twin that has the
// whole stream at once.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "collect/acked_testing.h"
#include "collect/relp_frames.h"
#include "collect/relp_frames_twin.h"

namespace {

using namespace tocsin;

void check(std::string_view bytes, std::size_t step, const RelpTwin& twin) {
  RelpFrames relp;
  const AckedRun run = run_acked(relp, bytes, step);
  TOCSIN_CHECK(run.out == twin.out);
  TOCSIN_CHECK(run.records.size() == twin.messages.size());
  for (std::size_t i = 0; i < run.records.size(); ++i) TOCSIN_CHECK(run.records[i].raw == twin.messages[i]);
  TOCSIN_CHECK(!run.error.empty() == twin.bad && run.ended == twin.ended);
}

/// Where hosts may come: what is asked for does not depend on how it was cut either.
std::optional<EnrolmentRequest> asked_for(std::string_view bytes, std::size_t step) {
  RelpFrames relp(true);
  (void)run_acked(relp, bytes, step);
  const std::optional<EnrolmentRequest> request = relp.enrolment();
  if (request) TOCSIN_CHECK(read_enrolment(enrolment_data(*request)).value() == *request);
  return request;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const RelpTwin twin{std::string(bytes)};
  for (const std::size_t step : {size + 1, 1 + size % 7, std::size_t{1}}) check(bytes, step, twin);
  TOCSIN_CHECK(asked_for(bytes, size + 1) == asked_for(bytes, 1));
  return 0;
}
