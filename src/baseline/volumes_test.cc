#include "baseline/volumes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace tocsin::baseline {
namespace {

constexpr std::uint32_t kHour = 3'600, kWeek = 168 * kHour, kMonday = 4 * 86'400;  // 1970-01-05
constexpr std::uint64_t kSubject = 77;

/// Events of an hour, spread over it.
void add_hour(Volumes& volumes, std::uint32_t hour, int events) {
  for (int i = 0; i < events; ++i) volumes.add(kSubject, hour * kHour + static_cast<std::uint32_t>(i * 3'600 / (events + 1)));
}

/// By day 100 an hour, at night 4, at weekends 4; each as chance has it.
int events_at(std::uint32_t hour, std::mt19937_64& random) {
  const std::uint32_t of_day = hour % 24, day = (hour / 24 + 3) % 7;
  return std::poisson_distribution<int>(of_day >= 8 && of_day < 18 && day < 5 ? 100 : 4)(random);
}

class Weeks : public testing::Test {
 protected:
  void go_on(std::uint32_t hours) {
    for (std::uint32_t i = 0; i < hours; ++i, ++hour_) add_hour(volumes_, hour_, events_at(hour_, random_));
  }
  /// Of one more event when `events` were in this hour.
  Volumes::Told with(int events) {
    Volumes volumes = copy();
    add_hour(volumes, hour_, events);
    return volumes.ask(kSubject, hour_ * kHour + kHour - 1);
  }
  Volumes copy() {
    std::string bytes;
    volumes_.pack(bytes);
    ByteReader reader(bytes);
    Volumes volumes;
    EXPECT_TRUE(volumes.unpack(reader));
    return volumes;
  }

  std::mt19937_64 random_{3};
  Volumes volumes_;
  std::uint32_t hour_ = kMonday / kHour;
};

TEST_F(Weeks, NothingIsUnusualBeforeDaysAreKnown) {
  go_on(2 * 24 + 12);
  EXPECT_FALSE(with(5'000).more);
}

TEST_F(Weeks, AfterSomeDaysTheHourOfTheDayStands) {
  go_on(4 * 24 + 10);
  const Volumes::Told told = with(400);
  EXPECT_TRUE(told.more);
  EXPECT_EQ(told.now.count, 401);
  EXPECT_NEAR(told.now.usual, 100, 15);
  EXPECT_NEAR(told.days, 4.4, 0.2);
  EXPECT_FALSE(with(120).more);
}

TEST_F(Weeks, ASundayIsJudgedBySundays) {
  go_on(3 * 168 + 6 * 24 + 10);
  EXPECT_TRUE(with(60).more) << "100 on other days";
  EXPECT_NEAR(with(60).now.usual, 4, 3);
}

TEST_F(Weeks, SilenceIsToldWhenItsHourIsOver) {
  go_on(3 * 168 + 10);
  add_hour(volumes_, hour_++, 2);
  const Volumes::Told told = with(90);
  EXPECT_TRUE(told.less);
  EXPECT_FALSE(told.more);
  EXPECT_EQ(told.last.count, 2);
  EXPECT_NEAR(told.last.usual, 100, 20);
  go_on(1);
  EXPECT_FALSE(with(90).less) << "the hour before was as others";
}

/// What usual hours do is almost never called unusual: of six weeks' hours less than one in a thousand.
TEST_F(Weeks, ChanceIsNotUnusual) {
  go_on(4 * 168);
  std::size_t called = 0;
  for (std::uint32_t i = 0; i < 6 * 168; ++i, ++hour_) {
    const int events = events_at(hour_, random_);
    const Volumes::Told told = with(events);
    called += told.more || told.less;
    add_hour(volumes_, hour_, events);
  }
  EXPECT_LE(called, 1u);
}

/// One hour of a flood leaves the next of its kind a flood.
TEST_F(Weeks, AnAttackDoesNotTeachThatItIsUsual) {
  go_on(3 * 168 + 10);
  add_hour(volumes_, hour_++, 20'000);
  go_on(167);
  EXPECT_TRUE(with(2'000).more);
  EXPECT_LT(with(2'000).now.usual, 250);
}

TEST_F(Weeks, LateEventsAndLongSilence) {
  go_on(3 * 168 + 10);
  volumes_.add(kSubject, (hour_ - 5) * kHour);
  EXPECT_FALSE(volumes_.ask(kSubject, (hour_ - 5) * kHour).more);
  hour_ += kVolumeForgetHours + 2;
  volumes_.add(kSubject, hour_ * kHour);
  EXPECT_FALSE(with(5'000).more) << "known anew";
  EXPECT_LT(with(1).days, 1);
}

/// The same rule with nothing saved: every hour's count in a list, each question answered from the first hour on.
class Twin {
 public:
  void add_hour(int events) { counts_.push_back(events); }
  /// Mean of the hour of the week that comes now.
  double usual() const {
    std::vector<double> of_week(168), of_day(24);
    std::vector<int> weeks(168), days(24);
    double dispersion = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      const std::size_t week = (first_ + i) % 168, day = (first_ + i) % 24;
      const bool known = weeks[week] >= 2 || days[day] >= 3;
      const double mean = weeks[week] >= 2 ? of_week[week] : of_day[day], spread = std::sqrt(std::max(dispersion, 1.0) * (mean + 1));
      const double taken = known ? std::clamp<double>(counts_[i], mean - 6 * spread, mean + 6 * spread) : counts_[i];
      if (known && dispersion == 0) dispersion = 1;
      if (known) dispersion += 0.02 * ((taken - mean) * (taken - mean) / (mean + 1) - dispersion);
      of_week[week] += std::max(1.0 / (weeks[week] + 1), 0.25) * (taken - of_week[week]);
      of_day[day] += std::max(1.0 / (days[day] + 1), 0.1) * (taken - of_day[day]);
      ++weeks[week];
      ++days[day];
    }
    const std::size_t now = first_ + counts_.size();
    return weeks[now % 168] >= 2 ? of_week[now % 168] : of_day[now % 24];
  }

 private:
  const std::size_t first_ = kMonday / kHour;
  std::vector<int> counts_;
};

TEST_F(Weeks, AgreesWithItsTwin) {
  Twin twin;
  for (std::uint32_t i = 0; i < 5 * 168; ++i, ++hour_) {
    const int events = random_() % 200 == 0 ? 3'000 : events_at(hour_, random_);
    if (i >= 3 * 24) {
      ASSERT_NEAR(with(10).now.usual, twin.usual(), 1e-3 * twin.usual() + 1e-3) << i;
    }
    add_hour(volumes_, hour_, events);
    twin.add_hour(events);
  }
}

TEST_F(Weeks, BytesThatAreNone) {
  go_on(30);
  std::string bytes;
  volumes_.pack(bytes);
  for (std::size_t size = 0; size < bytes.size(); size += 13) {
    Volumes none;
    ByteReader cut(std::string_view(bytes).substr(0, size));
    EXPECT_FALSE(none.unpack(cut)) << size;
  }
  std::string elsewhere = bytes;
  elsewhere[4] ^= 0x40;  // the place
  Volumes none;
  ByteReader reader(elsewhere);
  EXPECT_FALSE(none.unpack(reader));
  static_assert(kWeek == 604'800);
}

}  // namespace
}  // namespace tocsin::baseline
