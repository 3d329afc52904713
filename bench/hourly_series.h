// Made-up series of numbers by the hour, with what is odd in them labelled, as in the Numenta Anomaly Benchmark (A. Lavin, S. Ahmad 2015): a day and a week, noise of several kinds, and spikes, shifts of level, changed seasons, flat lines and drift.
// Of one number, or of five of which one is odd, or none and only all together are. Everything follows from the seed, with any standard library.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <random>
#include <string_view>
#include <vector>

namespace tocsin::baseline {

enum class Noise : std::uint8_t { kQuiet, kPoisson, kBusy, kBursts, kHeavyTail };
inline constexpr std::array<std::string_view, 5> kNoiseNames = {"few events", "Poisson", "many events", "bursts", "heavy tail"};
enum class Odd : std::uint8_t { kSpike, kLevel, kSeason, kSilence, kDrift, kOneNumber, kCombination };
inline constexpr std::array<std::string_view, 7> kOddNames = {"spikes", "level shifts", "changed season", "silence", "drift", "one number of five", "only the combination"};

class Chance {
 public:
  explicit Chance(std::uint64_t seed) : random_(seed) {}
  /// Above 0, below 1.
  double share() { return (static_cast<double>(random_() >> 11) + 0.5) / 9007199254740992.0; }
  double normal() { return std::sqrt(-2 * std::log(share())) * std::cos(2 * std::numbers::pi * share()); }
  double poisson(double mean) {
    if (mean > 60) return std::max(0.0, std::round(mean + std::sqrt(mean) * normal()));
    double product = share();
    double count = 0;
    for (const double end = std::exp(-mean); product > end; ++count) product *= share();
    return count;
  }
  /// Mean 1, variance 1 / shape; shape 1 or more (G. Marsaglia, W. W. Tsang 2000).
  double gamma(double shape) {
    const double d = shape - 1.0 / 3, c = 1 / std::sqrt(9 * d);
    for (;;) {
      const double x = normal(), v = std::pow(std::max(0.0, 1 + c * x), 3);
      if (v > 0 && std::log(share()) < x * x / 2 + d - d * v + d * std::log(v)) return d * v / shape;
    }
  }

 private:
  std::mt19937_64 random_;
};

inline constexpr int kWarmHours = 3 * 168, kSeriesHours = 12 * 168;

struct OddSpan {
  int from = 0, to = 0;  // hours in which an alarm is right
  int until = 0;         // to here it is neither right nor wrong
};

struct Series {
  std::vector<std::vector<double>> hours;  // by hour, then number
  std::vector<OddSpan> odd;
};

/// Work days from 8 to 18, half at the edges; a tenth at night, a third of the day at weekends. Between 0.1 and 1.
inline double season(int hour) {
  const int of_day = hour % 24, day = hour / 24 % 7;
  const double work = of_day >= 9 && of_day < 17 ? 1 : of_day == 8 || of_day == 17 || of_day == 18 ? 0.5 : 0;
  return 0.1 + 0.9 * work * (day >= 5 ? 0.33 : 1);
}

inline double noisy(Noise noise, double shape, Chance& chance) {
  switch (noise) {
    case Noise::kQuiet: return chance.poisson(2 * shape);
    case Noise::kPoisson: return chance.poisson(30 * shape);
    case Noise::kBusy: return chance.poisson(5'000 * shape * chance.gamma(100));
    case Noise::kBursts: return chance.poisson(60 * shape * chance.gamma(4));
    case Noise::kHeavyTail: return chance.poisson(40 * shape * std::exp(0.7 * chance.normal()));
  }
  return 0;
}

/// One of each week after the first three, at a random hour of it.
inline std::vector<int> begins_of(Chance& chance) {
  std::vector<int> begins;
  for (int week = kWarmHours; week + 168 <= kSeriesHours; week += 168) begins.push_back(week + static_cast<int>(chance.share() * 90));
  return begins;
}

inline Series one_number(Noise noise, Odd odd, std::uint64_t seed) {
  Chance chance(seed * 64 + static_cast<std::uint64_t>(noise) * 8 + static_cast<std::uint64_t>(odd));
  Series series;
  std::vector<double> shape;
  for (int hour = 0; hour < kSeriesHours; ++hour) shape.push_back(season(hour));
  for (const int from : begins_of(chance)) {
    const int length = odd == Odd::kSpike ? 2 : odd == Odd::kSilence ? 12 : 48;
    for (int i = 0; i < length; ++i) {
      double& here = shape[static_cast<std::size_t>(from + i)];
      if (odd == Odd::kSpike) here = here * 3 + 1.5;
      if (odd == Odd::kLevel) here *= 2.5;
      if (odd == Odd::kSeason) here = season(from + i + 12);
      if (odd == Odd::kSilence) here = 0;
      if (odd == Odd::kDrift) here *= 1 + 3.0 * i / length;
    }
    series.odd.push_back({from, from + length, from + length + 24});
  }
  for (const double one : shape) series.hours.push_back({noisy(noise, one, chance)});
  return series;
}

/// Events, distinct destinations, failures, bytes, log-ins: all follow what a host does in an hour, which varies by more than the season.
inline Series five_numbers(Odd odd, std::uint64_t seed) {
  Chance chance(seed * 64 + 40 + static_cast<std::uint64_t>(odd));
  constexpr std::array<double, 5> kMeans = {400, 30, 12, 4'000, 20};
  Series series;
  std::vector<double> doing;
  for (int hour = 0; hour < kSeriesHours; ++hour) doing.push_back(season(hour) * std::exp(0.6 * chance.normal()));
  std::vector<std::array<double, 5>> factors(kSeriesHours, {1, 1, 1, 1, 1});
  for (const int from : begins_of(chance)) {
    const auto number = static_cast<std::size_t>(chance.share() * 5);
    for (int i = 0; i < 3; ++i) {
      const auto hour = static_cast<std::size_t>(from + i);
      if (odd == Odd::kOneNumber) factors[hour][number] = 10;
      if (odd == Odd::kCombination) {  // a quiet hour, and one number as on a lively one
        doing[hour] = season(from + i) * std::exp(-0.6);
        factors[hour][number] = std::exp(1.4);
        factors[hour][(number + 2) % 5] = std::exp(1.4);
      }
    }
    series.odd.push_back({from, from + 3, from + 27});
  }
  for (std::size_t hour = 0; hour < kSeriesHours; ++hour) {
    std::vector<double>& numbers = series.hours.emplace_back();
    for (std::size_t i = 0; i < 5; ++i) numbers.push_back(chance.poisson(kMeans[i] * doing[hour] * factors[hour][i] * chance.gamma(40)));
  }
  return series;
}

}  // namespace tocsin::baseline
