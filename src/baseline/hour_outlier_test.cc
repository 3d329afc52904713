#include "baseline/hour_outlier.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "baseline/event_clock.h"

namespace tocsin::baseline {
namespace {

constexpr TimeUs kHour = 3'600'000'000, kWeek = 168 * kHour, kStart = 2'960 * kWeek;
constexpr std::array<std::string_view, kHourNumbers> kNames = {"events", "failures", "log-ins", "bytes", "new places"};

/// From -1 to 1, the same with every library.
double off(std::mt19937& random) { return static_cast<double>(random()) / 2147483648.0 - 1; }

/// All follow what the host does, which varies much; each by itself varies little.
HourNumbers lively(std::mt19937& random, double doing) {
  HourNumbers numbers{};
  constexpr HourNumbers kMeans = {400, 30, 12, 4'000, 20};
  for (std::size_t i = 0; i < kHourNumbers; ++i) numbers[i] = std::round(kMeans[i] * doing * (1 + 0.2 * off(random)));
  return numbers;
}

/// So many hours; the time after them.
TimeUs live(HourOutliers& outliers, std::uint64_t subject, int hours, TimeUs from = kStart) {
  std::mt19937 random(7);
  for (int hour = 0; hour < hours; ++hour) outliers.add(subject, from + hour * kHour + kHour / 2, lively(random, std::exp(1.2 * off(random))));
  return from + hours * kHour;
}

std::string state_of(const HourOutliers& outliers) {
  std::string state;
  outliers.append_state(state);
  return state;
}

TEST(HourOutlier, FindsWhatDoesNotGoTogether) {
  HourOutliers outliers;
  TimeUs now = live(outliers, 1, 6 * 168);
  EXPECT_FALSE(outliers.ask(1, now));
  // A quiet hour, but for as many bytes as of a lively one; there were as many on many days.
  std::mt19937 random(8);
  HourNumbers odd = lively(random, 0.4);
  odd[3] = 12'000;
  outliers.add(1, now, odd);
  EXPECT_FALSE(outliers.ask(1, now));  // the hour is not over
  outliers.add(1, now + kHour, lively(random, 1));
  const auto sign = outliers.ask(1, now + kHour);
  ASSERT_TRUE(sign);
  EXPECT_EQ(sign->hour, now);
  EXPECT_EQ(sign->number, 3u);
  EXPECT_EQ(sign->observed, 12'000);
  EXPECT_NEAR(sign->days, 42, 0.1);
  EXPECT_GE(sign->distance, kOddHourMin);
  EXPECT_EQ(words(*sign, kNames), "its numbers of the hour from " + format_time(now).substr(0, 16) + " do not go together as they did in 42 days: 12000 bytes, usual are " + std::to_string(std::lround(sign->usual)) + "; " + std::to_string(std::lround(sign->distance)) + " standard deviations in all");
  EXPECT_TRUE(outliers.ask(1, now + 6 * kHour));
  EXPECT_FALSE(outliers.ask(1, now + 7 * kHour));
  EXPECT_FALSE(outliers.ask(1, now - kHour));
  EXPECT_FALSE(outliers.ask(2, now + kHour));
  EXPECT_FALSE(outliers.ask(1, kNoTime));
}

TEST(HourOutlier, SaysNothingInTheFirstWeek) {
  for (const int hours : {167, 168}) {
    HourOutliers outliers;
    const TimeUs now = live(outliers, 1, hours);
    outliers.add(1, now, {100'000, 0, 0, 0, 0});
    outliers.add(1, now + kHour, {});
    EXPECT_EQ(outliers.ask(1, now + kHour).has_value(), hours == 168);
  }
}

TEST(HourOutlier, SumsWhatIsAddedWithinTheHourAndWhatComesLate) {
  HourOutliers outliers, again;
  TimeUs now = live(outliers, 1, 200);
  live(again, 1, 200);
  for (int i = 0; i < 10; ++i) outliers.add(1, now + i * kHour / 10 - (i % 2 + i % 3 > 2 ? 2 * kHour : 0), {1, 0, 0, 100, 0});
  again.add(1, now, {10, 0, 0, 1'000, 0});
  EXPECT_TRUE(state_of(outliers) == state_of(again));
  outliers.add(1, now, {-1, std::nan(""), 0, HUGE_VAL, 0});  // nothing, nothing, and as much as there can be
  again.add(1, now, {0, 0, 0, kHourNumberMax, 0});
  EXPECT_TRUE(state_of(outliers) == state_of(again));
}

TEST(HourOutlier, AnOddHourDoesNotMakeTheNextOneUsualNorAnOrdinaryOneOdd) {
  HourOutliers outliers;
  TimeUs now = live(outliers, 1, 6 * 168);
  std::mt19937 random(8);
  for (int time = 0; time < 3; ++time) {
    outliers.add(1, now, {40, 30, 12, 4'000'000, 20});
    outliers.add(1, now + kHour, lively(random, 1));
    const auto odd = outliers.ask(1, now + kHour);
    ASSERT_TRUE(odd) << time;
    EXPECT_EQ(odd->hour, now) << time;
    outliers.add(1, now + 2 * kHour, lively(random, 1));
    EXPECT_EQ(outliers.ask(1, now + 2 * kHour)->hour, now) << time;
    now = live(outliers, 1, 24, now + 3 * kHour);
  }
}

TEST(HourOutlier, WhoWasAwayOrHadAWrongClockBeginsAnew) {
  for (const TimeUs jump : {169 * kHour, -26 * kHour}) {
    HourOutliers outliers, fresh;
    TimeUs now = live(outliers, 1, 10) + jump;
    outliers.add(1, now, {1, 0, 0, 0, 0});
    fresh.add(1, now, {1, 0, 0, 0, 0});
    EXPECT_TRUE(state_of(outliers) == state_of(fresh));
  }
  HourOutliers outliers, fresh;
  const TimeUs now = live(outliers, 1, 10);
  live(fresh, 1, 10);
  outliers.add(1, INT64_MAX, {1, 0, 0, 0, 0});
  EXPECT_TRUE(state_of(outliers) == state_of(fresh));
  // Hours without events are hours, too.
  outliers.add(1, now + 5 * kHour, {});
  for (int hour = 0; hour < 6; ++hour) fresh.add(1, now + hour * kHour, {});
  EXPECT_TRUE(state_of(outliers) == state_of(fresh));
}

TEST(HourOutlier, SubjectsAreBounded) {
  HourOutliers outliers;
  const TimeUs now = live(outliers, 1, 4 * 168);
  outliers.add(1, now, {100'000, 0, 0, 0, 0});
  outliers.add(1, now + kHour, {});
  ASSERT_TRUE(outliers.ask(1, now + kHour));
  for (std::uint64_t subject = 2; subject <= 8 * kOutlierSubjectsMax; ++subject) outliers.add(subject, now + 2 * kHour, {1, 0, 0, 0, 0});
  EXPECT_FALSE(outliers.ask(1, now + 2 * kHour));  // the oldest went
}

TEST(HourOutlier, GoesOnFromItsState) {
  HourOutliers outliers, again;
  TimeUs now = live(outliers, 1, 600);
  live(outliers, 2, 30);
  outliers.add(1, now, {100'000, 0, 0, 0, 0});
  outliers.add(1, now + kHour, {3, 2, 1, 7, 9});
  const std::string state = state_of(outliers);
  ASSERT_TRUE(again.read_state(state));
  EXPECT_TRUE(state_of(again) == state);
  for (HourOutliers* const one : {&outliers, &again}) {
    const auto sign = one->ask(1, now + kHour);
    ASSERT_TRUE(sign);
    EXPECT_EQ(sign->observed, 100'000);
    live(*one, 1, 300, now + 2 * kHour);
  }
  EXPECT_TRUE(state_of(again) == state_of(outliers));
}

TEST(HourOutlier, RefusesADamagedStateAndIsEmptyThen) {
  HourOutliers outliers;
  live(outliers, 1, 20);
  const std::string state = state_of(outliers);
  for (std::size_t size = 0; size < state.size(); size += 7) EXPECT_FALSE(outliers.read_state(state.substr(0, size)));
  EXPECT_FALSE(outliers.read_state(state + '\0'));
  EXPECT_EQ(state_of(outliers).size(), 8u);
  std::string other = state;
  other[0] = 3;
  EXPECT_EQ(outliers.read_state(other).error().message, "the state of hours has version 3, this program knows 1: it is learnt anew");
  // Behind 16 bytes: three hours, the odd number, its distance, two doubles, five sums, what was learnt, the covariance (its first is a variance).
  constexpr std::size_t kSums = 16 + 12 + 1 + 4 + 16, kCovariance = kSums + 40 + 4;
  for (const auto& [at, byte] : {std::pair<std::size_t, char>{16 + 3, '\x40'}, {16 + 7, '\x7f'}, {16 + 11, '\x7f'}, {16 + 12, 5}, {kSums + 7, '\x7f'}, {kCovariance + 3, '\xbf'}, {kCovariance + 7, '\x7f'}, {state.size() - 1, '\x7f'}}) {
    other = state;
    other[at] = byte;
    EXPECT_FALSE(outliers.read_state(other)) << at;
  }
}

/// The slow way: every hour is kept; means and covariances are worked out from all of them, and the matrix is turned round by Gauss and Jordan.
class NaiveHours {
 public:
  double distance(const HourNumbers& numbers) const {
    const std::vector<double> off = off_of(numbers);
    std::vector<std::vector<double>> rows(kHourNumbers, std::vector<double>(2 * kHourNumbers));
    for (std::size_t i = 0; i < kHourNumbers; ++i) {
      for (std::size_t j = 0; j < kHourNumbers; ++j) rows[i][j] = covariance(i, j) + (i == j ? 0.25 : 0);
      rows[i][kHourNumbers + i] = 1;
    }
    for (std::size_t i = 0; i < kHourNumbers; ++i) {
      const double pivot = rows[i][i];
      for (double& one : rows[i]) one /= pivot;
      for (std::size_t j = 0; j < kHourNumbers; ++j) {
        const double times = rows[j][i];
        for (std::size_t k = 0; j != i && k < 2 * kHourNumbers; ++k) rows[j][k] -= times * rows[i][k];
      }
    }
    double squares = 0;
    for (std::size_t i = 0; i < kHourNumbers; ++i) {
      for (std::size_t j = 0; j < kHourNumbers; ++j) squares += off[i] * rows[i][kHourNumbers + j] * off[j];
    }
    return std::sqrt(squares);
  }
  void learn(const HourNumbers& numbers) {
    std::vector<double> off = off_of(numbers);
    HourNumbers roots{};  // as they are learnt
    for (std::size_t i = 0; i < kHourNumbers; ++i) {
      const double deviation = std::sqrt(covariance(i, i) + 1);
      roots[i] = hours_.empty() ? root(numbers[i]) : mean(i) + std::clamp(off[i], -1.5 * deviation, 1.5 * deviation);
      off[i] = std::clamp(off[i], -4 * deviation, 4 * deviation);
    }
    if (!hours_.empty()) offs_.emplace_back(hours_.size(), off);
    hours_.push_back(roots);
  }

 private:
  static double root(double count) { return 2 * std::sqrt(count + 0.375); }
  double mean(std::size_t i) const {
    double mean = 0;
    const std::vector<HourNumbers>& past = hours_;
    for (std::size_t n = 0; n < past.size(); ++n) {
      const double rate = std::max(0.3, 1.0 / static_cast<double>(n + 1));
      mean = (1 - rate) * mean + rate * past[n][i];
    }
    return mean;
  }
  std::vector<double> off_of(const HourNumbers& numbers) const {
    std::vector<double> off(kHourNumbers);
    for (std::size_t i = 0; i < kHourNumbers && !hours_.empty(); ++i) off[i] = root(numbers[i]) - mean(i);
    return off;
  }
  double covariance(std::size_t i, std::size_t j) const {
    double sum = 0;
    for (const auto& [learnt, off] : offs_) {
      const double rate = std::max(0.002, 1.0 / static_cast<double>(learnt + 1));
      sum = (1 - rate) * sum + rate * off[i] * off[j];
    }
    return sum;
  }

  std::vector<HourNumbers> hours_;
  std::vector<std::pair<std::size_t, std::vector<double>>> offs_;
};

TEST(HourOutlier, SaysWhatTheSlowWaySays) {
  std::mt19937 random(3);
  HourModel<1> fast{};
  NaiveHours slow;
  for (std::size_t hour = 100; hour < 100 + 3 * 168; ++hour) {
    HourNumbers numbers = lively(random, std::exp(1.2 * off(random)));
    if (random() % 20 == 0) numbers[random() % kHourNumbers] *= 20;
    if (random() % 10 == 0) numbers = {};
    const double expected = slow.distance(numbers);
    ASSERT_NEAR(fast.judge(static_cast<std::int64_t>(hour), numbers).distance, expected, 1e-3 + expected * 1e-3) << hour;
    fast.learn(static_cast<std::int64_t>(hour), numbers);
    slow.learn(numbers);
  }
}

}  // namespace
}  // namespace tocsin::baseline
