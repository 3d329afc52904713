#include "analyze/incident_linker.h"

#include <algorithm>
#include <cmath>

namespace tocsin::analyze {

namespace {

constexpr std::int64_t kHourUs = 3'600'000'000;
/// By LinkKind: after this time a link is worth half.
constexpr std::array<std::int64_t, kLinkNames.size()> kHalfLifeUs = {24 * kHourUs, 24 * kHourUs, 12 * kHourUs, 6 * kHourUs, 4 * kHourUs, 2 * kHourUs,
                                                                     12 * kHourUs, 12 * kHourUs, 6 * kHourUs, kHourUs, 4 * kHourUs};

/// Of another account on the same machine.
constexpr double kStrangerWeight = 0.6;

double strength_of(LinkKind kind, double weight, std::int64_t gap_us, std::uint32_t elsewhere) {
  const double age = static_cast<double>(gap_us) / static_cast<double>(kHalfLifeUs[static_cast<std::size_t>(kind)]);
  return weight / (1 + std::log2(1.0 + elsewhere)) * std::exp2(-age);
}

std::uint32_t half_of(std::uint64_t fingerprint) { return static_cast<std::uint32_t>(fingerprint >> 32) | 1; }

/// The stronger first, then the older incident, so that the order of keys does not count.
bool is_better(double strength, IncidentNumber incident, double than, IncidentNumber than_incident) {
  return strength != than ? strength > than : incident < than_incident;
}

}  // namespace

IncidentLinker::IncidentLinker() : entities_(kLinkedEntities), slots_(kLinkedIncidents) {}

void IncidentLinker::set_cases(std::vector<bool> closed) {
  closed_ = std::move(closed);
  of_case_.assign(closed_.size(), 0);
}

const Placement& IncidentLinker::add(const LinkedAlert& alert, const std::vector<LinkKey>& keys) {
  LinkedAlert timed = alert;
  if (alert.time == kNoTime) timed.time = latest_;
  latest_ = std::max(latest_, timed.time);
  candidates_.clear();
  placement_.begun = placement_.unlinked = false;
  placement_.merges.clear();
  placement_.related.clear();
  const IncidentNumber home = alert.in_case == 0 ? 0 : of_case_[alert.in_case - 1];
  for (std::uint32_t i = 0; i < keys.size(); ++i) look_at(keys, i, timed.time, home);
  if (alert.in_case != 0) {
    put(timed.time, alert.in_case);
  } else {
    join_or_begin(timed.time, keys);
  }
  merge_others();
  remember(timed, keys);
  return placement_;
}

IncidentNumber IncidentLinker::now(IncidentNumber incident) {
  for (Slot* at = slot(incident); at != nullptr; at = slot(incident)) {
    if (at->into == 0) return incident;
    if (Slot* const next = slot(at->into); next != nullptr && next->into != 0) at->into = next->into;  // shorter the next time
    incident = at->into;
  }
  return 0;
}

IncidentLinker::Slot* IncidentLinker::slot(IncidentNumber number) {
  Slot& at = slots_[number % kLinkedIncidents];
  return number != 0 && at.number == number ? &at : nullptr;
}

IncidentLinker::Entity* IncidentLinker::find(std::uint64_t fingerprint) {
  Entity* const set = &entities_[fingerprint % (kLinkedEntities / kWays) * kWays];
  for (std::size_t i = 0; i < kWays; ++i) {
    if (set[i].fingerprint == fingerprint) return &set[i];
  }
  return nullptr;
}

IncidentLinker::Entity& IncidentLinker::find_or_take(std::uint64_t fingerprint) {
  if (Entity* const known = find(fingerprint)) return *known;
  Entity* const set = &entities_[fingerprint % (kLinkedEntities / kWays) * kWays];
  Entity& oldest = *std::min_element(set, set + kWays, [](const Entity& a, const Entity& b) {
    return a.fingerprint == 0 ? b.fingerprint != 0 : b.fingerprint != 0 && a.last < b.last;
  });
  oldest = {};
  oldest.fingerprint = fingerprint;
  return oldest;
}

IncidentNumber IncidentLinker::begin(TimeUs time, CaseNumber in_case) {
  if (++begun_ == 0) ++begun_;  // 0 is none
  slots_[begun_ % kLinkedIncidents] = {begun_, 0, time, 0, in_case};
  return begun_;
}

bool IncidentLinker::is_closed(IncidentNumber incident) {
  const Slot* const at = slot(incident);
  return at != nullptr && at->in_case != 0 && closed_[at->in_case - 1];
}

/// Where a person wants it; by what it is linked there, if by anything.
void IncidentLinker::put(TimeUs time, CaseNumber in_case) {
  IncidentNumber& incident = of_case_[in_case - 1];
  if (slot(incident) == nullptr) {  // none yet, or it is not remembered any more
    incident = begin(time, in_case);
    placement_.begun = true;
    placement_.link = {};
  } else {
    const auto link = std::ranges::find(candidates_, incident, &Candidate::incident);
    placement_.unlinked = link == candidates_.end();
    placement_.link = placement_.unlinked ? Link{} : link->link;
  }
  placement_.incident = incident;
  slot(incident)->last = std::max(slot(incident)->last, time);
}

bool IncidentLinker::is_in(const Entity& entity, IncidentNumber incident) {
  return std::ranges::any_of(entity.seen_in, [&](const Seen& seen) { return now(seen.incident) == incident; });
}

/// What has fallen silent for longer than a link lasts does not count: else an entity that falls apart into incidents would do so ever more.
std::uint32_t IncidentLinker::elsewhere(const Entity& entity, LinkKind kind, IncidentNumber incident, TimeUs time) {
  std::array<IncidentNumber, kSeenIn> distinct{};
  std::uint32_t count = 0;
  for (const Seen& seen : entity.seen_in) {
    const IncidentNumber root = now(seen.incident);
    if (root == 0 || root == incident || std::find(distinct.begin(), distinct.begin() + count, root) != distinct.begin() + count) continue;
    if (time - slot(root)->last <= kHalfLifeUs[static_cast<std::size_t>(kind)]) distinct[count++] = root;
  }
  return count;
}

/// 0 if the alert is about no account, or about one that the incident knows; else how many were seen on the machine.
std::uint32_t IncidentLinker::strange_accounts(const Entity& host, const std::vector<LinkKey>& keys, IncidentNumber incident) {
  bool any = false;
  for (const LinkKey& key : keys) {
    if (key.kind != LinkKind::kAccount) continue;
    any = true;
    const Entity* const account = find(key.fingerprint);
    if (account != nullptr && is_in(*account, incident)) return 0;
  }
  if (!any) return 0;
  std::uint32_t others = 0;
  for (const std::uint32_t account : host.accounts) {
    const auto of_alert = [&](const LinkKey& key) { return key.kind == LinkKind::kAccount && half_of(key.fingerprint) == account; };
    if (account != 0 && std::ranges::none_of(keys, of_alert)) ++others;
  }
  return others;
}

void IncidentLinker::offer(IncidentNumber incident, const Link& link, bool merges) {
  const auto same = std::ranges::find(candidates_, incident, &Candidate::incident);
  if (same == candidates_.end()) {
    candidates_.push_back({incident, link, merges});
  } else if (link.strength > same->link.strength) {
    *same = {incident, link, merges};
  }
}

/// A key leads to the incident that its entity was last seen in, or to the one that the alert is in whatever links say; an indicator only says that they are related.
void IncidentLinker::look_at(const std::vector<LinkKey>& keys, std::uint32_t index, TimeUs time, IncidentNumber home) {
  const LinkKey& key = keys[index];
  const Entity* const entity = find(key.fingerprint);
  if (entity == nullptr) return;
  if (key.weight == 0) {
    for (const Seen& seen : entity->seen_in) {
      if (const IncidentNumber incident = now(seen.incident); incident != 0) placement_.related.push_back({incident, index});
    }
    return;
  }
  bool led = false;  // somewhere already: beyond that only home counts
  for (const Seen& seen : entity->seen_in) {
    const IncidentNumber incident = now(seen.incident);
    if (incident == 0 || (led && incident != home)) continue;
    const std::int64_t gap = time > seen.time ? time - seen.time : seen.time - time;
    // Of the incidents on a machine the one that knows the account is meant, whichever was last.
    const bool is_host = key.kind == LinkKind::kHost;
    const std::uint32_t others = is_host                        ? strange_accounts(*entity, keys, incident)
                                 : key.kind == LinkKind::kRule ? 0
                                                                : elsewhere(*entity, key.kind, incident, time);
    const double weight = is_host && others > 0 ? kStrangerWeight : key.weight;
    const Link link{seen.alert, index, gap, strength_of(key.kind, weight, gap, others), others};
    if (incident != home && is_closed(incident)) {
      if (link.strength >= kJoinStrength) placement_.related.push_back({incident, index});
      continue;
    }
    offer(incident, link, is_host ? others == 0 : key.kind != LinkKind::kRule);
    if (is_host && others > 0) continue;
    if (home == 0 || incident == home) return;
    led = true;
  }
}

/// Whether the incident has as many machines as it may, and this alert is on another.
bool IncidentLinker::is_too_wide(IncidentNumber incident, const std::vector<LinkKey>& keys) {
  if (slot(incident)->hosts < kIncidentHostsMax) return false;
  return std::ranges::any_of(keys, [&](const LinkKey& key) {
    if (key.kind != LinkKind::kHost) return false;
    const Entity* const host = find(key.fingerprint);
    return host == nullptr || !is_in(*host, incident);
  });
}

void IncidentLinker::join_or_begin(TimeUs time, const std::vector<LinkKey>& keys) {
  const Candidate* best = nullptr;
  for (const Candidate& candidate : candidates_) {
    if (candidate.link.strength < kJoinStrength || is_too_wide(candidate.incident, keys)) continue;
    if (best == nullptr || is_better(candidate.link.strength, candidate.incident, best->link.strength, best->incident)) best = &candidate;
  }
  placement_.begun = best == nullptr;
  placement_.incident = best == nullptr ? begin(time, 0) : best->incident;
  placement_.link = best == nullptr ? Link{} : best->link;
  Slot& joined = *slot(placement_.incident);
  joined.last = std::max(joined.last, time);
}

void IncidentLinker::merge_others() {
  // What began because nothing was near has nobody to become one with; a case begins with its first alert, whatever was before it.
  if (placement_.begun && slot(placement_.incident)->in_case == 0) return;
  std::ranges::sort(candidates_, {}, &Candidate::incident);
  for (const Candidate& candidate : candidates_) {
    Slot* const one = slot(placement_.incident);
    Slot* const other = slot(candidate.incident);
    if (candidate.incident == placement_.incident || !candidate.merges || candidate.link.strength < kMergeStrength) continue;
    // A person has looked at both, or is done with one: that they are one is for a person to say.
    if ((one->in_case != 0 && other->in_case != 0) || is_closed(one->number) || is_closed(other->number)) {
      placement_.related.push_back({candidate.incident, candidate.link.key});
      continue;
    }
    if (one->hosts + other->hosts > kIncidentHostsMax) continue;
    const bool other_stays = other->in_case != 0 || (one->in_case == 0 && candidate.incident < placement_.incident);
    Slot* const stays = other_stays ? other : one;
    Slot* const goes = other_stays ? one : other;
    goes->into = stays->number;
    stays->hosts += goes->hosts;
    stays->last = std::max(stays->last, goes->last);
    // The alert came by its strongest link; the other one is what joins the two.
    placement_.merges.push_back({goes->number, candidate.link});
    placement_.incident = stays->number;
  }
}

void IncidentLinker::remember(const LinkedAlert& alert, const std::vector<LinkKey>& keys) {
  const IncidentNumber incident = placement_.incident;
  for (const LinkKey& key : keys) {
    Entity& entity = find_or_take(key.fingerprint);
    entity.last = std::max(entity.last, alert.time);
    const auto known = std::ranges::find_if(entity.seen_in, [&](const Seen& seen) { return now(seen.incident) == incident; });
    if (known == entity.seen_in.end() && key.kind == LinkKind::kHost) ++slot(incident)->hosts;
    std::shift_right(entity.seen_in.begin(), known == entity.seen_in.end() ? known : known + 1, 1);
    entity.seen_in.front() = {incident, alert.number, alert.time};
    if (key.kind == LinkKind::kHost) remember_accounts(entity, keys);
  }
}

void IncidentLinker::remember_accounts(Entity& host, const std::vector<LinkKey>& keys) {
  for (const LinkKey& key : keys) {
    if (key.kind != LinkKind::kAccount || std::ranges::find(host.accounts, half_of(key.fingerprint)) != host.accounts.end()) continue;
    std::shift_right(host.accounts.begin(), host.accounts.end(), 1);
    host.accounts.front() = half_of(key.fingerprint);
  }
}

}  // namespace tocsin::analyze
