#include "detect/correlate/chain_window.h"

#include <algorithm>
#include <set>

namespace tocsin::correlate {
namespace {

/// A map node with its heap block.
constexpr std::size_t kCellBytes = 112;

const Place& first_of(const std::vector<HitRef>& chain) { return chain.front()->order.place; }
const Place& last_of(const std::vector<HitRef>& chain) { return chain.back()->order.place; }

/// Starts later, or at the same place and ends later.
bool is_better(const std::vector<HitRef>& a, const std::vector<HitRef>& b) {
  return std::pair(first_of(a), last_of(a)) >= std::pair(first_of(b), last_of(b));
}

}  // namespace

bool ChainWindow::is_open(const Chain& chain) const { return !chain.empty() && first_of(chain).time >= floor_; }

const ChainWindow::Chain* ChainWindow::extendable(const Cell& cell, const Place& place) const {
  if (is_open(cell.latest) && last_of(cell.latest) < place) return &cell.latest;
  if (is_open(cell.before) && last_of(cell.before) < place) return &cell.before;
  return nullptr;
}

void ChainWindow::account(const Chain& chain, int sign) {
  std::size_t bytes = 0;
  for (const HitRef& hit : chain) bytes += hit->bytes();
  const std::size_t own = chain.size() * sizeof(HitRef);
  hit_bytes_ = sign > 0 ? hit_bytes_ + bytes : hit_bytes_ - bytes;
  own_bytes_ = sign > 0 ? own_bytes_ + own : own_bytes_ - own;
}

void ChainWindow::put(const Key& key, Chain chain) {
  const auto [at, added] = cells_.try_emplace(key);
  Cell& cell = at->second;
  if (added) own_bytes_ += kCellBytes;
  if (!cell.latest.empty() && !is_better(chain, cell.latest)) return;
  account(chain, 1);
  if (!cell.latest.empty() && last_of(cell.latest) != last_of(chain)) std::swap(cell.before, cell.latest);
  account(cell.latest, -1);
  cell.latest = std::move(chain);
}

void ChainWindow::add(Sample sample) {
  const Place& place = sample.hit->order.place;
  const auto steps = static_cast<std::uint32_t>(correlation_.members.size());
  // A shorter chain that cannot become long enough any more is not worth keeping.
  const std::uint32_t needed = correlation_.chain_steps;
  const std::uint32_t remaining = steps - 1 - sample.step;
  const std::uint32_t shortest = needed > remaining ? std::max(1u, needed - remaining) : 1;
  for (std::uint32_t length = sample.step + 1; length >= shortest; --length) {
    if (length == 1) {
      put({1, sample.step}, {sample.hit});
      break;
    }
    const Chain* best = nullptr;
    for (auto at = cells_.lower_bound({length - 1, 0}); at != cells_.end(); ++at) {
      if (at->first.first != length - 1 || at->first.second >= sample.step) break;
      const Chain* chain = extendable(at->second, place);
      if (chain != nullptr && (best == nullptr || is_better(*chain, *best))) best = chain;
    }
    if (best == nullptr) continue;
    Chain chain = *best;
    chain.push_back(sample.hit);
    put({length, sample.step}, std::move(chain));
  }
}

const ChainWindow::Chain* ChainWindow::longest() const {
  const Chain* best = nullptr;
  for (auto at = cells_.rbegin(); at != cells_.rend(); ++at) {
    const Chain& chain = at->second.latest;
    if (best != nullptr && at->first.first < best->size()) break;
    if (is_open(chain) && (best == nullptr || (is_better(chain, *best) && !is_better(*best, chain)))) best = &chain;
  }
  return best;
}

Measure ChainWindow::measure() {
  const Chain* best = longest();
  return count_measure(best == nullptr ? 0 : best->size());
}

TimeUs ChainWindow::start() const { return first_of(*longest()).time; }

std::vector<HitRef> ChainWindow::take() {
  const Chain* best = longest();
  std::vector<HitRef> hits;
  if (best != nullptr) hits = *best;
  cells_.clear();
  own_bytes_ = hit_bytes_ = 0;
  floor_ = INT64_MIN;
  return hits;
}

std::size_t ChainWindow::evict() {
  std::set<const HeldHit*> hits;
  for (const auto& [key, cell] : cells_) {
    for (const HitRef& hit : cell.latest) hits.insert(hit.get());
    for (const HitRef& hit : cell.before) hits.insert(hit.get());
  }
  cells_.clear();
  own_bytes_ = hit_bytes_ = 0;
  return hits.size();
}

}  // namespace tocsin::correlate
