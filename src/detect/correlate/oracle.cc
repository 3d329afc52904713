#include "detect/correlate/oracle.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <tuple>

#include "base/check.h"

namespace tocsin::correlate {
namespace {

using sigma::Correlation;
using Type = Correlation::Type;
using Op = Correlation::Bound::Op;

struct Item;
using ItemPtr = std::shared_ptr<const Item>;
using Items = std::vector<ItemPtr>;
using Spot = std::tuple<TimeUs, std::size_t, EventRef>;  // time, phase, event

/// A hit, or a match of a correlation.
struct Item {
  Spot spot;
  std::size_t node = 0;
  std::size_t serial = 0;
  bool late = false;
  Hit hit;                                    // of a rule
  Items below;                                // of a match
  std::map<std::string, std::string> values;  // of a match: its group-by

  TimeUs time() const { return std::get<0>(spot); }
  auto order() const { return std::tuple(spot, node, serial); }
};

bool earlier(const ItemPtr& a, const ItemPtr& b) { return a->order() < b->order(); }

/// The measure times `scale` (which is positive), so that it is whole.
struct Value {
  std::int64_t scaled = 0, scale = 1;
  double plain() const { return static_cast<double>(scaled) / static_cast<double>(scale); }
};

bool compare(Op op, const Value& value, double bound) {
  const auto right = static_cast<std::int64_t>(std::llround(bound * 4)) * value.scale;
  const std::int64_t left = value.scaled * 4;
  switch (op) {
    case Op::kGt: return left > right;
    case Op::kGte: return left >= right;
    case Op::kLt: return left < right;
    case Op::kLte: return left <= right;
    case Op::kEq: return left == right;
    case Op::kNeq: return left != right;
  }
  return false;
}

bool is_number(const std::string& text) {
  char* end = nullptr;
  std::strtod(text.c_str(), &end);
  return !text.empty() && *end == '\0';
}

std::int64_t quarters(const std::string& text) { return std::llround(std::strtod(text.c_str(), nullptr) * 4); }

struct Entry {
  ItemPtr item;
  std::size_t step = 0;
  std::vector<std::string> values;  // of the fields to measure
};

using Chain = std::vector<Entry>;

/// Which of two chains of one length is taken: the one that starts later; then, from the back, the later hits, of those
/// at one place the later rule's, and of several matches of one correlation there the one made last.
auto preference(const Chain& chain) {
  std::vector<std::tuple<Spot, std::size_t, std::size_t>> from_back;
  for (auto at = chain.rbegin(); at != chain.rend(); ++at) {
    from_back.emplace_back(at->item->spot, at->step, at->item->serial);
  }
  return std::pair(chain.front().item->spot, from_back);
}

struct OracleGroup {
  std::vector<Entry> entries;  // not used up, in order
  TimeUs latest = kNoTime;
  bool open = false;
  TimeUs opening = 0, close = 0;
  std::optional<Spot> fired;
  std::uint64_t matches = 0, folded = 0;
  TimeUs last_match = 0, last_alert = 0;
  // temporal_ordered with late hits: what is held, by (length, step), and what was held an event before.
  bool disturbed = false;
  std::map<std::pair<std::size_t, std::size_t>, std::vector<Chain>> held;
};

class Oracle {
 public:
  Oracle(const sigma::RuleSet& rules, std::int64_t lateness_us) : rules_(rules), lateness_us_(lateness_us) {}
  std::vector<CorrelationAlert> run(const std::vector<Arrival>& arrivals);

 private:
  using Key = std::pair<std::size_t, std::vector<std::string>>;

  std::size_t node_of(const std::string& id) const;
  std::string rename(const Correlation& correlation, const std::string& name, std::size_t node) const;
  std::optional<std::string> field(const Item& item, const std::string& name) const;
  void deliver(const ItemPtr& item, TimeUs now);
  void deliver_to(std::size_t index, std::size_t step, const ItemPtr& item, TimeUs now);
  bool step_once(bool all);
  void take_turns(bool all);
  void close(const Key& key, OracleGroup& group);
  void insert(const Correlation& correlation, OracleGroup& group, const Entry& entry, TimeUs floor);
  std::vector<Entry> standing(const Correlation& correlation, const OracleGroup& group, TimeUs from) const;
  Chain longest(const OracleGroup& group, TimeUs from) const;
  Value measure(const Correlation& correlation, const std::vector<Entry>& standing) const;
  void match(const Key& key, OracleGroup& group, const std::vector<Entry>& standing, const Value& value, TimeUs now);
  void report(const Key& key, const Items& items, const Value& value, std::uint64_t folded, bool late);

  const sigma::RuleSet& rules_;
  const std::int64_t lateness_us_;
  Items waiting_, matches_;
  std::map<Key, OracleGroup> groups_;
  TimeUs taken_ = kNoTime, now_ = kNoTime;
  std::size_t serials_ = 0;
  std::vector<CorrelationAlert> alerts_;
};

std::size_t Oracle::node_of(const std::string& id) const {
  for (std::size_t i = 0; i < rules_.rules.size(); ++i) {
    if (rules_.rules[i].id == id) return i;
  }
  for (std::size_t i = 0; i < rules_.correlations.size(); ++i) {
    if (rules_.correlations[i].id == id) return rules_.rules.size() + i;
  }
  TOCSIN_CHECK(false);
  return 0;
}

std::string Oracle::rename(const Correlation& correlation, const std::string& name, std::size_t node) const {
  for (const Correlation::Alias& alias : correlation.aliases) {
    if (alias.name != name) continue;
    for (const auto& target : alias.targets) {
      if (node_of(target.rule) == node) return target.field;
    }
  }
  return name;
}

std::optional<std::string> Oracle::field(const Item& item, const std::string& name) const {
  if (item.below.empty()) {
    for (const auto& [key, value] : item.hit.fields) {
      if (key == name) return value;
    }
    return std::nullopt;
  }
  const auto own = item.values.find(name);
  if (own != item.values.end()) return own->second;
  const Item& last = *item.below.back();
  return field(last, rename(rules_.correlations[item.node - rules_.rules.size()], name, last.node));
}

void Oracle::deliver(const ItemPtr& item, TimeUs now) {
  for (std::size_t c = 0; c < rules_.correlations.size(); ++c) {
    const std::vector<std::string>& ids = rules_.correlations[c].rules;
    for (std::size_t step = 0; step < ids.size(); ++step) {
      if (node_of(ids[step]) == item->node) deliver_to(c, step, item, now);
    }
  }
}

bool is_chain(const Correlation& correlation) { return correlation.type == Type::kTemporalOrdered; }
bool is_latest(const Correlation& correlation) {
  return correlation.type == Type::kValueCount || correlation.type == Type::kTemporal;
}
bool is_number_measure(const Correlation& correlation) {
  return correlation.type == Type::kValueSum || correlation.type == Type::kValueAvg ||
         correlation.type == Type::kValueMedian || correlation.type == Type::kValuePercentile;
}
bool is_statistic(const Correlation& correlation) {
  return is_number_measure(correlation) && correlation.type != Type::kValueSum;
}

bool at_close(const Correlation& correlation) {
  if (is_statistic(correlation)) return true;
  return std::any_of(correlation.bounds.begin(), correlation.bounds.end(),
                     [](const auto& bound) { return bound.op != Op::kGt && bound.op != Op::kGte; });
}

bool condition(const Correlation& correlation, const Value& value) {
  return std::all_of(correlation.bounds.begin(), correlation.bounds.end(),
                     [&](const auto& bound) { return compare(bound.op, value, bound.value); });
}

bool opens(const Correlation& correlation, const Value& value) {
  if (is_statistic(correlation)) return true;
  for (const auto& bound : correlation.bounds) {
    if ((bound.op == Op::kGt || bound.op == Op::kGte) && !compare(bound.op, value, bound.value)) return false;
    if (bound.op == Op::kEq && !compare(Op::kGte, value, bound.value)) return false;
  }
  return true;
}

void Oracle::deliver_to(std::size_t index, std::size_t step, const ItemPtr& item, TimeUs now) {
  const Correlation& correlation = rules_.correlations[index];
  Key key{index, {}};
  for (const std::string& name : correlation.group_by) {
    const auto value = field(*item, rename(correlation, name, item->node));
    if (!value) return;
    key.second.push_back(*value);
  }
  Entry entry{item, step, {}};
  for (const std::string& name : correlation.value_fields) {
    const auto value = field(*item, rename(correlation, name, item->node));
    if (!value) return;
    if (is_number_measure(correlation) && !is_number(*value)) return;
    entry.values.push_back(*value);
  }
  OracleGroup& group = groups_[key];
  if (group.fired == item->spot) return;
  group.latest = std::max(group.latest, item->time());
  const TimeUs from = (at_close(correlation) ? now : group.latest) - correlation.timespan_us;
  if (!group.open && item->time() < from) return;
  if (group.open && item->time() < group.opening) return;
  insert(correlation, group, entry, group.open ? group.opening : from);
  if (group.open) return;
  const std::vector<Entry> all = standing(correlation, group, from);
  if (all.empty()) return;
  const Value value = measure(correlation, all);
  if (!at_close(correlation)) {
    if (!condition(correlation, value)) return;
    group.fired = item->spot;
    match(key, group, all, value, now);
  } else if (opens(correlation, value)) {
    group.open = true;
    group.opening = all.front().item->time();
    group.close = group.opening + correlation.timespan_us;
  }
}

/// Into the order; an event that two rules of a count match is counted once.
void Oracle::insert(const Correlation& correlation, OracleGroup& group, const Entry& entry, TimeUs floor) {
  if (!is_chain(correlation) && !is_latest(correlation) && entry.item->below.empty()) {
    for (const Entry& other : group.entries) {
      if (other.item->spot == entry.item->spot && other.item->below.empty()) return;
    }
  }
  const auto at = std::upper_bound(group.entries.begin(), group.entries.end(), entry,
                                   [](const Entry& a, const Entry& b) { return earlier(a.item, b.item); });
  group.entries.insert(at, entry);
  if (!is_chain(correlation)) return;
  group.disturbed = group.disturbed || entry.item->late;
  for (std::size_t length = entry.step + 1; length > 0; --length) {
    Chain best;
    if (length == 1) best = {entry};
    for (std::size_t before = 0; before < entry.step && length > 1; ++before) {
      for (const Chain& chain : group.held[{length - 1, before}]) {
        if (chain.front().item->time() < floor || !(chain.back().item->spot < entry.item->spot)) continue;
        Chain longer = chain;
        longer.push_back(entry);
        if (best.empty() || preference(longer) > preference(best)) best = longer;
      }
    }
    if (best.empty()) continue;
    std::vector<Chain>& held = group.held[{length, entry.step}];
    const auto rank = [](const Chain& chain) { return std::pair(chain.front().item->spot, chain.back().item->spot); };
    if (!held.empty() && rank(best) < rank(held.front())) continue;
    if (!held.empty() && held.front().back().item->spot == best.back().item->spot) {
      held.front() = best;
    } else {
      held.insert(held.begin(), best);
      if (held.size() > 2) held.pop_back();
    }
  }
}

/// The longest chain among the entries, by trying them all.
Chain longest_of(const std::vector<Entry>& entries, const Chain& start, std::size_t from) {
  Chain best = start;
  for (std::size_t i = from; i < entries.size(); ++i) {
    if (!start.empty() && (entries[i].step <= start.back().step || !(start.back().item->spot < entries[i].item->spot))) {
      continue;
    }
    Chain longer = start;
    longer.push_back(entries[i]);
    longer = longest_of(entries, longer, i + 1);
    if (longer.size() > best.size() || (longer.size() == best.size() && preference(longer) > preference(best))) {
      best = longer;
    }
  }
  return best;
}

Chain Oracle::longest(const OracleGroup& group, TimeUs from) const {
  Chain held;
  for (const auto& [key, chains] : group.held) {
    if (chains.empty()) continue;
    const Chain& chain = chains.front();
    if (chain.front().item->time() < from) continue;
    if (held.empty() || std::pair(chain.size(), preference(chain)) > std::pair(held.size(), preference(held))) held = chain;
  }
  if (group.disturbed) return held;
  std::vector<Entry> entries;
  for (const Entry& entry : group.entries) {
    if (entry.item->time() >= from) entries.push_back(entry);
  }
  return longest_of(entries, {}, 0);
}

/// What the measure is about: of the hits that are not used up, those from `from` on that count.
std::vector<Entry> Oracle::standing(const Correlation& correlation, const OracleGroup& group, TimeUs from) const {
  if (is_chain(correlation)) return longest(group, from);
  std::vector<Entry> all;
  for (std::size_t i = 0; i < group.entries.size(); ++i) {
    const Entry& entry = group.entries[i];
    if (entry.item->time() < from) continue;
    bool replaced = false;
    for (std::size_t j = i + 1; j < group.entries.size(); ++j) {
      const Entry& later = group.entries[j];
      replaced = replaced || (correlation.type == Type::kTemporal ? later.step == entry.step : later.values == entry.values);
    }
    if (!is_latest(correlation) || !replaced) all.push_back(entry);
  }
  return all;
}

Value Oracle::measure(const Correlation& correlation, const std::vector<Entry>& standing) const {
  const auto count = static_cast<std::int64_t>(standing.size());
  if (!is_number_measure(correlation)) return {count, 1};
  std::vector<std::int64_t> numbers;
  std::int64_t sum = 0;
  for (const Entry& entry : standing) {
    numbers.push_back(quarters(entry.values[0]));
    sum += numbers.back();
  }
  if (correlation.type == Type::kValueSum) return {sum, 4};
  if (correlation.type == Type::kValueAvg) return {sum, 4 * count};
  std::sort(numbers.begin(), numbers.end());
  const std::int64_t percent = correlation.type == Type::kValueMedian ? 50 : std::llround(correlation.percentile);
  const std::int64_t rank = (count - 1) * percent;
  const auto at = static_cast<std::size_t>(rank / 100);
  const std::int64_t above = at + 1 < numbers.size() ? numbers[at + 1] : 0;
  return {numbers[at] * (100 - rank % 100) + above * (rank % 100), 400};
}

void Oracle::match(const Key& key, OracleGroup& group, const std::vector<Entry>& standing, const Value& value, TimeUs now) {
  const Correlation& correlation = rules_.correlations[key.first];
  const auto item = std::make_shared<Item>();
  for (const Entry& entry : standing) {
    item->below.push_back(entry.item);
    item->late = item->late || entry.item->late;
  }
  item->node = rules_.rules.size() + key.first;
  item->serial = ++serials_;
  item->spot = item->below.back()->spot;
  if (group.open) std::get<0>(item->spot) = group.close;
  if (group.open || std::get<1>(item->spot) != 0) std::get<1>(item->spot) = item->node + 1;
  for (std::size_t i = 0; i < correlation.group_by.size(); ++i) item->values[correlation.group_by[i]] = key.second[i];
  matches_.push_back(item);
  group.entries.clear();
  group.held.clear();
  group.disturbed = false;
  if (!correlation.reported) return;
  if (at_close(correlation)) return report(key, item->below, value, 0, item->late);
  if (group.matches > 0 && now > group.last_match + correlation.timespan_us) group.matches = group.folded = 0;
  ++group.matches;
  group.last_match = now;
  std::uint64_t power = 1;
  while (power < group.matches) power *= 2;
  const bool first = group.matches == 1;
  if (power != group.matches && !first && now <= group.last_alert + correlation.timespan_us) {
    ++group.folded;
    return;
  }
  group.last_alert = now;
  report(key, item->below, value, group.folded, item->late);
  group.folded = 0;
}

void collect(const Items& items, Items& rules_below) {
  for (const ItemPtr& item : items) {
    if (item->below.empty()) {
      if (std::find(rules_below.begin(), rules_below.end(), item) == rules_below.end()) rules_below.push_back(item);
    } else {
      collect(item->below, rules_below);
    }
  }
}

void Oracle::report(const Key& key, const Items& items, const Value& value, std::uint64_t folded, bool late) {
  Items all;
  collect(items, all);
  std::sort(all.begin(), all.end(), earlier);
  CorrelationAlert alert;
  alert.correlation = static_cast<std::uint32_t>(key.first);
  alert.time = all.back()->time();
  std::set<AlertEntity> entities;
  for (const ItemPtr& item : all) {
    alert.hits.push_back(item->hit);
    entities.insert(item->hit.entities.begin(), item->hit.entities.end());
  }
  alert.entities.assign(entities.begin(), entities.end());
  const std::vector<std::string>& names = rules_.correlations[key.first].group_by;
  for (std::size_t i = 0; i < names.size(); ++i) alert.group.emplace_back(names[i], key.second[i]);
  alert.value = value.plain();
  alert.folded = folded;
  alert.late = late;
  alerts_.push_back(std::move(alert));
}

void Oracle::close(const Key& key, OracleGroup& group) {
  const Correlation& correlation = rules_.correlations[key.first];
  const std::vector<Entry> all = standing(correlation, group, group.opening);
  const Value value = measure(correlation, all);
  if (condition(correlation, value)) {
    match(key, group, all, value, group.close);
  } else {
    group.entries.clear();
    group.held.clear();
    group.disturbed = false;
  }
  group.open = false;
}

/// Of windows of one correlation that close at one time, that of the lesser key closes first; shorter values are less.
bool shorter_or_less(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), [](const auto& left, const auto& right) {
    return std::pair(left.size(), left) < std::pair(right.size(), right);
  });
}

/// The next turn of all that is due, if there is one.
bool Oracle::step_once(bool all) {
  using Turn = std::tuple<Spot, std::size_t, std::size_t>;
  std::optional<Turn> first;
  const auto offer = [&](const Turn& turn) {
    if (!first || turn < *first) first = turn;
    return *first == turn;
  };
  Items* from = nullptr;
  std::size_t place = 0;
  for (Items* items : {&waiting_, &matches_}) {
    for (std::size_t i = 0; i < items->size(); ++i) {
      if (items == &waiting_ && !all && (*items)[i]->time() >= taken_) continue;
      if (!offer((*items)[i]->order())) continue;
      from = items;
      place = i;
    }
  }
  std::optional<Key> closing;  // of several at one time, the one with the least key
  for (const auto& [key, group] : groups_) {
    if (!group.open || (!all && group.close >= taken_)) continue;
    const std::size_t node = rules_.rules.size() + key.first;
    if (!offer({{group.close, node + 1, {}}, node, 0})) continue;
    const bool tie = closing && groups_[*closing].close == group.close && closing->first == key.first;
    if (!tie || shorter_or_less(key.second, closing->second)) closing = key;
    from = nullptr;
  }
  if (!first) return false;
  now_ = std::max(now_, std::get<0>(std::get<0>(*first)));
  if (from == nullptr) {
    close(*closing, groups_[*closing]);
    return true;
  }
  const ItemPtr item = (*from)[place];
  from->erase(from->begin() + static_cast<std::ptrdiff_t>(place));
  deliver(item, now_);
  return true;
}

void Oracle::take_turns(bool all) {
  while (step_once(all)) {
  }
}

std::vector<CorrelationAlert> Oracle::run(const std::vector<Arrival>& arrivals) {
  TimeUs seen = kNoTime;
  for (const Arrival& arrival : arrivals) {
    const TimeUs time = arrival.is_hit ? arrival.hit.time : arrival.seen;
    if (time == kNoTime) continue;
    if (arrival.is_hit) {
      const auto item = std::make_shared<Item>();
      item->spot = {time, 0, arrival.hit.event};
      item->node = arrival.hit.rule;
      item->hit = arrival.hit;
      item->late = time < taken_;
      if (item->late) {
        deliver(item, now_);
        take_turns(false);
      } else {
        waiting_.push_back(item);
      }
    }
    seen = std::max(seen, time);
    if (lateness_us_ == Correlator::kSortEverything || seen - lateness_us_ <= taken_) continue;
    taken_ = seen - lateness_us_;
    take_turns(false);
    now_ = std::max(now_, taken_);
  }
  take_turns(true);
  return std::move(alerts_);
}

}  // namespace

std::vector<CorrelationAlert> oracle(const sigma::RuleSet& rules, std::int64_t lateness_us,
                                     const std::vector<Arrival>& arrivals) {
  return Oracle(rules, lateness_us).run(arrivals);
}

}  // namespace tocsin::correlate
