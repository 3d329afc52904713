// Any bytes as the state of log-ins. What is taken is written to the same bytes again, and goes on: it is asked and learns.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "baseline/event_clock.h"
#include "baseline/login_travel.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin::baseline;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  LoginTravel travel;
  if (!travel.read_state(bytes)) return 0;
  std::string again;
  travel.append_state(again);
  TOCSIN_CHECK(again.size() == bytes.size());  // entries stand in the order of their sets now
  LoginTravel twin;
  TOCSIN_CHECK(twin.read_state(again).has_value());
  std::string third;
  twin.append_state(third);
  TOCSIN_CHECK(third == again);
  for (const std::uint64_t account : {std::uint64_t{1}, std::uint64_t{2}}) {
    for (const tocsin::TimeUs time : {tocsin::TimeUs{0}, tocsin::TimeUs{1'790'000'000'000'000}, kEventTimeMax}) {
      const Login login{account, time, {{'F', 'R'}, 48.8, 2.3, 20}};
      const LoginAnswer answer = travel.ask(login);
      if (answer.travel) TOCSIN_CHECK(answer.travel->kmh > kTravelKmh && !words(*answer.travel).empty());
      if (answer.new_country) TOCSIN_CHECK(answer.new_country->countries > 0 && !words(*answer.new_country).empty());
      travel.learn(login);
    }
  }
  return 0;
}
