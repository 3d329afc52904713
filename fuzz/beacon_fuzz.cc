// Any bytes as the state of beacons. What is taken is written to as many bytes again, the same from then on, and goes on: it is asked and learns.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "baseline/beacon.h"
#include "baseline/event_clock.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin::baseline;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  Beacons beacons;
  if (!beacons.read_state(bytes)) return 0;
  std::string again, third;
  beacons.append_state(again);
  TOCSIN_CHECK(again.size() == bytes.size());  // entries stand in the order of their sets now
  Beacons twin;
  TOCSIN_CHECK(twin.read_state(again).has_value());
  twin.append_state(third);
  TOCSIN_CHECK(third == again);
  for (const tocsin::TimeUs time : {tocsin::TimeUs{0}, tocsin::TimeUs{1'790'000'000'000'000}, kEventTimeMax}) {
    const Connection connection{7, 99, time};
    if (const auto sign = beacons.ask(connection)) TOCSIN_CHECK(sign->score >= kBeatScoreMin && sign->interval_s > 0 && !words(*sign).empty());
    beacons.learn(connection);
  }
  return 0;
}
