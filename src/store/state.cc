#include "store/state.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include "store/accounts_tables.h"
#include "store/case_log_tables.h"
#include "store/run_tables.h"
#include "store/checksum_vfs.h"
#include "store/state_check.h"
#include "store/segment_changes_tables.h"
#include "store/state_statement.h"
#include "store/suppression_tables.h"

namespace tocsin {

namespace {

/// 2: segments. 3: hits of correlations. 4: checks of pages; runs, rule sets; users and what belongs to them; files that are followed.
/// 5: users of a provider. 6: pollers. 7: when alerts were made. 8: what people do to incidents. 9: canaries, what is usual of sources, a number in what people do, what hides alerts. 10: rules that were had, files of incidents. 11: what became of segments, runs of playbooks and which may change something.
constexpr int kFormat = 11;
constexpr int kBusyMs = 10'000;

/// When they were made nobody knows: they count from now on.
constexpr std::string_view kAlertsSince6 =
    "ALTER TABLE alerts ADD COLUMN made INTEGER NOT NULL DEFAULT 0;"
    "UPDATE alerts SET made = CAST(strftime('%s', 'now') AS INTEGER) * 1000000;";

constexpr std::string_view kHealthTables =
    "CREATE TABLE IF NOT EXISTS canaries (sequence INTEGER PRIMARY KEY, received INTEGER NOT NULL, found INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS habits (source TEXT PRIMARY KEY, packed BLOB NOT NULL);";

}  // namespace

Error State::trouble(const char* what) const {
  const int code = sqlite3_errcode(database_);
  // While SQLite reads the schema it forgets which error of reading it was.
  const bool is_damage = sqlite3_extended_errcode(database_) == SQLITE_IOERR_DATA || (code == SQLITE_IOERR && !damage_read(database_).empty());
  if (!is_damage && code != SQLITE_NOTADB && code != SQLITE_CORRUPT) {
    return Error{Code::kIo, fmt::format("{}: {}: {}", path_, what, sqlite3_errmsg(database_))};
  }
  return Error{Code::kInvalid, fmt::format("{}: {}; stop the service and restore the file from a backup (`tocsin verify` names all that is damaged)", path_,
                                           is_damage ? damage_read(database_) : sqlite3_errmsg(database_))};
}

Status State::execute(const char* sql) {
  if (sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) return trouble("cannot be read or written");
  return {};
}

Result<std::unique_ptr<State>> State::open(const std::string& path, IfMissing if_missing, IfOlder if_older) {
  sqlite3* database = nullptr;
  const int make = if_missing == IfMissing::kMake ? SQLITE_OPEN_CREATE : 0;
  const int code = sqlite3_open_v2(path.c_str(), &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX | make, checksum_vfs());
  std::unique_ptr<State> state(new State(database));
  state->path_ = path;
  if (code == SQLITE_CANTOPEN && make == 0) {
    return Error{Code::kNotFound, path + ": cannot be opened; is this the data folder of a service that has run?"};
  }
  if (code != SQLITE_OK) return state->trouble("cannot be opened");
  sqlite3_busy_timeout(database, kBusyMs);
  TRY(state->prepare(if_missing, if_older));
  return state;
}

State::~State() { sqlite3_close(database_); }

/// kInvalid if it is a newer one.
Result<std::int64_t> State::format() {
  std::int64_t format = 0;
  Statement statement(*this, "PRAGMA user_version");
  if (TRY(statement.row())) format = statement.next_number();
  if (format <= kFormat) return format;
  return Error{Code::kInvalid, fmt::format("{}: is of format {}, this program knows up to {}; use a newer one", path_, format, kFormat)};
}

/// Who only looks leaves the log as it is.
Status State::prepare(IfMissing if_missing, IfOlder if_older) {
  if (if_missing == IfMissing::kFail) sqlite3_db_config(database_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  // What is deleted is written over, so that every page of the file has been written and has its check.
  TRY(execute("PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF; PRAGMA secure_delete=ON"));
  std::int64_t format = 0;
  bool is_new = false;
  {
    Statement statement(*this, "SELECT user_version, (SELECT count(*) FROM sqlite_schema) FROM pragma_user_version");
    if (TRY(statement.row())) format = statement.next_number(), is_new = statement.next_number() == 0;
  }
  if (format == kFormat) return if_missing == IfMissing::kMake ? execute("PRAGMA journal_mode=WAL") : Status();  // a backup's copy is in none
  if (format > kFormat) {
    return Error{Code::kInvalid, fmt::format("{}: is of format {}, this program knows up to {}; use a newer one", path_, format, kFormat)};
  }
  if (is_new && if_missing == IfMissing::kFail) return Error{Code::kNotFound, path_ + ": is empty; is this the data folder of a service that has run?"};
  if (!is_new && if_older == IfOlder::kRefuse) {
    return Error{Code::kInvalid, fmt::format("{}: is of format {}, this program works with {}; `tocsin serve` brings it there when it starts", path_, format, kFormat)};
  }
  const bool has_checks = has_page_checks(database_);
  reserve_page_checks(database_);
  TRY(execute("PRAGMA journal_mode=WAL"));
  if (!is_new && !has_checks) TRY(execute("VACUUM"));
  return make_tables();
}

Status State::make_tables() {
  const auto finds = [&](const char* sql) -> Result<bool> { return Statement(*this, sql).row(); };
  const bool has_older_users = TRY(finds(kUsersOfFormat4));
  const bool has_older_alerts = TRY(finds("SELECT 1 FROM sqlite_schema WHERE name = 'alerts' AND sql NOT LIKE '% made %'"));
  const bool has_segment_changes = TRY(finds("SELECT 1 FROM sqlite_schema WHERE name = 'segment_changes'"));
  const bool has_older_acts = TRY(finds(kCaseActsOfFormat8.data())), has_acts_without_files = TRY(finds(kCaseActsOfFormat9.data()));
  const std::string tables =
      "BEGIN IMMEDIATE;"
      "CREATE TABLE IF NOT EXISTS stream (one INTEGER PRIMARY KEY CHECK (one = 1), position INTEGER NOT NULL);"
      "INSERT OR IGNORE INTO stream VALUES (1, 0);"
      "CREATE TABLE IF NOT EXISTS alerts (id TEXT PRIMARY KEY, sequence INTEGER NOT NULL, time INTEGER NOT NULL, rule_id TEXT NOT NULL,"
      " title TEXT NOT NULL, level TEXT NOT NULL, level_rank INTEGER NOT NULL, body TEXT NOT NULL, made INTEGER NOT NULL DEFAULT 0);"
      "CREATE INDEX IF NOT EXISTS alerts_by_time ON alerts (time);"
      "CREATE TABLE IF NOT EXISTS sources (name TEXT PRIMARY KEY, parse_failures INTEGER NOT NULL, last_seen INTEGER NOT NULL);"
      "CREATE TABLE IF NOT EXISTS senders (name TEXT PRIMARY KEY, input TEXT NOT NULL, token_digest BLOB NOT NULL, added INTEGER NOT NULL);"
      "CREATE TABLE IF NOT EXISTS segments (file TEXT PRIMARY KEY, first_sequence INTEGER NOT NULL, last_sequence INTEGER NOT NULL,"
      " rows INTEGER NOT NULL, raw_bytes INTEGER NOT NULL, bytes INTEGER NOT NULL, first_time INTEGER NOT NULL, last_time INTEGER NOT NULL,"
      " first_received INTEGER NOT NULL, last_received INTEGER NOT NULL, sha256 BLOB NOT NULL);"
      "CREATE TABLE IF NOT EXISTS stored (one INTEGER PRIMARY KEY CHECK (one = 1), position INTEGER NOT NULL);"
      "INSERT OR IGNORE INTO stored VALUES (1, 0);"
      "CREATE TABLE IF NOT EXISTS hits (n INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, seen INTEGER NOT NULL, packed BLOB NOT NULL);"
      "CREATE INDEX IF NOT EXISTS hits_by_time ON hits (time);"
      "CREATE TABLE IF NOT EXISTS runs (n INTEGER PRIMARY KEY AUTOINCREMENT, started INTEGER NOT NULL, stopped INTEGER);"
      "CREATE TABLE IF NOT EXISTS rule_sets (n INTEGER PRIMARY KEY AUTOINCREMENT, from_sequence INTEGER NOT NULL, since INTEGER NOT NULL,"
      " rules INTEGER NOT NULL, correlations INTEGER NOT NULL, files INTEGER NOT NULL, sha256 TEXT NOT NULL, paths TEXT NOT NULL);"
      "CREATE TABLE IF NOT EXISTS files (log INTEGER PRIMARY KEY, seen INTEGER NOT NULL, mark BLOB NOT NULL);"
      "CREATE TABLE IF NOT EXISTS pollers (name TEXT PRIMARY KEY, seen INTEGER NOT NULL, mark BLOB NOT NULL);"
      "CREATE TABLE IF NOT EXISTS poll_ids (poller TEXT NOT NULL, id BLOB NOT NULL, time INTEGER NOT NULL, PRIMARY KEY (poller, id)) WITHOUT ROWID;"
      "CREATE INDEX IF NOT EXISTS poll_ids_by_time ON poll_ids (poller, time);" +
      std::string(has_older_alerts ? kAlertsSince6 : "") + std::string(kAccountsTables) + std::string(has_older_users ? kUsersSince4 : "") + std::string(kAccountsIndexes) + std::string(kCaseTables) + std::string(kRunTables) + std::string(has_older_acts ? kCaseActsSince9 : "") + std::string(has_acts_without_files ? kCaseActsSince10 : "") + std::string(kHealthTables) + std::string(kSuppressionTables) + std::string(kSegmentChangesTable) + std::string(has_segment_changes ? "" : kSegmentChangesSince11) + fmt::format("PRAGMA user_version={}; COMMIT", kFormat);
  return execute(tables.c_str());
}

Result<std::uint64_t> State::position() {
  const std::lock_guard<std::mutex> lock(mutex_);
  Statement statement(*this, "SELECT position FROM stream");
  if (!TRY(statement.row())) return Error{Code::kInvalid, path_ + ": has no position of the stream"};
  return static_cast<std::uint64_t>(statement.next_number());
}

Status State::apply(const StreamStep& step) {
  return change([&]() -> Status {
    TRY(keep_alerts(step));
    Statement see(*this, "INSERT OR REPLACE INTO sources VALUES (?, ?, ?)");
    for (const SourceSeen& source : step.sources) {
      TRY(see.again().text(source.name).number(static_cast<std::int64_t>(source.parse_failures)).number(source.last_seen).run());
    }
    TRY(keep_hits(step));
    if (step.rule_set) TRY(keep_rule_set(*step.rule_set));
    TRY(keep_files(step));
    TRY(keep_polls(step));
    TRY(keep_canaries(step));
    return Statement(*this, "UPDATE stream SET position = ?").number(static_cast<std::int64_t>(step.position)).run();
  });
}

Result<std::vector<std::string>> State::check(Env& env) {
  const std::lock_guard<std::mutex> lock(mutex_);
  TRY(execute("BEGIN IMMEDIATE"));
  Result<std::vector<std::string>> mistakes = state_damage(env, path_);
  if (mistakes && mistakes->empty()) {
    Statement statement(*this, "PRAGMA integrity_check");
    Result<bool> more = statement.row();
    for (; more && *more; more = statement.row()) {
      if (std::string mistake = statement.next_text(); mistake != "ok") mistakes->push_back(path_ + ": " + mistake);
    }
    if (!more) mistakes = more.error();
  }
  (void)execute("ROLLBACK");
  return mistakes;
}

Status State::keep_hits(const StreamStep& step) {
  if (step.hits.empty()) return {};
  Statement keep(*this, "INSERT INTO hits (time, seen, packed) VALUES (?, ?, ?)");
  for (const StoredHit& hit : step.hits) TRY(keep.again().number(hit.time).number(hit.seen).blob(hit.packed).run());
  TRY(Statement(*this, "DELETE FROM hits WHERE n <= (SELECT max(n) FROM hits) - ?").number(kStoredHitsMax).run());
  if (step.hits_needed_from == kNoTime) return {};
  return Statement(*this, "DELETE FROM hits WHERE time < ?").number(step.hits_needed_from).run();
}

Status State::keep_files(const StreamStep& step) {
  Statement keep(*this, "INSERT OR REPLACE INTO files VALUES (?, ?, ?)");
  for (const StoredFileMark& file : step.files) {
    TRY(keep.again().number(static_cast<std::int64_t>(file.log)).number(file.seen).blob(file.mark).run());
  }
  return {};
}

Result<std::vector<StoredFileMark>> State::file_marks() {
  const std::lock_guard<std::mutex> lock(mutex_);
  Statement statement(*this, "SELECT log, seen, mark FROM files ORDER BY log");
  std::vector<StoredFileMark> files;
  while (TRY(statement.row())) {
    StoredFileMark& file = files.emplace_back();
    file.log = static_cast<std::uint64_t>(statement.next_number());
    file.seen = statement.next_number();
    file.mark = statement.next_text();
  }
  return files;
}

Status State::see_files(std::span<const std::uint64_t> logs, TimeUs now) {
  return change([&]() -> Status {
    Statement see(*this, "UPDATE files SET seen = ? WHERE log = ?");
    for (const std::uint64_t log : logs) TRY(see.again().number(now).number(static_cast<std::int64_t>(log)).run());
    return {};
  });
}

Status State::forget_file(std::uint64_t log) {
  const std::lock_guard<std::mutex> lock(mutex_);
  return Statement(*this, "DELETE FROM files WHERE log = ?").number(static_cast<std::int64_t>(log)).run();
}

Result<std::vector<StoredHit>> State::hits() {
  const std::lock_guard<std::mutex> lock(mutex_);
  Statement statement(*this, "SELECT time, seen, packed FROM hits ORDER BY n");
  std::vector<StoredHit> hits;
  while (TRY(statement.row())) {
    StoredHit& hit = hits.emplace_back();
    hit.time = statement.next_number();
    hit.seen = statement.next_number();
    hit.packed = statement.next_text();
  }
  return hits;
}

Result<State::Stored> State::stored() {
  const std::lock_guard<std::mutex> lock(mutex_);
  // One statement, so that the position is that of these segments whatever the service does meanwhile.
  Statement statement(*this,
                      "SELECT position, file, first_sequence, last_sequence, rows, raw_bytes, bytes, first_time, last_time, first_received,"
                      " last_received, sha256 FROM stored LEFT JOIN segments ORDER BY first_sequence");
  Stored stored;
  while (TRY(statement.row())) {
    stored.position = static_cast<std::uint64_t>(statement.next_number());
    store::Segment segment;
    segment.file = statement.next_text();
    for (std::uint64_t* const number : {&segment.first_sequence, &segment.last_sequence, &segment.rows, &segment.raw_bytes, &segment.bytes}) {
      *number = static_cast<std::uint64_t>(statement.next_number());
    }
    for (TimeUs* const time : {&segment.first_time, &segment.last_time, &segment.first_received, &segment.last_received}) {
      *time = statement.next_number();
    }
    segment.sha256 = statement.next_text();
    if (!segment.file.empty()) stored.segments.push_back(std::move(segment));
  }
  return stored;
}

Result<std::vector<SourceSeen>> State::sources() {
  const std::lock_guard<std::mutex> lock(mutex_);
  Statement statement(*this, "SELECT name, parse_failures, last_seen FROM sources ORDER BY name");
  std::vector<SourceSeen> sources;
  while (TRY(statement.row())) {
    SourceSeen& source = sources.emplace_back();
    source.name = statement.next_text();
    source.parse_failures = static_cast<std::uint64_t>(statement.next_number());
    source.last_seen = statement.next_number();
  }
  return sources;
}

Status State::add_sender(const SenderRecord& sender) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Statement find(*this, "SELECT 1 FROM senders WHERE name = ?");
  if (TRY(find.text(sender.name).row())) {
    return Error{Code::kInvalid, fmt::format("there is a sender named '{}'; remove it first, or choose another name", sender.name)};
  }
  Statement add(*this, "INSERT INTO senders VALUES (?, ?, ?, ?)");
  return add.text(sender.name).text(sender.input).text(sender.token_digest).number(sender.added).run();
}

Result<bool> State::remove_sender(std::string_view name) {
  const std::lock_guard<std::mutex> lock(mutex_);
  TRY(Statement(*this, "DELETE FROM senders WHERE name = ?").text(name).run());
  return sqlite3_changes(database_) > 0;
}

Result<std::vector<SenderRecord>> State::senders() {
  const std::lock_guard<std::mutex> lock(mutex_);
  Statement statement(*this, "SELECT name, input, token_digest, added FROM senders ORDER BY name");
  std::vector<SenderRecord> senders;
  while (TRY(statement.row())) {
    SenderRecord& sender = senders.emplace_back();
    sender.name = statement.next_text();
    sender.input = statement.next_text();
    sender.token_digest = statement.next_text();
    sender.added = statement.next_number();
  }
  return senders;
}

}  // namespace tocsin
