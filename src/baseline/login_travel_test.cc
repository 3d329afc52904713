#include "baseline/login_travel.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <numbers>
#include <random>
#include <set>
#include <vector>

#include "baseline/event_clock.h"

namespace tocsin::baseline {
namespace {

constexpr TimeUs kMinute = 60'000'000, kHour = 60 * kMinute, kDay = 24 * kHour;
constexpr TimeUs kStart = 1'790'000'000'000'000;

struct City {
  std::array<char, 2> country;
  double latitude, longitude;
};
constexpr City kBerlin{{'D', 'E'}, 52.52, 13.405}, kMunich{{'D', 'E'}, 48.1374, 11.5755}, kPotsdam{{'D', 'E'}, 52.4, 13.07}, kParis{{'F', 'R'}, 48.8566, 2.3522};
constexpr City kSaoPaulo{{'B', 'R'}, -23.55, -46.63}, kSydney{{'A', 'U'}, -33.87, 151.21}, kSuva{{'F', 'J'}, -18.14, 178.44}, kApia{{'W', 'S'}, -13.83, -171.77};

Login login(const City& city, TimeUs time, std::uint64_t account = 1, double radius_km = 20) {
  return {account, time, {city.country, city.latitude, city.longitude, radius_km}};
}

/// Ten days of log-ins from one place.
TimeUs settle(LoginTravel& travel, const City& city, std::uint64_t account = 1) {
  for (int day = 0; day < 10; ++day) travel.learn(login(city, kStart + day * kDay, account));
  return kStart + 9 * kDay;
}

std::string state_of(const LoginTravel& travel) {
  std::string state;
  travel.append_state(state);
  return state;
}

TEST(LoginTravel, MeasuresOnTheSphere) {
  // A quarter of a great circle, half of one, and none; over the date line; Berlin to Paris is 878 km in any atlas.
  constexpr double kRadiusKm = 6'371.0088;
  EXPECT_NEAR(great_circle_km(0, 0, 0, 90), kRadiusKm * std::numbers::pi / 2, 1e-6);
  EXPECT_NEAR(great_circle_km(90, 0, -90, 0), kRadiusKm * std::numbers::pi, 1e-6);
  EXPECT_EQ(great_circle_km(12.5, 77, 12.5, 77), 0);
  EXPECT_NEAR(great_circle_km(0, 179.5, 0, -179.5), kRadiusKm * std::numbers::pi / 180, 1e-6);
  EXPECT_NEAR(great_circle_km(kBerlin.latitude, kBerlin.longitude, kParis.latitude, kParis.longitude), 878, 1);
}

TEST(LoginTravel, ANewCountryIsOneOnlyForAnAccountThatIsKnown) {
  LoginTravel travel;
  for (int i = 0; i < 4; ++i) travel.learn(login(kBerlin, kStart + i * kMinute));
  EXPECT_FALSE(travel.ask(login(kParis, kStart + kDay)).new_country);
  const TimeUs last = settle(travel, kBerlin, 2);
  const LoginAnswer answer = travel.ask(login(kParis, last + 5 * kDay, 2));
  ASSERT_TRUE(answer.new_country);
  EXPECT_FALSE(answer.travel);  // five days are enough to get there
  EXPECT_EQ(words(*answer.new_country), "a log-in from FR, from where the account had none; it is known for 14 days, with log-ins from 1 country, mostly DE");
  EXPECT_FALSE(travel.ask(login(kMunich, last + 5 * kDay, 2)).new_country);
  EXPECT_FALSE(travel.ask(login(kParis, last + 5 * kDay, 99)).new_country);  // never seen
}

TEST(LoginTravel, ACountryIsKnownAfterOneLoginAndForgottenAfterAYear) {
  LoginTravel travel;
  TimeUs now = settle(travel, kBerlin) + kDay;
  travel.learn(login(kParis, now));
  EXPECT_FALSE(travel.ask(login(kParis, now + kDay)).new_country);
  for (int day = 1; day <= 365; ++day) travel.learn(login(kBerlin, now + day * kDay));
  EXPECT_TRUE(travel.ask(login(kParis, now + 366 * kDay)).new_country);
}

TEST(LoginTravel, WhoIsTooFarAwayTooSoonTravelsImpossibly) {
  LoginTravel travel;
  const TimeUs last = settle(travel, kBerlin);
  const LoginAnswer answer = travel.ask(login(kParis, last + 20 * kMinute));
  ASSERT_TRUE(answer.travel);
  EXPECT_EQ(words(*answer.travel), "a log-in from FR, 877 km away from the last one, in DE, 20 minutes apart: faster than 900 km/h");
  EXPECT_NEAR(answer.travel->kmh, (878 - 40) * 3.0, 10);
  EXPECT_FALSE(travel.ask(login(kParis, last + 60 * kMinute)).travel);  // by air
  EXPECT_TRUE(travel.ask(login(kSaoPaulo, last + 10 * kHour)).travel);
  EXPECT_FALSE(travel.ask(login(kSaoPaulo, last + 12 * kHour)).travel);
  EXPECT_TRUE(travel.ask(login(kParis, last - 20 * kMinute)).travel);  // told late, and as impossible
}

TEST(LoginTravel, OverTheDateLineIsNear) {
  LoginTravel travel;
  const TimeUs last = settle(travel, kSuva);
  EXPECT_FALSE(travel.ask(login(kApia, last + 2 * kHour)).travel);  // 1,140 km, and not round the world
  EXPECT_TRUE(travel.ask(login(kApia, last + kHour)).travel);
}

TEST(LoginTravel, ShortWaysAndVaguePlacesAreNoJourney) {
  LoginTravel travel;
  const TimeUs last = settle(travel, kBerlin);
  EXPECT_FALSE(travel.ask(login(kPotsdam, last + kMinute)).travel);
  EXPECT_FALSE(travel.ask(login(kMunich, last + kMinute)).travel);               // 504 km, but within one country
  EXPECT_FALSE(travel.ask(login(kParis, last + kMinute, 1, 900)).travel);        // as far as it may be off
  EXPECT_FALSE(travel.ask(login(kSaoPaulo, last + kMinute, 1, 1'001)).travel);   // known to be in Brazil, and no more
  Login nowhere = login(kParis, last + kMinute);
  nowhere.place.latitude.reset();
  EXPECT_FALSE(travel.ask(nowhere).travel);
  EXPECT_TRUE(travel.ask(nowhere).new_country);
  nowhere.place.country = {'f', 'r'};
  EXPECT_FALSE(travel.ask(nowhere).new_country);
  for (const double wrong : {91.0, std::nan(""), HUGE_VAL}) {
    nowhere.place.latitude = wrong;
    EXPECT_FALSE(travel.ask(nowhere).travel);
    travel.learn(nowhere);
  }
  EXPECT_TRUE(travel.ask(login(kParis, last + 2 * kMinute)).travel);  // the last place stands
}

TEST(LoginTravel, WhoJumpsOnThreeDaysIsKnownToJump) {
  LoginTravel travel;
  // The phone is in one place, the VPN of the desk in the other; five times on each of four days. The first log-in of a day is hours after the last.
  TimeUs now = settle(travel, kBerlin);
  std::array<int, 4> signs{};
  for (int& of_day : signs) {
    now += kDay;
    for (int i = 0; i < 10; ++i) {
      const Login next = login(i % 2 == 0 ? kParis : kBerlin, now + i * kMinute);
      of_day += travel.ask(next).travel ? 1 : 0;
      travel.learn(next);
    }
  }
  EXPECT_EQ(signs, (std::array<int, 4>{9, 9, 1, 0}));
  now += kHour;
  travel.learn(login(kBerlin, now));
  EXPECT_TRUE(travel.ask(login(kSydney, now + kMinute)).travel);  // but not to there
  now += 365 * kDay;
  travel.learn(login(kBerlin, now));
  EXPECT_TRUE(travel.ask(login(kParis, now + kMinute)).travel);  // and not a year later
}

/// Addresses of one town are in several squares.
TEST(LoginTravel, AWayIsTheSameFromTheNextSquare) {
  LoginTravel travel;
  TimeUs now = settle(travel, kBerlin);
  const std::array<City, 3> exits = {{{{'F', 'R'}, 48.86, 2.35}, {{'F', 'R'}, 47.9, 1.9}, {{'F', 'R'}, 48.2, 4.1}}};
  std::array<int, 5> signs{};
  for (std::size_t day = 0; day < signs.size(); ++day) {
    now += kDay;
    travel.learn(login(kBerlin, now));
    const Login next = login(exits[day % 3], now + kMinute);
    signs[day] = travel.ask(next).travel ? 1 : 0;
    travel.learn(next);
  }
  EXPECT_EQ(signs, (std::array<int, 5>{1, 1, 1, 0, 0}));
  travel.learn(login(kBerlin, now + kDay));
  EXPECT_TRUE(travel.ask(login({{'F', 'R'}, 43.3, 5.4}, now + kDay + kMinute)).travel) << "Marseille is elsewhere";
}

TEST(LoginTravel, AClockThatWasFarAheadIsNotBelievedForLong) {
  LoginTravel travel;
  const TimeUs last = settle(travel, kBerlin);
  travel.learn(login(kBerlin, kEventTimeMax));
  travel.learn(login(kBerlin, last + kDay));
  EXPECT_TRUE(travel.ask(login(kParis, last + kDay + kMinute)).travel);
  for (const TimeUs none : {kNoTime, TimeUs{-1}, INT64_MAX}) {
    travel.learn(login(kParis, none));
    EXPECT_FALSE(travel.ask(login(kParis, none)).travel);
  }
  EXPECT_TRUE(travel.ask(login(kParis, last + kDay + kMinute)).travel);
  // And counts fade from then on as ever.
  travel.learn(login(kParis, last + 2 * kDay));
  for (int day = 3; day <= 365; ++day) travel.learn(login(kBerlin, last + day * kDay));
  EXPECT_TRUE(travel.ask(login(kParis, last + 366 * kDay)).new_country);
}

TEST(LoginTravel, CountriesAndJumpsAreBounded) {
  LoginTravel travel;
  const TimeUs last = settle(travel, kBerlin);
  for (int i = 0; i < 26 * 26; ++i) {
    City city{{static_cast<char>('A' + i / 26), static_cast<char>('A' + i % 26)}, -80.0 + i % 80 * 2, -179.0 + i / 2.0};
    travel.learn(login(city, last + i * kMinute));
  }
  EXPECT_FALSE(travel.ask(login(kBerlin, last + kDay)).new_country);  // ten log-ins count more than one
  EXPECT_TRUE(travel.ask(login({{'A', 'B'}, 0, 0}, last + kDay)).new_country);
}

TEST(LoginTravel, AccountsAreBounded) {
  LoginTravel travel;
  for (std::uint64_t account = 1; account <= 4 * kTravelAccountsMax; ++account) travel.learn(login(kBerlin, kStart + static_cast<TimeUs>(account) * 1'000, account));
  EXPECT_TRUE(travel.ask(login(kParis, kStart + kMinute, 4 * kTravelAccountsMax)).travel);
  EXPECT_FALSE(travel.ask(login(kParis, kStart + kMinute, 1)).travel);  // the oldest went
}

TEST(LoginTravel, GoesOnFromItsState) {
  LoginTravel travel, again;
  TimeUs now = settle(travel, kBerlin);
  for (int day = 1; day <= 3; ++day) {
    travel.learn(login(kParis, now + day * kDay));
    travel.learn(login(kBerlin, now + day * kDay + kMinute));
  }
  settle(travel, kSydney, 2);
  const std::string state = state_of(travel);
  ASSERT_TRUE(again.read_state(state));
  EXPECT_EQ(state_of(again), state);
  now += 4 * kDay;
  for (LoginTravel* const one : {&travel, &again}) {
    EXPECT_FALSE(one->ask(login(kParis, now)).travel);
    EXPECT_TRUE(one->ask(login(kParis, now, 2)).new_country);
    one->learn(login(kSaoPaulo, now));
  }
  EXPECT_EQ(state_of(again), state_of(travel));
}

TEST(LoginTravel, RefusesADamagedStateAndIsEmptyThen) {
  LoginTravel travel;
  const TimeUs last = settle(travel, kBerlin);
  const std::string state = state_of(travel);
  for (std::size_t size = 0; size < state.size(); ++size) EXPECT_FALSE(travel.read_state(state.substr(0, size)));
  EXPECT_FALSE(travel.read_state(state + '\0'));
  EXPECT_FALSE(travel.ask(login(kParis, last + kMinute)).travel);
  std::string other = state;
  other[0] = 9;
  EXPECT_EQ(travel.read_state(other).error().message, "the state of log-ins has version 9, this program knows 1: it is learnt anew");
  for (const char byte : {'\x7f', '\x80'}) {  // the account's first time: too late, too early
    other = state;
    other[16 + 7] = byte;
    EXPECT_FALSE(travel.read_state(other));
  }
}

/// The slow way: every log-in is kept, and every answer worked out from all of them, with distances by vectors instead of haversines.
class NaiveTravel {
 public:
  LoginAnswer ask(const Login& login) {
    is_close_ = false;
    LoginAnswer answer;
    const std::vector<Login>& past = logins_[login.account];
    if (past.empty()) return answer;
    std::map<std::array<char, 2>, double> counts;
    double all = 0;
    for (std::size_t i = 0; i < past.size(); ++i) {
      const double weight = faded_since(highest(past, i), login.time);
      counts[past[i].place.country] += weight;
      all += weight;
    }
    is_close_ = std::abs(all - kLoginsKnownMin) < 1e-3 || std::abs(counts[login.place.country] - kCountryCountMin) < 1e-3;
    if (all >= kLoginsKnownMin && counts[login.place.country] < kCountryCountMin) answer.new_country.emplace();
    std::map<std::pair<int, int>, std::map<TimeUs, TimeUs>> jumps;  // by day, the time that counts
    for (std::size_t i = 1; i < past.size(); ++i) {
      if (is_impossible(past[latest_before(past, i)], past[i])) jumps[squares(past[latest_before(past, i)], past[i])].try_emplace(past[i].time / kDay, highest(past, i));
    }
    const Login& last = past[latest_before(past, past.size())];
    if (!is_impossible(last, login)) return answer;
    double days = 0;
    for (const auto& [day, time] : jumps[squares(last, login)]) days += faded_since(time, login.time);
    is_close_ = is_close_ || std::abs(days - kJumpDaysKnown) < 1e-3;
    if (days < kJumpDaysKnown) answer.travel.emplace();
    return answer;
  }
  void learn(const Login& login) { logins_[login.account].push_back(login); }
  /// So near a bar that rounding decides.
  bool is_close() const { return is_close_; }

 private:
  static double faded_since(TimeUs then, TimeUs now) { return std::exp2(-std::max(0.0, static_cast<double>(now - then)) / kTravelHalfLifeUs); }
  static TimeUs highest(const std::vector<Login>& past, std::size_t upto) {
    TimeUs time = 0;
    for (std::size_t i = 0; i <= upto; ++i) time = std::max(time, past[i].time);
    return time;
  }
  static std::size_t latest_before(const std::vector<Login>& past, std::size_t end) {
    std::size_t found = 0;
    for (std::size_t i = 1; i < end; ++i) found = past[i].time >= past[found].time ? i : found;
    return found;
  }
  static int square(const Login& login) { return static_cast<int>(std::floor(*login.place.latitude / 2)) * 1'000 + static_cast<int>(std::floor(*login.place.longitude / 2)); }
  static std::pair<int, int> squares(const Login& a, const Login& b) { return std::minmax({square(a), square(b)}); }
  static double km(const Login& a, const Login& b) {
    const auto vector = [](const Login& one) {
      const double up = *one.place.latitude * std::numbers::pi / 180, along = *one.place.longitude * std::numbers::pi / 180;
      return std::array<double, 3>{std::cos(up) * std::cos(along), std::cos(up) * std::sin(along), std::sin(up)};
    };
    double product = 0;
    for (int i = 0; i < 3; ++i) product += vector(a)[static_cast<std::size_t>(i)] * vector(b)[static_cast<std::size_t>(i)];
    return 6'371.0088 * std::acos(std::clamp(product, -1.0, 1.0));
  }
  bool is_impossible(const Login& a, const Login& b) {
    const double sure = km(a, b) - a.place.radius_km - b.place.radius_km;
    const double hours = std::max(std::abs(static_cast<double>(a.time - b.time)), 60e6) / 3'600e6;
    const bool is_within = a.place.country == b.place.country;
    is_close_ = is_close_ || std::abs(sure / hours - kTravelKmh) < 0.1 || std::abs(sure - 300) < 0.1 || std::abs(sure - 1'000) < 0.1;
    return sure >= (is_within ? 1'000 : 300) && sure > kTravelKmh * hours;
  }

  std::map<std::uint64_t, std::vector<Login>> logins_;
  bool is_close_ = false;
};

TEST(LoginTravel, SaysWhatTheSlowWaySays) {
  constexpr std::array<City, 6> kCities = {kBerlin, kMunich, kParis, kSaoPaulo, kSydney, kSuva};
  unsigned travels = 0, countries = 0, close = 0, learnt = 0;
  for (unsigned seed = 0; seed < 12; ++seed) {
    std::mt19937 random(seed);
    LoginTravel fast;
    NaiveTravel slow;
    TimeUs now = kStart;
    for (int i = 0; i < 150; ++i) {
      now += random() % 3 == 0 ? static_cast<TimeUs>(random() % 200) * kHour : static_cast<TimeUs>(random() % 90) * kMinute;
      const TimeUs late = random() % 8 == 0 ? static_cast<TimeUs>(random() % 120) * kMinute : 0;
      const auto one = random() % 6, other = random() % 6, account = random() % 3, radius_km = 20 + random() % 200;  // in this order with every compiler
      const Login made_up = login(kCities[std::min(one, other)], now - late, account, static_cast<double>(radius_km));
      const LoginAnswer a = fast.ask(made_up), b = slow.ask(made_up);
      if (slow.is_close()) {
        ++close;
      } else {
        EXPECT_EQ(a.travel.has_value(), b.travel.has_value()) << seed << " " << i;
        EXPECT_EQ(a.new_country.has_value(), b.new_country.has_value()) << seed << " " << i;
      }
      travels += b.travel ? 1 : 0;
      countries += b.new_country ? 1 : 0;
      learnt += a.travel ? 0 : 1;
      fast.learn(made_up);
      slow.learn(made_up);
    }
  }
  EXPECT_GT(travels, 200u);
  EXPECT_GT(countries, 20u);
  EXPECT_GT(learnt, 200u);
  EXPECT_LT(close, 100u);
}

}  // namespace
}  // namespace tocsin::baseline
