#include "api/suppression_desk.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "analyze/account_name.h"
#include "event/entity_names.h"

namespace tocsin::api {

namespace {

/// While somebody works on an incident: until it is closed, which looks again.
constexpr TimeUs kUntilClosed = INT64_MAX;

AlertAbout about(const StoredAlert& alert, const std::vector<AlertEntity>& entities) { return {alert.rule_id, level_rank_of(alert.level).value_or(kCriticalRank), entities}; }

/// An account of the system itself is the same on every machine, and says nothing of an attack.
bool is_watched_kind(const AlertEntity& entity) {
  if (!is_watchable(entity.type)) return false;
  if (entity.type != EntityType::kUser) return true;
  const std::size_t slash = entity.value.find('\\');
  const std::string domain = slash == std::string::npos ? "" : entity.value.substr(0, slash);
  return analyze::account_name(slash == std::string::npos ? entity.value : entity.value.substr(slash + 1), domain, "", "").kind != analyze::AccountKind::kService;
}

bool is_worked_on(const Incident& incident) { return incident.status == CaseStatus::kAssigned || incident.status == CaseStatus::kInProgress || incident.status == CaseStatus::kContained; }

}  // namespace

Result<std::vector<SuppressionDesk::Attack>> SuppressionDesk::attacks(const IncidentView::Made& made, TimeUs now) {
  std::vector<Attack> attacks;
  for (const AlertVerdict& verdict : made.cases->verdicts()) {
    if (verdict.verdict != Verdict::kTruePositive) continue;
    std::optional<StoredAlert> alert = TRY(state_.alert(verdict.alert));
    if (!alert || std::max(alert->time, verdict.time) < now - kSuppressionLookBackUs) continue;
    std::vector<AlertEntity> entities = TRY(suppressions_.entities(alert->body));
    const TimeUs known = std::max(alert->time, verdict.time);
    attacks.push_back({std::move(*alert), std::move(entities), known});
  }
  return attacks;
}

Status SuppressionDesk::fill_from(Suppression& wanted, std::string_view id) {
  const std::optional<StoredAlert> alert = TRY(state_.alert(id));
  if (!alert) return Error{Code::kNotFound, fmt::format("there is no alert '{}'", id)};
  if (wanted.rule.empty()) wanted.rule = alert->rule_id;
  if (wanted.type != EntityType::kNone) return {};
  const std::vector<AlertEntity> entities = TRY(suppressions_.entities(alert->body));
  const auto host = std::ranges::find(entities, EntityType::kHost, &AlertEntity::type);
  if (host == entities.end()) return {};
  wanted.type = host->type;
  wanted.entity = host->value;
  return {};
}

Result<Suppression> SuppressionDesk::add(Suppression wanted, const Actor& by) {
  TRY(check_suppression(wanted, by.time));
  const std::shared_ptr<const IncidentView::Made> made = TRY(view_.now());
  const std::vector<Attack> known = TRY(attacks(*made, by.time));
  const auto hidden = std::ranges::find_if(known, [&](const Attack& attack) { return covers(wanted, about(attack.alert, attack.entities)); });
  if (hidden != known.end()) {
    const auto all = std::ranges::count_if(known, [&](const Attack& attack) { return covers(wanted, about(attack.alert, attack.entities)); });
    return Error{Code::kInvalid, fmt::format("it would have hidden alert {} ({}, {}), which was judged a true positive{}; name an entity that has nothing to do with it, or judge again (`tocsin verdict give`)", hidden->alert.id.substr(0, 12),
                                             hidden->alert.title, format_time(hidden->alert.time), all > 1 ? fmt::format(", and {} others", all - 1) : "")};
  }
  TRY(watch(*made, known));
  const std::int64_t number = TRY(suppressions_.add(wanted, by));
  return *TRY(suppressions_.one(number));
}

Result<SuppressionPreview> SuppressionDesk::preview(const Suppression& wanted, TimeUs now) {
  SuppressionPreview found;
  std::unordered_set<std::string> hosts;
  // Of logs of another year, as one replays them, the days before now say nothing.
  const std::vector<StoredAlert> newest = TRY(state_.alerts({.limit = 1, .which = WhichAlerts::kAll}));
  const TimeUs until = newest.empty() ? now : std::min(now, newest.front().time);
  AlertsWanted page{.limit = 1'000, .since = until - kSuppressionLookBackUs, .which = WhichAlerts::kAll};
  for (std::size_t looked_at = 0;;) {
    const std::vector<StoredAlert> alerts = TRY(state_.alerts(page));
    for (const StoredAlert& alert : alerts) {
      if (!wanted.rule.empty() && alert.rule_id != wanted.rule) continue;
      const std::vector<AlertEntity> entities = TRY(suppressions_.entities(alert.body));
      const AlertAbout said = about(alert, entities);
      if (!covers(wanted, said) || said.level > wanted.level_max) continue;
      ++found.alerts;
      const auto host = std::ranges::find(entities, EntityType::kHost, &AlertEntity::type);
      if (host != entities.end() && hosts.size() < static_cast<std::size_t>(kSuppressionHostsMax)) hosts.insert(host->value);
    }
    looked_at += alerts.size();
    if (alerts.size() < page.limit) break;
    found.whole = looked_at < kSuppressionPreviewAlertsMax;
    if (!found.whole) break;
    page.before_time = alerts.back().time;
    page.before_id = alerts.back().id;
  }
  found.hosts = hosts.size();
  const std::shared_ptr<const IncidentView::Made> made = TRY(view_.now());
  for (Attack& attack : TRY(attacks(*made, now))) {
    if (!covers(wanted, about(attack.alert, attack.entities))) continue;
    if (++found.attack_count <= kSuppressionPreviewAttacksMax) found.attacks.push_back(std::move(attack.alert));
  }
  return found;
}

Status SuppressionDesk::watch(const IncidentView::Made& made, const std::vector<Attack>& attacks) {
  std::vector<WatchedEntity> entities;
  for (const Attack& attack : attacks) {
    for (const AlertEntity& entity : attack.entities) {
      if (is_watched_kind(entity)) entities.push_back({entity.type, watch_key(entity.type, entity.value), attack.known + kSuppressionLookBackUs});
    }
  }
  const auto add = [&](EntityType type, const std::vector<IncidentEntity>& names) {
    for (const IncidentEntity& name : names) entities.push_back({type, watch_key(type, name.value), kUntilClosed});
  };
  for (const Incident& incident : made.incidents) {
    if (!is_worked_on(incident)) continue;
    add(EntityType::kHost, incident.hosts);
    add(EntityType::kUser, incident.accounts);
    add(EntityType::kIp, incident.addresses);
  }
  std::ranges::sort(entities);
  const auto same = [](const WatchedEntity& one, const WatchedEntity& other) { return one.type == other.type && one.value == other.value; };
  entities.erase(entities.begin(), std::unique(entities.rbegin(), entities.rend(), same).base());  // of several the latest end stays
  return suppressions_.watch(std::move(entities));
}

Result<std::vector<std::int64_t>> SuppressionDesk::look_again(const Actor& by) {
  const std::shared_ptr<const IncidentView::Made> made = TRY(view_.now());
  const std::vector<Attack> known = TRY(attacks(*made, by.time));
  TRY(watch(*made, known));
  std::vector<std::int64_t> taken_back;
  for (const Suppression& one : TRY(suppressions_.all())) {
    if (one.taken_back != kNoTime) continue;
    const bool in_force = state_of(one, by.time) == SuppressionState::kInForce;
    const auto attack = std::ranges::find_if(known, [&](const Attack& each) { return each.alert.hidden_by == one.number || (in_force && covers(one, about(each.alert, each.entities))); });
    if (attack == known.end()) continue;
    TRY(suppressions_.take_back(one.number, fmt::format("alert {}, which it {}, was judged a true positive", attack->alert.id.substr(0, 12), attack->alert.hidden_by == one.number ? "hid" : "is about"), by));
    taken_back.push_back(one.number);
  }
  return taken_back;
}

Result<std::string> SuppressionDesk::warning(const Suppression& suppression, TimeUs now) {
  for (const WatchedEntity& entity : TRY(suppressions_.watched())) {
    if (entity.until <= now) continue;
    if (entity.type == EntityType::kNone) return std::string("so much is under attack that nothing is suppressed now");
    if (entity.type == suppression.type && entity.value == watch_key(suppression.type, suppression.entity)) {
      return fmt::format("{} {} is part of an attack, or of an incident that somebody works on: alerts about it reach people until that is closed", entity_name(suppression.type), suppression.entity);
    }
  }
  if (suppression.rule.empty()) return std::string();
  const std::shared_ptr<const IncidentView::Made> made = TRY(view_.now());
  const auto has_alerts = [&](const Incident& incident) { return std::ranges::find(incident.rules, suppression.rule, &IncidentRule::id) != incident.rules.end(); };
  if (std::ranges::any_of(made->incidents, has_alerts)) return std::string();
  return fmt::format("no alert of a rule '{}' reaches people now: is the id whole and right?", suppression.rule);
}

}  // namespace tocsin::api
