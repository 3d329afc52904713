// What the state remembers of the service itself: when it ran, and which rules were in force from which record on. And copies of the state, which a backup
// holds.
#include <fmt/format.h>

#include "store/state_statement.h"

namespace tocsin {

namespace {

/// As a part of a URI: whatever could mean something there is written as its number.
std::string escaped_path(std::string_view path) {
  constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/-_.~";
  std::string text;
  for (const char c : path) {
    if (kPlain.find(c) != std::string_view::npos) {
      text += c;
    } else {
      text += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return text;
}

}  // namespace

Result<std::unique_ptr<State>> State::open_to_read(const std::string& path) {
  sqlite3* database = nullptr;
  const std::string uri = "file:" + escaped_path(path) + "?immutable=1";
  const int code = sqlite3_open_v2(uri.c_str(), &database, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_FULLMUTEX, nullptr);
  std::unique_ptr<State> state(new State(database));
  state->path_ = path;
  if (code != SQLITE_OK) return state->trouble("cannot be opened");
  TRY(state->execute("PRAGMA trusted_schema=OFF"));
  TRY(state->format());
  return state;
}

Status State::copy_to(const std::string& path) {
  const std::lock_guard<std::mutex> lock(mutex_);
  return Statement(*this, "VACUUM INTO ?").text(path).run();
}

Status State::keep_rule_set(const RuleSetFacts& rule_set) {
  Statement keep(*this, "INSERT INTO rule_sets (from_sequence, since, rules, correlations, files, sha256, paths) VALUES (?, ?, ?, ?, ?, ?, ?)");
  keep.number(static_cast<std::int64_t>(rule_set.from)).number(rule_set.since);
  for (const std::uint64_t number : {rule_set.rules, rule_set.correlations, rule_set.files}) keep.number(static_cast<std::int64_t>(number));
  TRY(keep.text(rule_set.sha256).text(rule_set.paths).run());
  return Statement(*this, "DELETE FROM rule_sets WHERE n <= (SELECT max(n) FROM rule_sets) - ?").number(kStoredRunsMax).run();
}

Result<std::vector<RuleSetFacts>> State::rule_sets(std::size_t limit) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Statement find(*this, "SELECT from_sequence, since, rules, correlations, files, sha256, paths FROM rule_sets ORDER BY n DESC LIMIT ?");
  find.number(static_cast<std::int64_t>(limit));
  std::vector<RuleSetFacts> sets;
  while (TRY(find.row())) {
    RuleSetFacts& set = sets.emplace_back();
    set.from = static_cast<std::uint64_t>(find.next_number());
    set.since = find.next_number();
    for (std::uint64_t* const number : {&set.rules, &set.correlations, &set.files}) *number = static_cast<std::uint64_t>(find.next_number());
    set.sha256 = find.next_text();
    set.paths = find.next_text();
  }
  return sets;
}

Status State::begin_run(TimeUs now) {
  const std::lock_guard<std::mutex> lock(mutex_);
  TRY(Statement(*this, "INSERT INTO runs (started) VALUES (?)").number(now).run());
  return Statement(*this, "DELETE FROM runs WHERE n <= (SELECT max(n) FROM runs) - ?").number(kStoredRunsMax).run();
}

Status State::end_run(TimeUs now) {
  const std::lock_guard<std::mutex> lock(mutex_);
  return Statement(*this, "UPDATE runs SET stopped = ? WHERE n = (SELECT max(n) FROM runs)").number(now).run();
}

Result<std::vector<ServiceRun>> State::runs(std::size_t limit) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Statement find(*this, "SELECT started, stopped IS NULL, stopped FROM runs ORDER BY n DESC LIMIT ?");
  find.number(static_cast<std::int64_t>(limit));
  std::vector<ServiceRun> runs;
  while (TRY(find.row())) {
    ServiceRun& run = runs.emplace_back();
    run.started = find.next_number();
    const bool open = find.next_number() != 0;
    const TimeUs stopped = find.next_number();
    if (!open) run.stopped = stopped;
  }
  return runs;
}

}  // namespace tocsin
