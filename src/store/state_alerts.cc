// Alerts as State keeps them: added with the step of the stream that made them, hidden from people if somebody said so, listed, and deleted when they are old or too many.
#include <fmt/format.h>

#include "event/level.h"
#include "store/alert_reach.h"
#include "store/state.h"
#include "store/state_statement.h"

namespace tocsin {

namespace {

/// Who hides an alert: a suppression that nobody has taken back, or the shadow (-1).
#define TOCSIN_HIDER "FROM hidden_alerts LEFT JOIN suppressions ON n = by WHERE hidden_alerts.id = alerts.id AND taken_back IS NULL"
constexpr const char* kAlertColumns = "rowid, id, sequence, time, rule_id, title, level, body, (SELECT by " TOCSIN_HIDER ")";
constexpr const char* kReaching = "AND NOT EXISTS (SELECT 1 " TOCSIN_HIDER ")";

const char* only(WhichAlerts which) { return which == WhichAlerts::kReaching ? kReaching : ""; }

template <class Statement>
StoredAlert read_alert(Statement& statement) {
  StoredAlert alert;
  alert.number = statement.next_number();
  alert.id = statement.next_text();
  alert.sequence = static_cast<std::uint64_t>(statement.next_number());
  alert.time = statement.next_number();
  alert.rule_id = statement.next_text();
  alert.title = statement.next_text();
  alert.level = statement.next_text();
  alert.body = statement.next_text();
  alert.hidden_by = statement.next_number();
  return alert;
}

template <class Statement>
Result<std::vector<StoredAlert>> read_alerts(Statement& statement) {
  std::vector<StoredAlert> alerts;
  while (TRY(statement.row())) alerts.push_back(read_alert(statement));
  return alerts;
}

}  // namespace

Result<std::vector<StoredAlert>> State::alerts(const AlertsWanted& wanted) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const bool goes_on = !wanted.before_id.empty();
  const std::string sql = fmt::format("SELECT {} FROM alerts WHERE level_rank >= ? AND time >= ? {} {} ORDER BY time DESC, id LIMIT ?", kAlertColumns,
                                      goes_on ? "AND (time < ? OR (time = ? AND id > ?))" : "", only(wanted.which));
  Statement statement(*this, sql.c_str());
  statement.number(wanted.level_min).number(wanted.since);
  if (goes_on) statement.number(wanted.before_time).number(wanted.before_time).text(wanted.before_id);
  statement.number(static_cast<std::int64_t>(wanted.limit));
  return read_alerts(statement);
}

Result<std::vector<StoredAlert>> State::alerts_added_after(std::int64_t number, std::size_t limit, int level_min, WhichAlerts which) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const std::string sql = fmt::format("SELECT {} FROM alerts WHERE rowid > ? AND level_rank >= ? {} ORDER BY rowid LIMIT ?", kAlertColumns, only(which));
  Statement statement(*this, sql.c_str());
  return read_alerts(statement.number(number).number(level_min).number(static_cast<std::int64_t>(limit)));
}

Result<std::int64_t> State::last_alert_number() {
  const std::lock_guard<std::mutex> lock(mutex_);
  Statement statement(*this, "SELECT max(rowid) FROM alerts");
  TRY(statement.row());
  return statement.next_number();
}

Result<std::optional<StoredAlert>> State::alert(std::string_view id) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (id.empty()) return std::optional<StoredAlert>();
  // Ids are hexadecimal digits: all that begin with this one stand between it and it with a 'g' behind.
  const std::string sql = fmt::format("SELECT {} FROM alerts WHERE id >= ? AND id < ? ORDER BY id LIMIT 2", kAlertColumns);
  Statement statement(*this, sql.c_str());
  statement.text(id).text(std::string(id) + "g");
  if (!TRY(statement.row())) return std::optional<StoredAlert>();
  StoredAlert alert = read_alert(statement);
  if (alert.id != id && TRY(statement.row())) return Error{Code::kInvalid, fmt::format("several alerts begin with '{}'; write more of it", id)};
  return std::optional<StoredAlert>(std::move(alert));
}

Result<std::uint64_t> State::alert_count() {
  const std::lock_guard<std::mutex> lock(mutex_);
  Statement statement(*this, "SELECT count(*) FROM alerts");
  TRY(statement.row());
  return static_cast<std::uint64_t>(statement.next_number());
}

Result<HiddenAlerts> State::hidden_alerts(const AlertsWanted& wanted) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Statement statement(*this,
                      "SELECT count(*) FILTER (WHERE by > 0), count(*) FILTER (WHERE by < 0) FROM hidden_alerts LEFT JOIN suppressions ON n = by JOIN alerts ON alerts.id = hidden_alerts.id"
                      " WHERE taken_back IS NULL AND level_rank >= ? AND time >= ?");
  TRY(statement.number(wanted.level_min).number(wanted.since).row());
  HiddenAlerts hidden;
  hidden.suppressed = static_cast<std::uint64_t>(statement.next_number());
  hidden.in_shadow = static_cast<std::uint64_t>(statement.next_number());
  return hidden;
}

Status State::keep_alerts(const StreamStep& step) {
  if (step.alerts.empty()) return {};
  AlertReach reach(*this, step.now);
  TRY(reach.read());
  Statement add(*this, "INSERT OR IGNORE INTO alerts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  for (const StoredAlert& alert : step.alerts) {
    add.again().text(alert.id).number(static_cast<std::int64_t>(alert.sequence)).number(alert.time).text(alert.rule_id);
    add.text(alert.title).text(alert.level).number(level_rank_of(alert.level).value_or(0)).text(alert.body).number(step.now);
    TRY(add.run());
    if (sqlite3_changes(database_) > 0) TRY(reach.keep(alert));
  }
  return reach.write();
}

/// Rows are numbered in the order in which they were made, so the oldest are the first. The last one stays: its number must not be given again.
Result<bool> State::expire_alerts(const AlertsKept& kept, TimeUs now) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const TimeUs made_before = kept.age_us > 0 ? now - kept.age_us : 0;
  Statement expire(*this,
                   "DELETE FROM alerts WHERE rowid IN (SELECT rowid FROM alerts ORDER BY rowid LIMIT ?1) AND rowid < (SELECT max(rowid) FROM alerts)"
                   " AND (made < ?2 OR rowid <= (SELECT max(rowid) FROM alerts) - ?3)");
  TRY(expire.number(kAlertsExpiredAtOnce).number(made_before).number(kept.most).run());
  return sqlite3_changes(database_) == kAlertsExpiredAtOnce;
}

}  // namespace tocsin
