#include "analyze/calibration.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "analyze/track_record.h"

namespace tocsin::analyze {

namespace {

constexpr std::size_t kBins = 10;
constexpr int kHalvings = 50;

/// Labels that say what no calibration says: as many attacks at a score as its probability is, as nearly as eight can say it.
struct MadeUp {
  double score;
  std::size_t attacks, others;
};
constexpr std::array<MadeUp, 3> kMadeUp = {{{-2, 1, 7}, {0, 1, 1}, {2, 7, 1}}};

/// Labels of one score, or pooled.
struct Pool {
  double attacks = 0, count = 0, score_sum = 0;
  double mean() const { return attacks / count; }
};

/// With a slope of one, the offset by which as many attacks are expected as there are: where the derivative of the loss is nothing, found by halving.
double offset_alone(std::span<const double> scores, std::span<const std::uint8_t> labels) {
  double attacks = 0, low = -20, high = 20;
  for (const std::uint8_t label : labels) attacks += label;
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = (low + high) / 2;
    double expected = 0;
    for (const double score : scores) expected += probability_of(score + middle);
    (expected < attacks ? low : high) = middle;
  }
  return low;
}

std::vector<Pool> pools_of(std::span<const double> scores, std::span<const std::uint8_t> labels) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return scores[i]; });
  std::vector<Pool> pools;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i == 0 || scores[order[i]] != scores[order[i - 1]]) pools.emplace_back();
    pools.back().attacks += labels[order[i]];
    pools.back().count += 1;
    pools.back().score_sum += scores[order[i]];
  }
  return pools;
}

}  // namespace

double Calibration::probability(double score) const {
  if (kind == Kind::kNone) return probability_of(score);
  if (score < lowest) return probability_of(log_odds(probability(lowest)) - std::max(1.0, platt.slope) * (lowest - score));
  if (kind == Kind::kPlatt) return probability_of(platt.slope * score + platt.offset);
  const auto above = std::ranges::upper_bound(steps, score, {}, &std::pair<double, double>::first);
  if (above == steps.begin()) return steps.front().second;
  if (above == steps.end()) return steps.back().second;
  const auto& [from, low] = *(above - 1);
  const auto& [to, high] = *above;
  return std::clamp(low + (high - low) * ((score - from) / (to - from)), low, high);
}

std::string_view Calibration::kind_word() const {
  constexpr std::array<std::string_view, 3> kWords = {"none", "platt", "isotonic"};
  return kWords[static_cast<std::size_t>(kind)];
}

std::string Calibration::json() const {
  std::string out = fmt::format(R"({{"version":{},"kind":"{}","labels":{},"parameters":)", version, kind_word(), labels);
  if (kind == Kind::kPlatt) return out + fmt::format(R"({{"slope":{},"offset":{},"lowest":{}}}}})", platt.slope, platt.offset, lowest);
  out += '[';
  for (const auto& [score, probability] : steps) fmt::format_to(std::back_inserter(out), "{}[{},{}]", out.back() == '[' ? "" : ",", score, probability);
  return out + "]}";
}

Calibration fit_platt_calibration(std::span<const double> scores, std::span<const std::uint8_t> labels) {
  std::vector<double> all(scores.begin(), scores.end());
  std::vector<std::uint8_t> known(labels.begin(), labels.end());
  for (const MadeUp& one : kMadeUp) {
    all.insert(all.end(), one.attacks + one.others, one.score);
    known.insert(known.end(), one.attacks, 1);
    known.insert(known.end(), one.others, 0);
  }
  Calibration fitted;
  fitted.labels = static_cast<std::uint32_t>(labels.size());
  const Result<Platt> platt = fit_platt(all, known);
  if (!platt) return fitted;  // scores are finite and there are both kinds of labels: it does not happen
  fitted.kind = Calibration::Kind::kPlatt;
  fitted.lowest = std::ranges::min(scores);
  fitted.platt = platt->slope > 1 ? Platt{1, offset_alone(all, known)} : *platt;
  return fitted;
}

Calibration fit_isotonic(std::span<const double> scores, std::span<const std::uint8_t> labels) {
  std::vector<Pool> merged;
  for (const Pool& pool : pools_of(scores, labels)) {
    merged.push_back(pool);
    while (merged.size() > 1 && merged[merged.size() - 2].mean() >= merged.back().mean()) {
      const Pool last = merged.back();
      merged.pop_back();
      merged.back().attacks += last.attacks;
      merged.back().count += last.count;
      merged.back().score_sum += last.score_sum;
    }
  }
  Calibration fitted;
  fitted.kind = Calibration::Kind::kIsotonic;
  fitted.lowest = std::ranges::min(scores);
  fitted.labels = static_cast<std::uint32_t>(labels.size());
  const double least = 1 / static_cast<double>(labels.size() + 2);
  for (const Pool& pool : merged) fitted.steps.emplace_back(pool.score_sum / pool.count, std::clamp(pool.mean(), least, 1 - least));
  return fitted;
}

std::size_t Calibrator::add(double score, bool is_attack) {
  predictions_.push_back(current().probability(score));
  scores_.push_back(score);
  labels_.push_back(is_attack ? 1 : 0);
  if (labels_.size() < next_at_) return labels_.size() - 1;
  next_at_ *= 2;
  const auto attacks = static_cast<std::size_t>(std::accumulate(labels_.begin(), labels_.end(), std::uint64_t{0}));
  if (attacks == 0 || attacks == labels_.size()) return labels_.size() - 1;
  Calibration fitted = labels_.size() < kIsotonicFrom ? fit_platt_calibration(scores_, labels_) : fit_isotonic(scores_, labels_);
  fitted.version = versions_.back().version + 1;
  versions_.push_back(std::move(fitted));
  return labels_.size() - 1;
}

Reliability reliability_of(std::span<const double> probabilities, std::span<const std::uint8_t> labels) {
  Reliability result;
  result.bins.resize(kBins);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    Reliability::Bin& bin = result.bins[std::min(static_cast<std::size_t>(probabilities[i] * kBins), kBins - 1)];
    ++bin.count;
    bin.attacks += labels[i];
    bin.sum += probabilities[i];
    result.attacks += labels[i];
    result.brier += (probabilities[i] - labels[i]) * (probabilities[i] - labels[i]);
  }
  result.count = labels.size();
  if (result.count == 0) return result;
  const auto count = static_cast<double>(result.count), share = static_cast<double>(result.attacks) / count;
  result.brier /= count;
  result.brier_of_share = share * (1 - share);
  for (const Reliability::Bin& bin : result.bins) result.calibration_error += std::abs(bin.sum - static_cast<double>(bin.attacks)) / count;
  return result;
}

}  // namespace tocsin::analyze
