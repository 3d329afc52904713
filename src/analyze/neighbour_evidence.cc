#include "analyze/neighbour_evidence.h"

#include <algorithm>
#include <cmath>

namespace tocsin::analyze {

namespace {

constexpr std::int64_t kQuarter = 900, kHour = 3'600;

/// The two highest of some numbers: what is the highest of the others can then be said of each.
struct Highest {
  double first = kNoNeighbour, second = kNoNeighbour;
  void take(double number) {
    if (number > first) {
      second = first;
      first = number;
    } else if (number > second) {
      second = number;
    }
  }
  double of_others(double number) const { return number >= first ? second : first; }
};

/// In steps of kEvidenceStep: whole numbers add up to the same in any order.
std::int64_t positive_steps(double evidence) { return std::llround(std::max(evidence, 0.0) / kEvidenceStep); }

}  // namespace

double NeighbourEvidence::highest_since(std::int64_t from_s) const {
  double highest = kNoNeighbour;
  for (const Past& past : hour_) {
    if (past.start_s >= from_s) highest = std::max(highest, past.highest);
  }
  return highest;
}

void NeighbourEvidence::take(std::span<const AlertGroup> window, std::span<const GroupContext> contexts, std::span<const double> evidence, std::vector<GroupFeatures>& features) {
  features.assign(window.size(), {});
  if (window.empty()) return;
  const std::int64_t now_s = window.front().start_s;
  if (any_) {
    trace15_ *= std::exp(-static_cast<double>(now_s - last_s_) / kQuarter);
    trace60_ *= std::exp(-static_cast<double>(now_s - last_s_) / kHour);
  }
  while (!hour_.empty() && hour_.front().start_s < now_s - kHour) hour_.pop_front();
  std::int64_t sum = 0;
  Highest highest;
  for (const double one : evidence) {
    sum += positive_steps(one);
    highest.take(one);
  }
  GroupFeatures shared{};
  at(shared, Feature::kPast15) = highest_since(now_s - kQuarter);
  at(shared, Feature::kPast60) = highest_since(now_s - kHour);
  at(shared, Feature::kTrace15) = std::log1p(trace15_);
  at(shared, Feature::kTrace60) = std::log1p(trace60_);
  for (std::size_t from = 0, to = 0; from < window.size(); from = to) {
    Highest on_host;
    for (; to < window.size() && window[to].host == window[from].host; ++to) on_host.take(evidence[to]);
    for (std::size_t i = from; i < to; ++i) {
      features[i] = shared;
      at(features[i], Feature::kOwn) = evidence[i];
      at(features[i], Feature::kBeside) = on_host.of_others(evidence[i]);
      at(features[i], Feature::kAround) = std::log1p(static_cast<double>(sum - positive_steps(evidence[i])) * kEvidenceStep);
      at(features[i], Feature::kBurst) = contexts[i].burst;
      at(features[i], Feature::kGap) = contexts[i].gap;
      at(features[i], Feature::kHosts) = contexts[i].hosts;
    }
  }
  const double total = static_cast<double>(sum) * kEvidenceStep;
  trace15_ += total;
  trace60_ += total;
  hour_.push_back({now_s, highest.first});
  any_ = true;
  last_s_ = now_s;
}

}  // namespace tocsin::analyze
