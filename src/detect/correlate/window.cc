#include "detect/correlate/window.h"

#include <algorithm>
#include <utility>

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

void LatestWindow::count_in(const HeldHit& hit, const std::string& value) {
  hit_bytes_ += hit.bytes();
  own_bytes_ += kLatestBytes + value.size();
}

void LatestWindow::count_out(const HeldHit& hit, const std::string& value) {
  hit_bytes_ -= hit.bytes();
  own_bytes_ -= kLatestBytes + value.size();
}

void LatestWindow::add(Sample sample) {
  if (many_ != nullptr) return add_to_many({std::move(sample.hit), std::move(sample.distinct)});
  if (one_.hit && one_.value != sample.distinct) {
    many_ = std::make_unique<Many>();
    count_out(*one_.hit, one_.value);
    add_to_many(std::exchange(one_, {}));
    return add_to_many({std::move(sample.hit), std::move(sample.distinct)});
  }
  if (one_.hit) {
    if (sample.hit->order < one_.hit->order) return;
    count_out(*one_.hit, one_.value);
  }
  one_ = {std::move(sample.hit), std::move(sample.distinct)};
  count_in(*one_.hit, one_.value);
}

void LatestWindow::add_to_many(One one) {
  const Order order = one.hit->order;
  const auto found = many_->by_value.find(one.value);
  if (found != many_->by_value.end()) {
    const auto before = found->second;
    if (order < before->first) return;
    count_out(*before->second.hit, one.value);
    many_->by_value.erase(found);
    many_->by_order.erase(before);
  }
  count_in(*one.hit, one.value);
  const auto at = many_->by_order.emplace(order, Latest{std::move(one.hit), {}});
  at->second.value = many_->by_value.emplace(std::move(one.value), at).first;
}

/// Of a window that is not empty.
void LatestWindow::drop_first() {
  if (many_ == nullptr) {
    count_out(*one_.hit, one_.value);
    one_ = {};
    return;
  }
  const auto first = many_->by_order.begin();
  count_out(*first->second.hit, first->second.value->first);
  many_->by_value.erase(first->second.value);
  many_->by_order.erase(first);
  if (many_->by_order.empty()) many_.reset();
}

void LatestWindow::expire(TimeUs before) {
  while (!empty() && start() < before) drop_first();
}

std::vector<HitRef> LatestWindow::take() {
  std::vector<HitRef> hits;
  if (one_.hit) hits.push_back(std::exchange(one_, {}).hit);
  if (many_ != nullptr) {
    hits.reserve(many_->by_order.size());
    for (auto& [order, latest] : many_->by_order) hits.push_back(std::move(latest.hit));
    many_.reset();
  }
  own_bytes_ = hit_bytes_ = 0;
  return hits;
}

std::size_t LatestWindow::evict() {
  drop_first();
  return 1;
}

}  // namespace tocsin::correlate
