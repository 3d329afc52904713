#include "detect/correlate/window.h"

#include <algorithm>

#include "detect/correlate/chain_window.h"

namespace tocsin::correlate {
namespace {

using Type = sigma::Correlation::Type;

/// Nodes of two maps with their heap blocks; the text beyond what fits in place is counted apart.
constexpr std::size_t kLatestBytes = 240;
/// Moving the rest down is paid for by as many hits that have gone.
constexpr std::size_t kCompactFrom = 16;

}  // namespace

std::unique_ptr<Window> Window::make(const CompiledCorrelation& correlation) {
  switch (correlation.type) {
    case Type::kEventCount:
    case Type::kValueSum:
    case Type::kValueAvg:
    case Type::kValueMedian:
    case Type::kValuePercentile:
      return std::make_unique<HitWindow>(correlation, correlation.node - correlation.index);
    case Type::kValueCount:
    case Type::kTemporal: return std::make_unique<LatestWindow>();
    case Type::kTemporalOrdered: return std::make_unique<ChainWindow>(correlation);
  }
  return nullptr;
}

// -- HitWindow

HitWindow::HitWindow(const CompiledCorrelation& correlation, std::uint32_t rule_count)
    : correlation_(correlation), rule_count_(rule_count) {}

/// One event counts once, also when several of the rules match it; its first hit stands for it.
void HitWindow::add(Sample sample) {
  const Order& order = sample.hit->order;
  std::size_t at = entries_.size();
  while (at > first_ && order < entries_[at - 1].hit->order) --at;
  const auto is_same_event = [&](std::size_t other) {
    const Order& there = entries_[other].hit->order;
    return there.place == order.place && there.node < rule_count_ && order.node < rule_count_;
  };
  if (at > first_ && is_same_event(at - 1)) return;
  if (at < entries_.size() && is_same_event(at)) return;
  sum_ += sample.number;
  hit_bytes_ += sample.hit->bytes();
  entries_.insert(entries_.begin() + static_cast<std::ptrdiff_t>(at), {std::move(sample.hit), sample.number});
  own_bytes_ = entries_.capacity() * sizeof(Entry);
}

void HitWindow::drop_first() {
  Entry& entry = entries_[first_++];
  sum_ -= entry.number;
  hit_bytes_ -= entry.hit->bytes();
  entry.hit = HitRef();
}

void HitWindow::compact() {
  if (first_ < kCompactFrom || first_ < entries_.size() / 2) return;
  entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(first_));
  first_ = 0;
  if (entries_.size() < entries_.capacity() / 4) entries_.shrink_to_fit();
  own_bytes_ = entries_.capacity() * sizeof(Entry);
}

void HitWindow::expire(TimeUs before) {
  while (!empty() && start() < before) drop_first();
  compact();
}

Measure HitWindow::measure() {
  const std::size_t count = entries_.size() - first_;
  switch (correlation_.type) {
    case Type::kValueSum: return {sum_, 1};
    case Type::kValueAvg: return {sum_, static_cast<Wide>(count)};
    case Type::kValueMedian:
    case Type::kValuePercentile: {
      std::vector<Fixed> numbers;
      numbers.reserve(count);
      for (std::size_t i = first_; i < entries_.size(); ++i) numbers.push_back(entries_[i].number);
      return percentile(numbers, correlation_.type == Type::kValueMedian ? 50 : correlation_.source->percentile);
    }
    default: return count_measure(count);
  }
}

std::vector<HitRef> HitWindow::take() {
  std::vector<HitRef> hits;
  hits.reserve(entries_.size() - first_);
  for (std::size_t i = first_; i < entries_.size(); ++i) hits.push_back(std::move(entries_[i].hit));
  entries_ = {};
  first_ = own_bytes_ = hit_bytes_ = 0;
  sum_ = 0;
  return hits;
}

std::size_t HitWindow::evict() {
  drop_first();
  compact();
  return 1;
}

// -- LatestWindow

void LatestWindow::add(Sample sample) {
  const Order order = sample.hit->order;
  const auto found = by_value_.find(sample.distinct);
  if (found != by_value_.end()) {
    if (order < found->second->first) return;
    drop(found->second);
  }
  hit_bytes_ += sample.hit->bytes();
  own_bytes_ += kLatestBytes + sample.distinct.size();
  const auto at = by_order_.emplace(order, Latest{std::move(sample.hit), {}});
  at->second.value = by_value_.emplace(std::move(sample.distinct), at).first;
}

void LatestWindow::drop(ByOrder::iterator at) {
  hit_bytes_ -= at->second.hit->bytes();
  own_bytes_ -= kLatestBytes + at->second.value->first.size();
  by_value_.erase(at->second.value);
  by_order_.erase(at);
}

void LatestWindow::expire(TimeUs before) {
  while (!empty() && start() < before) drop(by_order_.begin());
}

std::vector<HitRef> LatestWindow::take() {
  std::vector<HitRef> hits;
  hits.reserve(by_order_.size());
  for (auto& [order, latest] : by_order_) hits.push_back(std::move(latest.hit));
  by_order_.clear();
  by_value_.clear();
  own_bytes_ = hit_bytes_ = 0;
  return hits;
}

std::size_t LatestWindow::evict() {
  drop(by_order_.begin());
  return 1;
}

}  // namespace tocsin::correlate
