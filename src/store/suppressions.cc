#include "store/suppressions.h"

#include <fmt/format.h>

#include "event/entity_names.h"
#include "store/state_statement.h"
#include "store/suppression_rows.h"

namespace tocsin {

namespace {

constexpr std::int64_t kMinuteUs = 60'000'000;
constexpr const char* kColumns =
    "n, made, who, owner, reason, rule, type, entity, level_max, window, until, taken_back, taken_back_by, taken_back_why, hidden, first_ones, too_grave, watched, first, last,"
    " (SELECT count(*) FROM suppression_hosts WHERE suppression_hosts.n = suppressions.n)";

/// NULL is read as 0, which no time here is.
TimeUs time_or_none(std::int64_t number) { return number == 0 ? kNoTime : number; }

template <class Statement>
Suppression read_one(Statement& find) {
  Suppression one;
  one.number = find.next_number();
  one.made = find.next_number();
  for (std::string* const text : {&one.who, &one.owner, &one.reason, &one.rule}) *text = find.next_text();
  one.type = entity_named(find.next_text());
  one.entity = find.next_text();
  one.level_max = static_cast<std::uint8_t>(find.next_number());
  one.window_us = find.next_number();
  one.until = find.next_number();
  one.taken_back = time_or_none(find.next_number());
  one.taken_back_by = find.next_text();
  one.taken_back_why = find.next_text();
  for (std::uint64_t* const count : {&one.hidden, &one.first_ones, &one.too_grave, &one.watched}) *count = static_cast<std::uint64_t>(find.next_number());
  one.first = time_or_none(find.next_number());
  one.last = time_or_none(find.next_number());
  one.hosts = static_cast<std::uint64_t>(find.next_number());
  return one;
}

std::string_view type_text(EntityType type) { return type == EntityType::kNone ? std::string_view() : entity_name(type); }

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

Error wrong(std::string message) { return Error{Code::kInvalid, std::move(message)}; }

}  // namespace

Status check_suppression(const Suppression& suppression, TimeUs now) {
  if (suppression.rule.empty() && suppression.type == EntityType::kNone) return wrong("say which rule, which entity, or both: what names neither would hide everything");
  if (suppression.type == EntityType::kNone && !suppression.entity.empty()) return wrong("an entity has a type: host, user, ip …");
  if (suppression.entity.empty() && suppression.type != EntityType::kNone && suppression.window_us == 0) return wrong("each entity of a type by itself is for windows; without one say which entity");
  if (suppression.entity.size() > kSuppressionEntityBytesMax) return wrong(fmt::format("the entity has {} bytes, {} are the most", suppression.entity.size(), kSuppressionEntityBytesMax));
  if (is_blank(suppression.reason)) return wrong("say why: whoever misses an alert in two months asks");
  if (is_blank(suppression.owner)) return wrong("say who answers for it");
  if (suppression.reason.size() > kSuppressionReasonBytesMax) return wrong(fmt::format("the reason has {} bytes, {} are the most", suppression.reason.size(), kSuppressionReasonBytesMax));
  if (suppression.owner.size() > kSuppressionOwnerBytesMax) return wrong(fmt::format("the owner has {} bytes, {} are the most", suppression.owner.size(), kSuppressionOwnerBytesMax));
  if (suppression.level_max >= kCriticalRank) return wrong("critical alerts always reach people; the gravest that can be suppressed are high");
  if (suppression.window_us < 0 || suppression.window_us > kSuppressionWindowMaxUs) return wrong(fmt::format("a window is from 1 to {} minutes", kSuppressionWindowMaxUs / kMinuteUs));
  if (suppression.until <= now) return wrong("it must end after now");
  if (suppression.until - now > kSuppressionAgeMaxUs) return wrong("it must end within 90 days; make it again then, if it is still noise");
  return {};
}

Result<std::vector<AlertEntity>> read_entities(State& state, std::string_view body) {
  // What is damaged is no reason to fail the stream: it has no entities, so that nothing about an entity covers it.
  State::Statement find(state,
                        "SELECT json_extract(value, '$.type'), json_extract(value, '$.value') FROM json_each(CASE WHEN json_valid(?1) THEN ?1 ELSE '{}' END, '$.entities')"
                        " WHERE type = 'object'");
  find.text(body);
  std::vector<AlertEntity> entities;
  while (TRY(find.row())) {
    AlertEntity& entity = entities.emplace_back();
    entity.type = entity_named(find.next_text());
    entity.value = find.next_text();
  }
  return entities;
}

Result<std::vector<AlertEntity>> Suppressions::entities(std::string_view body) {
  const std::lock_guard<std::mutex> lock(state_.mutex_);
  return read_entities(state_, body);
}

Status Suppressions::room_for_one(TimeUs now) {
  State::Statement count(state_, "SELECT count(*) FILTER (WHERE taken_back IS NULL AND until > ?), count(*) FROM suppressions");
  TRY(count.number(now).row());
  const std::int64_t in_force = count.next_number(), all = count.next_number();
  if (in_force >= static_cast<std::int64_t>(kSuppressionsInForceMax)) return Error{Code::kLimit, fmt::format("{} suppressions are in force, which is the most; take some back, or change the rules", in_force)};
  if (all >= kSuppressionsMax) return Error{Code::kLimit, fmt::format("{} suppressions were made, which is the most that are kept", all)};
  return {};
}

Result<std::int64_t> Suppressions::add(const Suppression& suppression, const Actor& by) {
  TRY(check_suppression(suppression, by.time));
  std::int64_t number = 0;
  const Status added = state_.change([&]() -> Status {
    TRY(room_for_one(by.time));
    State::Statement add(state_, "INSERT INTO suppressions (made, who, owner, reason, rule, type, entity, level_max, window, until) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    add.number(by.time).text(by.who).text(suppression.owner).text(suppression.reason).text(suppression.rule).text(type_text(suppression.type)).text(suppression.entity);
    TRY(add.number(suppression.level_max).number(suppression.window_us).number(suppression.until).run());
    number = sqlite3_last_insert_rowid(state_.database_);
    return Accounts(state_).add_line(by, "suppression.add", std::to_string(number), fmt::format("{}, until {}, owner {}", words_of(suppression), format_time(suppression.until), suppression.owner));
  });
  if (!added) return added.error();
  return number;
}

Status Suppressions::take_back(std::int64_t number, std::string_view why, const Actor& by) {
  if (why.size() > kSuppressionReasonBytesMax) return wrong(fmt::format("the reason has {} bytes, {} are the most", why.size(), kSuppressionReasonBytesMax));
  return state_.change([&]() -> Status {
    State::Statement find(state_, "SELECT taken_back IS NOT NULL, hidden FROM suppressions WHERE n = ?");
    if (!TRY(find.number(number).row())) return Error{Code::kNotFound, fmt::format("there is no suppression {} (`tocsin suppress list --all` shows them)", number)};
    if (find.next_number() != 0) return wrong(fmt::format("suppression {} was taken back already", number));
    const std::int64_t hidden = find.next_number();
    State::Statement take(state_, "UPDATE suppressions SET taken_back = ?, taken_back_by = ?, taken_back_why = ? WHERE n = ?");
    TRY(take.number(by.time).text(by.who).text(why).number(number).run());
    return Accounts(state_).add_line(by, "suppression.take_back", std::to_string(number), fmt::format("{} alerts reach people again", hidden));
  });
}

Result<std::vector<Suppression>> Suppressions::all() {
  const std::lock_guard<std::mutex> lock(state_.mutex_);
  State::Statement find(state_, fmt::format("SELECT {} FROM suppressions ORDER BY n", kColumns).c_str());
  std::vector<Suppression> suppressions;
  while (TRY(find.row())) suppressions.push_back(read_one(find));
  return suppressions;
}

Result<std::optional<Suppression>> Suppressions::one(std::int64_t number) {
  const std::lock_guard<std::mutex> lock(state_.mutex_);
  State::Statement find(state_, fmt::format("SELECT {} FROM suppressions WHERE n = ?", kColumns).c_str());
  if (!TRY(find.number(number).row())) return std::optional<Suppression>();
  return std::optional<Suppression>(read_one(find));
}

/// A suppression is taken back once, and nothing else makes alerts reach people that did not.
Result<std::int64_t> Suppressions::version() {
  const std::lock_guard<std::mutex> lock(state_.mutex_);
  State::Statement count(state_, "SELECT count(*) FROM suppressions WHERE taken_back IS NOT NULL");
  TRY(count.row());
  return count.next_number();
}

Status Suppressions::watch(std::vector<WatchedEntity> entities) {
  if (entities.size() > kWatchedEntitiesMax) entities = {{EntityType::kNone, "", INT64_MAX}};
  return state_.change([&]() -> Status {
    TRY(state_.execute("DELETE FROM watched_entities"));
    State::Statement add(state_, "INSERT INTO watched_entities VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET until = max(until, ?3)");
    for (const WatchedEntity& entity : entities) TRY(add.again().text(type_text(entity.type)).text(watch_key(entity.type, entity.value)).number(entity.until).run());
    return {};
  });
}

Result<std::vector<WatchedEntity>> Suppressions::watched() {
  const std::lock_guard<std::mutex> lock(state_.mutex_);
  State::Statement find(state_, "SELECT type, key, until FROM watched_entities ORDER BY type, key");
  std::vector<WatchedEntity> entities;
  while (TRY(find.row())) {
    WatchedEntity& entity = entities.emplace_back();
    entity.type = entity_named(find.next_text());
    entity.value = find.next_text();
    entity.until = find.next_number();
  }
  return entities;
}

Status Suppressions::promote(std::string_view rule, const Actor& by) {
  return state_.change([&]() -> Status {
    TRY(State::Statement(state_, "INSERT OR IGNORE INTO promoted_rules VALUES (?, ?, ?)").text(rule).text(by.who).number(by.time).run());
    if (sqlite3_changes(state_.database_) == 0) return wrong(fmt::format("rule {} was promoted already", rule));
    return Accounts(state_).add_line(by, "rule.promote", rule, "its alerts reach people from now on");
  });
}

Status Suppressions::demote(std::string_view rule, const Actor& by) {
  return state_.change([&]() -> Status {
    TRY(State::Statement(state_, "DELETE FROM promoted_rules WHERE rule = ?").text(rule).run());
    if (sqlite3_changes(state_.database_) == 0) return wrong(fmt::format("rule {} was not promoted", rule));
    return Accounts(state_).add_line(by, "rule.demote", rule, "back in shadow, if it is still loaded from there");
  });
}

Result<std::vector<PromotedRule>> Suppressions::promoted() {
  const std::lock_guard<std::mutex> lock(state_.mutex_);
  State::Statement find(state_, "SELECT rule, who, time FROM promoted_rules ORDER BY rule");
  std::vector<PromotedRule> rules;
  while (TRY(find.row())) {
    PromotedRule& rule = rules.emplace_back();
    rule.rule = find.next_text();
    rule.who = find.next_text();
    rule.time = find.next_number();
  }
  return rules;
}

Result<std::vector<ShadowCount>> Suppressions::shadow_counts(TimeUs since) {
  const std::lock_guard<std::mutex> lock(state_.mutex_);
  State::Statement find(state_, "SELECT rule_id, count(*), min(time), max(time) FROM hidden_alerts JOIN alerts ON alerts.id = hidden_alerts.id WHERE by < 0 AND time >= ? GROUP BY rule_id ORDER BY rule_id");
  find.number(since);
  std::vector<ShadowCount> counts;
  while (TRY(find.row())) {
    ShadowCount& count = counts.emplace_back();
    count.rule = find.next_text();
    count.alerts = static_cast<std::uint64_t>(find.next_number());
    count.first = find.next_number();
    count.last = find.next_number();
  }
  return counts;
}

}  // namespace tocsin
