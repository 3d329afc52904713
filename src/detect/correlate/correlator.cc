#include "detect/correlate/correlator.h"

#include <algorithm>
#include <optional>
#include <queue>

#include "base/check.h"
#include "detect/correlate/compiled.h"
#include "detect/correlate/judge.h"

namespace tocsin {

using correlate::HitRef;
using correlate::Order;

std::vector<std::pair<EventRef, TimeUs>> CorrelationAlert::events() const {
  std::vector<std::pair<EventRef, TimeUs>> events;
  for (const Hit& hit : hits) {
    const std::pair event(hit.event, hit.time);
    if (events.empty() || events.back() != event) events.push_back(event);
  }
  return events;
}

/// Brings hits into order. Three kinds of things take turns, the earliest first: hits that were added, matches that
/// other correlations refer to, and windows that close.
class Correlator::Impl {
 public:
  Impl(const sigma::RuleSet& rules, Options options)
      : set_(rules), options_(options), store_(set_.fields), judge_(set_, store_, stats_.correlations, options.lateness_us == kSortEverything ? 0 : kKeptForLateUs) {
    stats_.correlations.resize(set_.correlations.size());
  }

  const correlate::CompiledSet& set() const { return set_; }
  const CorrelatorStats& stats() const { return stats_; }
  void set_clock(TimeUs now) { clock_ = now; }

  void add(const Hit& hit, Sink& sink);
  void add_in_order(const Hit& hit, Sink& sink);
  void advance(TimeUs seen, Sink& sink);
  void finish(Sink& sink);

 private:
  struct Later {
    bool operator()(const std::pair<TimeUs, HitRef>& a, const std::pair<TimeUs, HitRef>& b) const {
      return a.first != b.first ? a.first > b.first : a.second->order > b.second->order;
    }
  };
  using Queue = std::priority_queue<std::pair<TimeUs, HitRef>, std::vector<std::pair<TimeUs, HitRef>>, Later>;
  enum class Turn { kNone, kHeld, kMatch, kClose };

  bool is_over(TimeUs time) const { return ended_ || time < taken_; }
  /// Nothing that comes before it can still be added.
  bool is_due(const Order& order) const { return next_in_order_ ? order < *next_in_order_ : is_over(order.place.time); }
  Turn next_turn() const;
  void take_turns(Sink& sink);
  void release(TimeUs until, Sink& sink);
  void keep_within_budget(Sink& sink);
  HitRef pop(Queue& queue);
  void deliver(const HitRef& hit, Sink& sink);
  std::size_t state_bytes() const { return store_.bytes() - held_bytes_ + judge_.bytes(); }

  const correlate::CompiledSet set_;
  const Options options_;
  CorrelatorStats stats_;
  correlate::HitStore store_;
  correlate::Judge judge_;
  Queue held_;                   // wait for the lateness to pass
  std::size_t held_bytes_ = 0;
  Queue matches_;                // hits of correlations
  std::vector<HitRef> made_;
  TimeUs clock_ = INT64_MAX;
  TimeUs seen_ = kNoTime;        // the latest event time
  TimeUs taken_ = kNoTime;       // everything before it has had its turn
  TimeUs now_ = kNoTime;         // of the turn being taken
  std::optional<Order> next_in_order_;  // of the hit that add_in_order() is about to deliver
  bool ended_ = false;
};

HitRef Correlator::Impl::pop(Queue& queue) {
  HitRef hit = queue.top().second;
  queue.pop();
  return hit;
}

void Correlator::Impl::deliver(const HitRef& hit, Sink& sink) {
  now_ = std::max(now_, hit->order.place.time);
  judge_.deliver(hit, now_, made_, sink);
}

Correlator::Impl::Turn Correlator::Impl::next_turn() const {
  Turn turn = Turn::kNone;
  Order first;
  const auto offer = [&](Turn kind, const Order& order) {
    if (turn != Turn::kNone && !(order < first)) return;
    turn = kind;
    first = order;
  };
  if (!held_.empty() && is_due(held_.top().second->order)) offer(Turn::kHeld, held_.top().second->order);
  if (!matches_.empty() && is_due(matches_.top().second->order)) offer(Turn::kMatch, matches_.top().second->order);
  const std::optional<Order> close = judge_.next_close();
  if (close && is_due(*close)) offer(Turn::kClose, *close);
  return turn;
}

void Correlator::Impl::take_turns(Sink& sink) {
  while (true) {
    for (HitRef& match : made_) {
      const TimeUs time = match->order.place.time;
      matches_.emplace(time, std::move(match));
    }
    made_.clear();
    switch (next_turn()) {
      case Turn::kNone: return;
      case Turn::kHeld: {
        const HitRef hit = pop(held_);
        held_bytes_ -= hit->bytes();
        deliver(hit, sink);
        break;
      }
      case Turn::kMatch: deliver(pop(matches_), sink); break;
      case Turn::kClose:
        now_ = std::max(now_, judge_.next_close()->place.time);
        judge_.close_next(made_, sink);
        break;
    }
  }
}

/// Everything before `until` takes its turn.
void Correlator::Impl::release(TimeUs until, Sink& sink) {
  if (until <= taken_) return;
  taken_ = until;
  take_turns(sink);
  now_ = std::max(now_, taken_);
}

void Correlator::Impl::keep_within_budget(Sink& sink) {
  stats_.bytes_peak = std::max(stats_.bytes_peak, store_.bytes() + judge_.bytes());
  const std::size_t half = options_.bytes_max / 2;
  while (held_bytes_ > half && held_.top().first < INT64_MAX) {
    const std::size_t before = held_.size();
    release(held_.top().first + 1, sink);
    stats_.early += before - held_.size();
  }
  if (state_bytes() > half) judge_.sweep(now_);
  while (state_bytes() > half && judge_.evict()) {
  }
  stats_.bytes = store_.bytes() + judge_.bytes();
}

void Correlator::Impl::advance(TimeUs seen, Sink& sink) {
  if (seen != kNoTime) seen_ = std::max(seen_, std::min(seen, clock_));
  if (seen_ == kNoTime || options_.lateness_us == kSortEverything) return;
  if (seen_ >= INT64_MIN + options_.lateness_us) release(seen_ - options_.lateness_us, sink);
}

void Correlator::Impl::add(const Hit& hit, Sink& sink) {
  ++stats_.hits;
  if (hit.rule >= set_.rule_count || set_.memberships[hit.rule].empty()) {
    ++stats_.unreferenced;
    return advance(hit.time, sink);
  }
  if (hit.time == kNoTime) {
    ++stats_.unplaced;
    return;
  }
  HitRef held = store_.keep(hit);
  if (is_over(hit.time)) {
    ++stats_.late;
    held->late = true;
    deliver(std::exchange(held, HitRef()), sink);
    take_turns(sink);
  } else {
    held_bytes_ += held->bytes();
    held_.emplace(hit.time, std::move(held));
  }
  advance(hit.time, sink);
  keep_within_budget(sink);
}

/// What comes before it in order takes its turn, then it does: matches of the same event, made by its other rules, and
/// windows that close by then included.
void Correlator::Impl::add_in_order(const Hit& hit, Sink& sink) {
  ++stats_.hits;
  if (hit.rule >= set_.rule_count || set_.memberships[hit.rule].empty()) {
    ++stats_.unreferenced;
    return;
  }
  if (hit.time == kNoTime) {
    ++stats_.unplaced;
    return;
  }
  const HitRef next = store_.keep(hit);
  TOCSIN_CHECK(!next_in_order_ || !(next->order < *next_in_order_));
  next_in_order_ = next->order;
  take_turns(sink);
  deliver(next, sink);
  keep_within_budget(sink);
}

void Correlator::Impl::finish(Sink& sink) {
  next_in_order_.reset();
  ended_ = true;
  take_turns(sink);
  stats_.bytes = store_.bytes() + judge_.bytes();
}

Correlator::Correlator(const sigma::RuleSet& rules, Options options)
    : impl_(std::make_unique<Impl>(rules, options)) {}
Correlator::~Correlator() = default;

bool Correlator::wants(std::uint32_t rule) const { return !impl_->set().memberships[rule].empty(); }

const std::vector<std::string>& Correlator::fields_wanted(std::uint32_t rule) const {
  return impl_->set().fields_wanted[rule];
}

void Correlator::add(Hit hit, Sink& sink) { impl_->add(hit, sink); }
void Correlator::add_in_order(const Hit& hit, Sink& sink) { impl_->add_in_order(hit, sink); }
void Correlator::advance(TimeUs seen, Sink& sink) { impl_->advance(seen, sink); }
void Correlator::set_clock(TimeUs now) { impl_->set_clock(now); }
void Correlator::finish(Sink& sink) { impl_->finish(sink); }
const CorrelatorStats& Correlator::stats() const { return impl_->stats(); }

}  // namespace tocsin
