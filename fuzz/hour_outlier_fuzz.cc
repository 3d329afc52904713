// Any bytes as the state of odd hours. What is taken is written to as many bytes again, the same from then on, and goes on: it is asked and learns.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "baseline/event_clock.h"
#include "baseline/hour_outlier.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin::baseline;
  constexpr std::array<std::string_view, kHourNumbers> kNames = {"events", "failures", "log-ins", "bytes", "new places"};
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  HourOutliers outliers;
  if (!outliers.read_state(bytes)) return 0;
  std::string again, third;
  outliers.append_state(again);
  TOCSIN_CHECK(again.size() == bytes.size());  // entries stand in the order of their sets now
  HourOutliers twin;
  TOCSIN_CHECK(twin.read_state(again).has_value());
  twin.append_state(third);
  TOCSIN_CHECK(third == again);
  for (const std::uint64_t subject : {std::uint64_t{1}, std::uint64_t{2}}) {
    for (const tocsin::TimeUs time : {tocsin::TimeUs{0}, tocsin::TimeUs{1'790'000'000'000'000}, tocsin::TimeUs{1'790'100'000'000'000}, kEventTimeMax}) {
      if (const auto sign = outliers.ask(subject, time)) TOCSIN_CHECK(!words(*sign, kNames).empty());
      outliers.add(subject, time, {1, 0, 1, 1e15, 3});
    }
  }
  // What was learnt from any state can be kept again.
  std::string last;
  outliers.append_state(last);
  TOCSIN_CHECK(twin.read_state(last).has_value());
  return 0;
}
