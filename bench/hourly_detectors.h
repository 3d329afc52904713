// Detectors of odd hours, the simple ones and the trees, behind one interface: a score of the hour by what was before it, then the hour is learnt. What is measured here says which of them the product has (docs/decisions, 47).
// All forget: means with a weight for the newest, medians over the last week. Of many numbers the simple ones take the one that is oddest. One thread.
#pragma once

#include <algorithm>
#include <cmath>
#include <deque>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "baseline/hour_outlier.h"
#include "half_space_trees.h"

namespace tocsin::baseline {

class HourlyDetector {
 public:
  virtual ~HourlyDetector() = default;
  /// Higher is odder; compared over all series.
  virtual double score(int hour, std::span<const double> numbers) = 0;
  virtual void learn(int hour, std::span<const double> numbers) = 0;
};

inline double median_of(std::vector<double> numbers) {
  if (numbers.empty()) return 0;
  const auto middle = numbers.begin() + static_cast<std::ptrdiff_t>(numbers.size() / 2);
  std::nth_element(numbers.begin(), middle, numbers.end());
  return *middle;
}

/// Square roots of counts: their variance does not grow with their mean (F. J. Anscombe 1948), it is 1 where they are Poisson.
inline double even_variance(double count) { return 2 * std::sqrt(std::max(0.0, count) + 0.375); }

/// One number, forgotten with a half-life of a day.
struct Ewma {
  double mean = 0, variance = 0, weight = 0;
  void learn(double x, double rate) {
    weight = weight == 0 ? 1 : weight * (1 - rate) + rate;
    const double step = weight >= 1 && variance == 0 && mean == 0 ? 1 : rate;
    const double off = x - mean;
    mean += step * off;
    variance = (1 - step) * (variance + step * off * off);
  }
};

/// How far a count, by its root, is from what its hour of the week had; over what such distances were in the last week. The mean of an hour forgets with a rate of 0.3; an hour that was never seen stands for nothing odd.
class SeasonResidual {
 public:
  explicit SeasonResidual(int period) : slots_(static_cast<std::size_t>(period)) {}
  double distance(int hour, double x) const {
    const Slot& slot = slots_[static_cast<std::size_t>(hour) % slots_.size()];
    return slot.seen == 0 ? 0 : even_variance(x) - slot.mean;
  }
  double score(int hour, double x) const { return distance(hour, x) / scale(); }
  double scale() const { return std::max(1.0, scale_); }
  void learn(int hour, double x) {
    Slot& slot = slots_[static_cast<std::size_t>(hour) % slots_.size()];
    if (slot.seen > 0) {
      distances_.push_back(std::abs(distance(hour, x)));
      if (distances_.size() > 168) distances_.pop_front();
      scale_ = 1.4826 * median_of({distances_.begin(), distances_.end()});
    }
    slot.mean += (even_variance(x) - slot.mean) * std::max(0.3, 1.0 / (slot.seen + 1));
    ++slot.seen;
  }

 private:
  struct Slot {
    double mean = 0;
    int seen = 0;
  };
  std::vector<Slot> slots_;
  std::deque<double> distances_;
  double scale_ = 0;
};

/// Of each number by itself the oddest.
template <class One>
class EachNumber : public HourlyDetector {
 public:
  EachNumber(std::size_t numbers, int period) {
    for (std::size_t i = 0; i < numbers; ++i) each_.emplace_back(period);
  }
  double score(int hour, std::span<const double> numbers) override {
    double most = 0;
    for (std::size_t i = 0; i < each_.size(); ++i) most = std::max(most, each_[i].score(hour, numbers[i]));
    return most;
  }
  void learn(int hour, std::span<const double> numbers) override {
    for (std::size_t i = 0; i < each_.size(); ++i) each_[i].learn(hour, numbers[i]);
  }

 private:
  std::vector<One> each_;
};

struct EwmaZ {
  explicit EwmaZ(int) {}
  Ewma ewma;
  double score(int, double x) const { return ewma.weight == 0 ? 0 : std::abs(x - ewma.mean) / std::sqrt(ewma.variance + ewma.mean + 1); }
  void learn(int, double x) { ewma.learn(x, 1 - std::exp2(-1.0 / 24)); }
};

/// Median and median deviation of the last week (B. Iglewicz, D. Hoaglin 1993).
struct MedianZ {
  explicit MedianZ(int) {}
  std::deque<double> week;
  double middle = 0, scale = 1;
  double score(int, double x) const { return week.empty() ? 0 : std::abs(x - middle) / scale; }
  void learn(int, double x) {
    week.push_back(x);
    if (week.size() > 168) week.pop_front();
    middle = median_of({week.begin(), week.end()});
    std::vector<double> off;
    for (const double one : week) off.push_back(std::abs(one - middle));
    scale = std::sqrt(std::pow(1.4826 * median_of(std::move(off)), 2) + middle + 1);
  }
};

/// Mean and variance of the hour of the week, a Poisson's variance at least.
struct HourOfWeekZ {
  explicit HourOfWeekZ(int period) : slots(static_cast<std::size_t>(period)) {}
  std::vector<Ewma> slots;
  double score(int hour, double x) const {
    const Ewma& slot = slots[static_cast<std::size_t>(hour) % slots.size()];
    return slot.weight == 0 ? 0 : std::abs(x - slot.mean) / std::sqrt(slot.variance + slot.mean + 1);
  }
  void learn(int hour, double x) { slots[static_cast<std::size_t>(hour) % slots.size()].learn(x, 0.3); }
};

struct HourOfWeekRobust {
  explicit HourOfWeekRobust(int period) : residual(period) {}
  SeasonResidual residual;
  double score(int hour, double x) const { return std::abs(residual.score(hour, x)); }
  void learn(int hour, double x) { residual.learn(hour, x); }
};

/// The same, of this hour or of the last six together, whichever is odder.
struct HourAndSix {
  explicit HourAndSix(int period) : residual(period) {}
  SeasonResidual residual;
  std::deque<double> last;
  double score(int hour, double x) const {
    double sum = residual.score(hour, x);
    const double one = std::abs(sum);
    for (const double before : last) sum += before;
    return std::max(one, std::abs(sum) / std::sqrt(6.0));
  }
  void learn(int hour, double x) {
    last.push_back(residual.score(hour, x));
    if (last.size() > 5) last.pop_front();
    residual.learn(hour, x);
  }
};

/// All distances together: from their hours of the week, or, as the product has it, from a mean that follows all hours (hour_outlier.h).
template <bool kSeason>
class Together : public HourlyDetector {
 public:
  Together(std::size_t, int period) : period_(kSeason ? period : 1) {}
  double score(int hour, std::span<const double> numbers) override { return model_.judge(hour % period_, five(numbers)).distance; }
  void learn(int hour, std::span<const double> numbers) override { model_.learn(hour % period_, five(numbers)); }

 private:
  static HourNumbers five(std::span<const double> numbers) {
    HourNumbers all{};
    std::ranges::copy(numbers, all.begin());
    return all;
  }
  int period_;
  HourModel<kSeason ? 168 : 1> model_{};
};

/// Points of a window of the trees: a week, or a day where there are only some days.
inline std::size_t window_of(int period) { return static_cast<std::size_t>(period); }

/// Trees over the numbers as they are, by logarithm and between the least and the most of the first window.
template <std::size_t kDepth, unsigned kSeed>
class TreesOfValues : public HourlyDetector {
 public:
  TreesOfValues(std::size_t numbers, int period) : trees_(numbers, kDepth, window_of(period), kSeed), learn_at_(period), low_(numbers, 1e300), high_(numbers, -1e300), point_(numbers) {}
  double score(int, std::span<const double> numbers) override { return trees_.score(scaled(numbers)); }
  void learn(int, std::span<const double> numbers) override {
    if (seen_++ < learn_at_) {
      for (std::size_t i = 0; i < numbers.size(); ++i) low_[i] = std::min(low_[i], std::log1p(numbers[i])), high_[i] = std::max(high_[i], std::log1p(numbers[i]));
      return;
    }
    trees_.learn(scaled(numbers));
  }

 private:
  std::span<const double> scaled(std::span<const double> numbers) {
    for (std::size_t i = 0; i < numbers.size(); ++i) point_[i] = (std::log1p(numbers[i]) - low_[i]) / std::max(0.5, high_[i] - low_[i]);
    return point_;
  }
  HalfSpaceTrees trees_;
  int learn_at_, seen_ = 0;
  std::vector<double> low_, high_, point_;
};

/// Trees over the distances from the hours of the week, from -8 to 8.
template <std::size_t kDepth, unsigned kSeed>
class TreesOfDistances : public HourlyDetector {
 public:
  TreesOfDistances(std::size_t numbers, int period) : trees_(numbers, kDepth, window_of(period), kSeed), point_(numbers) {
    for (std::size_t i = 0; i < numbers; ++i) residuals_.emplace_back(period);
  }
  double score(int hour, std::span<const double> numbers) override { return trees_.score(scaled(hour, numbers)); }
  void learn(int hour, std::span<const double> numbers) override {
    trees_.learn(scaled(hour, numbers));
    for (std::size_t i = 0; i < numbers.size(); ++i) residuals_[i].learn(hour, numbers[i]);
  }

 private:
  std::span<const double> scaled(int hour, std::span<const double> numbers) {
    for (std::size_t i = 0; i < numbers.size(); ++i) point_[i] = std::clamp(residuals_[i].score(hour, numbers[i]) / 16 + 0.5, 0.0, 1.0);
    return point_;
  }
  HalfSpaceTrees trees_;
  std::vector<SeasonResidual> residuals_;
  std::vector<double> point_;
};

struct DetectorKind {
  std::string_view name;
  std::unique_ptr<HourlyDetector> (*make)(std::size_t numbers, int period);
};

template <class Detector>
std::unique_ptr<HourlyDetector> made(std::size_t numbers, int period) { return std::make_unique<Detector>(numbers, period); }

inline constexpr DetectorKind kDetectorKinds[] = {
    {"moving mean (EWMA)", made<EachNumber<EwmaZ>>},
    {"median of the week", made<EachNumber<MedianZ>>},
    {"hour of the week", made<EachNumber<HourOfWeekZ>>},
    {"the same, robust", made<EachNumber<HourOfWeekRobust>>},
    {"the same, and six hours", made<EachNumber<HourAndSix>>},
    {"together, hour of the week", made<Together<true>>},
    {"together (kept)", made<Together<false>>},
    {"trees, values", made<TreesOfValues<10, 2011>>},
    {"trees, values, depth 15", made<TreesOfValues<15, 2011>>},
    {"trees, distances", made<TreesOfDistances<10, 2011>>},
    {"trees, distances, depth 15", made<TreesOfDistances<15, 2011>>},
};

/// Trees of other seeds: what they find hangs on the numbers by which they happen to halve.
inline constexpr DetectorKind kOtherTrees[] = {
    {"seed 2011", made<TreesOfValues<10, 2011>>}, {"seed 2012", made<TreesOfValues<10, 2012>>}, {"seed 2013", made<TreesOfValues<10, 2013>>}, {"seed 2014", made<TreesOfValues<10, 2014>>},
    {"seed 2015", made<TreesOfValues<10, 2015>>}, {"seed 2016", made<TreesOfValues<10, 2016>>}, {"seed 2017", made<TreesOfValues<10, 2017>>},
};

}  // namespace tocsin::baseline
