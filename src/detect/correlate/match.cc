// What becomes of a match: the second half of Judge.
#include <algorithm>
#include <bit>
#include <cstring>

#include "detect/correlate/judge.h"

namespace tocsin::correlate {
namespace {

TimeUs plus(TimeUs time, std::int64_t span) { return time > INT64_MAX - span ? INT64_MAX : time + span; }
TimeUs minus(TimeUs time, std::int64_t span) { return time < INT64_MIN + span ? INT64_MIN : time - span; }

/// The earliest ones and the last.
template <class T>
std::uint64_t shorten(std::vector<T>& hits) {
  if (hits.size() <= kAlertHitsMax) return 0;
  const std::uint64_t left_out = hits.size() - kAlertHitsMax;
  hits[kAlertHitsMax - 1] = std::move(hits.back());
  hits.resize(kAlertHitsMax);
  return left_out;
}

}  // namespace

void Judge::match(Group& group, const Measure& measure, TimeUs now, Output output) {
  const CompiledCorrelation& correlation = *group.correlation;
  CorrelationStats& stats = stats_[correlation.index];
  ++stats.matches;
  Below below;
  below.hits = group.window->take();
  const Order last = below.hits.back()->order;
  note_lost(group, group.open ? group.opening : minus(last.place.time, correlation.timespan_us), below);
  for (const HitRef& hit : below.hits) below.late = below.late || hit->late;
  below.left_out += shorten(below.hits);
  if (correlation.source->reported && is_reported(group, now)) {
    ++stats.alerts;
    CorrelationAlert alert = make_alert(group, below);
    alert.value = to_double(measure);
    alert.folded = std::exchange(group.folded, 0);
    output.sink.alert(std::move(alert));
  }
  if (set_.memberships[correlation.node].empty()) return;
  Order order = {last.place, correlation.node, ++serials_};
  if (group.open) order.place.time = group.close;
  if (group.open || order.place.phase != 0) order.place.phase = correlation.node + 1;
  output.matches.push_back(store_.keep_match(order, group_values(group), std::move(below)));
}

/// A flood matches again and again. The first match of a series makes an alert, then the second, the fourth, the
/// eighth, and one whenever a timespan has passed since the last alert; the rest are counted into the next alert. A series
/// ends when a timespan passes without a match. What closes makes at most one match per timespan anyway.
bool Judge::is_reported(Group& group, TimeUs now) {
  if (group.correlation->judged_at_close) return true;
  const std::int64_t span = group.correlation->timespan_us;
  if (group.matches > 0 && now > plus(group.last_match, span)) group.matches = group.folded = 0;
  ++group.matches;
  group.last_match = now;
  if (!std::has_single_bit(group.matches) && now <= plus(group.last_alert, span)) {
    ++group.folded;
    ++stats_[group.correlation->index].folded;
    return false;
  }
  group.last_alert = now;
  return true;
}

/// Hits that were dropped count against an alert if they may have stood in its window.
void Judge::note_lost(Group& group, TimeUs window_start, Below& below) {
  LostGroups& groups = lost_groups_[group.correlation->index];
  if (group.lost > 0 && group.lost_time >= window_start) below.lost += group.lost;
  if (groups.hits > 0 && groups.time >= window_start) below.lost += groups.hits;
  if (groups.hits > 0 && groups.time < window_start) groups = {};
  group.lost = 0;
  below.evicted = below.lost > 0;
  for (const HitRef& hit : below.hits) {
    if (hit->below == nullptr) continue;
    below.lost += hit->below->lost;
    below.left_out += hit->below->left_out;
    below.evicted = below.evicted || hit->below->evicted;
  }
}

std::vector<std::pair<FieldId, std::string>> Judge::group_values(const Group& group) const {
  std::vector<std::pair<FieldId, std::string>> values;
  std::string_view rest = group.key.text;
  for (const FieldId name : group.correlation->group_names) {
    std::uint32_t size = 0;
    std::memcpy(&size, rest.data(), 4);
    values.emplace_back(name, rest.substr(4, size));
    rest.remove_prefix(4 + size);
  }
  return values;
}

/// The hits of rules below a match, each once: matches share hits where two correlations see the same rule.
void Judge::collect(const Below& below, std::vector<const HeldHit*>& hits, CorrelationAlert& alert) {
  const std::uint64_t visit = store_.next_visit();
  std::vector<const HitRef*> open;
  for (const HitRef& hit : below.hits) open.push_back(&hit);
  while (!open.empty()) {
    HeldHit& hit = **open.back();
    open.pop_back();
    if (std::exchange(hit.visit, visit) == visit) continue;
    if (hit.below == nullptr) {
      hits.push_back(&hit);
      continue;
    }
    for (const HitRef& next : hit.below->hits) open.push_back(&next);
  }
  std::sort(hits.begin(), hits.end(), [](const HeldHit* a, const HeldHit* b) { return a->order < b->order; });
  alert.hits_left_out = below.left_out + shorten(hits);
}

CorrelationAlert Judge::make_alert(const Group& group, const Below& below) {
  CorrelationAlert alert;
  alert.correlation = group.correlation->index;
  std::vector<const HeldHit*> hits;
  collect(below, hits, alert);
  alert.time = hits.back()->order.place.time;
  for (const HeldHit* hit : hits) {
    alert.hits.push_back(store_.restore(*hit));
    const std::vector<AlertEntity>& entities = alert.hits.back().entities;
    alert.entities.insert(alert.entities.end(), entities.begin(), entities.end());
  }
  std::sort(alert.entities.begin(), alert.entities.end());
  alert.entities.erase(std::unique(alert.entities.begin(), alert.entities.end()), alert.entities.end());
  const std::vector<std::string>& names = group.correlation->source->group_by;
  const auto values = group_values(group);
  for (std::size_t i = 0; i < names.size(); ++i) alert.group.emplace_back(names[i], values[i].second);
  alert.late = below.late;
  alert.evicted = below.evicted;
  alert.lost = below.lost;
  return alert;
}

}  // namespace tocsin::correlate
