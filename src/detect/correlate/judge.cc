#include "detect/correlate/judge.h"

#include <cstring>

#include "base/hash.h"

namespace tocsin::correlate {
namespace {

using Type = sigma::Correlation::Type;

TimeUs minus(TimeUs time, std::int64_t span) { return time < INT64_MIN + span ? INT64_MIN : time - span; }
TimeUs plus(TimeUs time, std::int64_t span) { return time > INT64_MAX - span ? INT64_MAX : time + span; }

/// Length first, so that ("a", "bc") and ("ab", "c") differ.
void append_part(std::string& key, std::string_view part) {
  const auto size = static_cast<std::uint32_t>(part.size());
  char bytes[4];
  std::memcpy(bytes, &size, 4);
  key.append(bytes, 4);
  key.append(part);
}

/// The same in less, for values that are only told apart: most fit into a string without memory of its own.
void append_distinct(std::string& key, std::string_view part) {
  constexpr std::size_t kLong = 255;
  if (part.size() >= kLong) {
    key += static_cast<char>(kLong);
    return append_part(key, part);
  }
  key += static_cast<char>(part.size());
  key.append(part);
}

}  // namespace

bool Judge::ClosesFirst::operator()(const Group* a, const Group* b) const {
  if (a->close != b->close) return a->close < b->close;
  if (a->correlation != b->correlation) return a->correlation->node < b->correlation->node;
  return a->key.text < b->key.text;
}

Judge::Judge(const CompiledSet& set, HitStore& store, std::vector<CorrelationStats>& stats, std::int64_t kept_us)
    : set_(set), store_(store), stats_(stats), kept_us_(kept_us), groups_(set), lost_groups_(set.correlations.size()) {}

void Judge::deliver(const HitRef& hit, TimeUs now, std::vector<HitRef>& matches, Correlator::Sink& sink) {
  for (const Membership membership : set_.memberships[hit->order.node]) {
    const CompiledCorrelation& correlation = set_.correlations[membership.correlation];
    deliver_to(correlation, correlation.members[membership.member], hit, now, {matches, sink});
  }
}

/// A match answers for its own group-by, and for any other name its last hit does.
std::string_view Judge::field(const HeldHit& hit, FieldId name) const {
  const HeldHit* at = &hit;
  while (true) {
    const std::string_view value = packed_field(*at, name);
    if (value.data() != nullptr || at->below == nullptr) return value;
    const CompiledCorrelation& correlation = set_.correlations[at->order.node - set_.rule_count];
    at = at->below->hits.back().get();
    name = correlation.rename(name, at->order.node);
  }
}

bool Judge::make_key(const Member& member, const HeldHit& hit) {
  key_.text.clear();
  for (const FieldId name : member.group_fields) {
    const std::string_view value = field(hit, name);
    if (value.data() == nullptr) return false;
    append_part(key_.text, value);
  }
  key_.hash = hash_bytes(key_.text);
  return true;
}

bool Judge::make_sample(const CompiledCorrelation& correlation, const Member& member, const HitRef& hit,
                        Sample& sample) {
  CorrelationStats& stats = stats_[correlation.index];
  sample.step = member.step;
  if (correlation.type == Type::kTemporal) append_distinct(sample.distinct, std::to_string(member.step));
  for (const FieldId name : member.value_fields) {
    const std::string_view value = field(*hit, name);
    if (value.data() == nullptr) {
      ++stats.without_value;
      return false;
    }
    if (correlation.type == Type::kValueCount) {
      append_distinct(sample.distinct, value);
      continue;
    }
    const std::optional<Fixed> number = parse_fixed(value);
    if (!number) {
      ++stats.not_numeric;
      return false;
    }
    sample.number = *number;
  }
  sample.hit = hit;
  return true;
}

void Judge::deliver_to(const CompiledCorrelation& correlation, const Member& member, const HitRef& hit, TimeUs now,
                       Output output) {
  CorrelationStats& stats = stats_[correlation.index];
  ++stats.hits;
  if (!make_key(member, *hit)) {
    ++stats.ungrouped;
    return;
  }
  Sample sample;
  if (!make_sample(correlation, member, hit, sample)) return;
  sweep(correlation, minus(now, kept_us_));
  Group& group = groups_.get(correlation, key_);
  groups_.touch(group, now);
  if (!group.fired || group.fired_at != hit->order.place) judge(group, std::move(sample), now, output);
  groups_.weigh(group);
}

void Judge::judge(Group& group, Sample sample, TimeUs now, Output output) {
  const CompiledCorrelation& correlation = *group.correlation;
  const Place place = sample.hit->order.place;
  group.latest = std::max(group.latest, place.time);
  const TimeUs from = group.open ? group.opening : minus(correlation.judged_at_close ? now : group.latest, correlation.timespan_us);
  if (place.time < from) {
    ++stats_[correlation.index].late_unused;
    return;
  }
  if (!group.open) group.window->expire(from);
  group.window->add(std::move(sample));
  if (group.open || group.window->empty()) return;
  const Measure measure = group.window->measure();
  if (correlation.judged_at_close) {
    if (hold(correlation.opening, measure)) open(group);
    return;
  }
  if (!hold(correlation.limits, measure)) return;
  group.fired = true;
  group.fired_at = place;
  match(group, measure, now, output);
}

void Judge::open(Group& group) {
  group.open = true;
  group.opening = group.window->start();
  group.close = plus(group.opening, group.correlation->timespan_us);
  group.window->expire(group.opening);
  closings_.insert(&group);
}

std::optional<Order> Judge::next_close() const {
  if (closings_.empty()) return std::nullopt;
  const Group& group = **closings_.begin();
  const std::uint32_t node = group.correlation->node;
  return Order{{group.close, node + 1, {}}, node, 0};
}

void Judge::close_next(std::vector<HitRef>& matches, Correlator::Sink& sink) {
  Group& group = **closings_.begin();
  closings_.erase(closings_.begin());
  if (!group.window->empty()) {
    const Measure measure = group.window->measure();
    if (hold(group.correlation->limits, measure)) {
      match(group, measure, group.close, {matches, sink});
    } else {
      group.window->take();
      group.lost = 0;
    }
  }
  group.open = false;
  groups_.weigh(group);
}

void Judge::sweep(const CompiledCorrelation& correlation, TimeUs now) {
  const TimeUs before = minus(now, correlation.timespan_us);
  while (Group* group = groups_.idle(correlation.index, before)) forget(*group);
}

void Judge::sweep(TimeUs now) {
  for (const CompiledCorrelation& correlation : set_.correlations) sweep(correlation, now);
}

void Judge::forget(Group& group) {
  if (group.open) closings_.erase(&group);
  groups_.erase(group);
}

bool Judge::evict() {
  Group* group = groups_.largest();
  if (group == nullptr) return false;
  LostGroups& lost_groups = lost_groups_[group->correlation->index];
  if (!group->window->empty()) {
    group->lost_time = std::max(group->lost_time, group->window->start());
    const std::size_t dropped = group->window->evict();
    group->lost += dropped;
    stats_[group->correlation->index].evicted += dropped;
  }
  if (!group->window->empty()) {
    groups_.weigh(*group);
    return true;
  }
  lost_groups.hits += group->lost;
  lost_groups.time = std::max(lost_groups.time, group->lost_time);
  forget(*group);
  return true;
}

}  // namespace tocsin::correlate
