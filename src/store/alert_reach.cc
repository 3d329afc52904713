#include "store/alert_reach.h"

#include <sqlite3.h>

#include <algorithm>

#include "store/state_statement.h"
#include "store/suppression_rows.h"
#include "store/suppressions.h"

namespace tocsin {

namespace {

constexpr const char* kInForce = "SELECT n, rule, type, entity, level_max, window, until FROM suppressions WHERE taken_back IS NULL AND until > ? ORDER BY n";

std::string host_of(const std::vector<AlertEntity>& entities) {
  const auto host = std::ranges::find(entities, EntityType::kHost, &AlertEntity::type);
  return host == entities.end() ? std::string() : watch_key(EntityType::kHost, host->value);
}

}  // namespace

Status AlertReach::read() {
  State::Statement find(state_, kInForce);
  find.number(now_);
  while (TRY(find.row())) {
    Suppression& one = in_force_.emplace_back();
    one.number = find.next_number();
    one.rule = find.next_text();
    one.type = entity_named(find.next_text());
    one.entity = find.next_text();
    one.level_max = static_cast<std::uint8_t>(find.next_number());
    one.window_us = find.next_number();
    one.until = find.next_number();
  }
  State::Statement rules(state_, "SELECT rule FROM promoted_rules");
  while (TRY(rules.row())) promoted_.insert(rules.next_text());
  if (in_force_.empty()) return {};
  State::Statement watched(state_, "SELECT type, key FROM watched_entities WHERE until > ?");
  watched.number(now_);
  while (TRY(watched.row())) {
    const EntityType type = entity_named(watched.next_text());
    everything_ = everything_ || type == EntityType::kNone;
    watched_.emplace(type, watched.next_text());
  }
  return {};
}

Result<std::size_t> AlertReach::add_late(State& state, std::span<const StoredAlert> alerts, TimeUs now) {
  const std::lock_guard<std::mutex> lock(state.mutex_);
  TRY(state.execute("BEGIN IMMEDIATE"));
  std::vector<StoredAlert> added;
  const Status done = [&]() -> Status {
    State::Statement find(state, "SELECT 1 FROM alerts WHERE id = ?");
    for (const StoredAlert& alert : alerts) {
      if (!TRY(find.again().text(alert.id).row())) added.push_back(alert);
    }
    StreamStep step;
    step.alerts = added;
    step.now = now;
    TRY(state.keep_alerts(step));
    return state.execute("COMMIT");
  }();
  if (!done) (void)state.execute("ROLLBACK");
  if (!done) return done.error();
  return added.size();
}

bool AlertReach::is_watched(const std::vector<AlertEntity>& entities) const {
  if (everything_) return true;
  return !watched_.empty() && std::ranges::any_of(entities, [&](const AlertEntity& entity) { return watched_.contains({entity.type, watch_key(entity.type, entity.value)}); });
}

/// The oldest that covers it and may hide it decides. One that is too grave for that may be named by another.
Status AlertReach::keep(const StoredAlert& alert) {
  if (alert.hidden_by == kHiddenByShadow && !promoted_.contains(alert.rule_id)) return hide(alert, kHiddenByShadow);
  if (in_force_.empty()) return {};
  const std::vector<AlertEntity> entities = TRY(read_entities(state_, alert.body));
  const std::uint8_t level = level_rank_of(alert.level).value_or(kCriticalRank);
  Suppression* too_grave = nullptr;
  for (Suppression& one : in_force_) {
    if (!covers(one, {alert.rule_id, level, entities})) continue;
    if (is_watched(entities)) return void(++one.watched), Status();
    if (level > one.level_max) {
      if (too_grave == nullptr) too_grave = &one;
      continue;
    }
    if (!TRY(hides(one, alert, entities))) return void(++one.first_ones), Status();
    TRY(count_hidden(one, alert, entities));
    return hide(alert, one.number);
  }
  if (too_grave != nullptr) ++too_grave->too_grave;
  return {};
}

/// Windows begin with an alert that reaches people; what is late is in the window that is open, or in none.
Result<bool> AlertReach::hides(const Suppression& suppression, const StoredAlert& alert, const std::vector<AlertEntity>& entities) {
  if (suppression.window_us == 0) return true;
  const AlertEntity* const about = entity_of(suppression, entities);
  const std::string key = about == nullptr ? std::string() : watch_key(about->type, about->value);
  State::Statement find(state_, "SELECT start FROM suppression_windows WHERE n = ? AND rule = ? AND entity = ?");
  const bool is_known = TRY(find.number(suppression.number).text(alert.rule_id).text(key).row());
  const TimeUs start = is_known ? find.next_number() : kNoTime;
  if (is_known && alert.time > start - suppression.window_us && alert.time < start + suppression.window_us) return true;
  if (!is_known) {
    State::Statement count(state_, "SELECT count(*) FROM suppression_windows WHERE n = ?");
    if (TRY(count.number(suppression.number).row()) && count.next_number() >= kSuppressionWindowsMax) return false;
  }
  State::Statement open(state_, "INSERT OR REPLACE INTO suppression_windows VALUES (?, ?, ?, ?)");
  TRY(open.number(suppression.number).text(alert.rule_id).text(key).number(std::max(start, alert.time)).run());
  return false;
}

Status AlertReach::hide(const StoredAlert& alert, std::int64_t by) { return State::Statement(state_, "INSERT INTO hidden_alerts VALUES (?, ?)").text(alert.id).number(by).run(); }

Status AlertReach::count_hidden(Suppression& suppression, const StoredAlert& alert, const std::vector<AlertEntity>& entities) {
  ++suppression.hidden;
  suppression.first = suppression.first == kNoTime ? alert.time : std::min(suppression.first, alert.time);
  suppression.last = std::max(suppression.last, alert.time);
  const std::string host = host_of(entities);
  if (host.empty()) return {};
  State::Statement add(state_, "INSERT OR IGNORE INTO suppression_hosts SELECT ?1, ?2 WHERE (SELECT count(*) FROM suppression_hosts WHERE n = ?1) < ?3");
  return add.number(suppression.number).text(host).number(kSuppressionHostsMax).run();
}

Status AlertReach::write() {
  State::Statement count(state_,
                         "UPDATE suppressions SET hidden = hidden + ?2, first_ones = first_ones + ?3, too_grave = too_grave + ?4, watched = watched + ?5 WHERE n = ?1");
  State::Statement when(state_, "UPDATE suppressions SET first = min(coalesce(first, ?2), ?2), last = max(coalesce(last, ?3), ?3) WHERE n = ?1");
  for (const Suppression& one : in_force_) {
    if (one.hidden + one.first_ones + one.too_grave + one.watched == 0) continue;
    count.again().number(one.number).number(static_cast<std::int64_t>(one.hidden)).number(static_cast<std::int64_t>(one.first_ones));
    TRY(count.number(static_cast<std::int64_t>(one.too_grave)).number(static_cast<std::int64_t>(one.watched)).run());
    if (one.hidden > 0) TRY(when.again().number(one.number).number(one.first).number(one.last).run());
  }
  return {};
}

Result<std::vector<AlertReach::Added>> AlertReach::added_after(State& state, std::int64_t number, std::size_t limit) {
  const std::lock_guard<std::mutex> lock(state.mutex_);
  State::Statement read(state, "SELECT rowid, id, made FROM alerts WHERE rowid > ? ORDER BY rowid LIMIT ?");
  read.number(number).number(static_cast<std::int64_t>(limit));
  std::vector<Added> added;
  while (TRY(read.row())) {
    Added one;
    one.number = read.next_number();
    one.id = read.next_text();
    const TimeUs when = read.next_number();
    if (when > 0) one.when = when;  // 0 where an older format did not keep it
    added.push_back(std::move(one));
  }
  return added;
}

}  // namespace tocsin
