// What the service knows beside the records: how far the stream has come, the alerts, who may send. SQLite (WAL, synchronous=FULL): a
// call that succeeded survives a loss of power. Alerts and the place in the journal they come from are written in one transaction,
// so after a crash an alert is neither lost nor made twice.
//
// Every page has a check, and so has the log (checksum_vfs.h): a damaged byte is an error that says which page and what to do, never an answer.
//
// Safe from any thread (one at a time inside). Several processes may have it open; only the service writes alerts, and only it makes a new format of an
// old one. Fails with kIo, or kInvalid if the file is damaged, none of ours or of another format.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/env.h"
#include "base/result.h"
#include "base/time.h"
#include "event/reach.h"
#include "store/segment.h"

struct sqlite3;
struct sqlite3_stmt;

namespace tocsin {

struct AlertEntity;

/// As it is stored: what lists and filters need, and the whole alert as `tocsin.alert/1`.
struct StoredAlert {
  std::string id;
  std::uint64_t sequence = 0;  // of its event in the journal
  TimeUs time = kNoTime;
  std::string rule_id, title, level;
  std::string body;            // JSON, one line
  std::int64_t number = 0;     // in the order in which they were added, from 1; as it is read
  /// The suppression that keeps it from people, kHiddenByShadow or kHiddenByNone (event/reach.h). To be added: kHiddenByShadow if its rule is in shadow, else kHiddenByNone.
  std::int64_t hidden_by = 0;
};

/// Of level `level_min` (0 informational to 4 critical) or above and not before `since`; behind the one named by `before_…`, if there is one.
struct AlertsWanted {
  std::size_t limit = 100;
  int level_min = 0;
  TimeUs since = kNoTime;
  TimeUs before_time = kNoTime;
  std::string before_id = {};
  WhichAlerts which = WhichAlerts::kReaching;
};

/// Alerts that are kept; each takes some 3 KB. Nobody reads so many, and a rule that fires on everything must not fill the disk.
inline constexpr std::int64_t kStoredAlertsMax = 5'000'000;

struct AlertsKept {
  std::int64_t age_us = 0;  // since they were made; 0: for ever
  std::int64_t most = kStoredAlertsMax;
};

struct SenderRecord {
  std::string name, input;
  std::string token_digest;  // SHA-256 of the token, or of the certificate
  TimeUs added = 0;
};

/// What the stream saw of a source.
struct SourceSeen {
  std::string name;
  std::uint64_t parse_failures = 0;
  TimeUs last_seen = kNoTime;  // when its last record was received
  std::optional<TimeUs> skew = {};  // of its clock (pipeline/clock_skew.h); not written down
};

/// A match that correlations ask for, as the stream wrote it down.
struct StoredHit {
  TimeUs time = kNoTime;  // of its event
  TimeUs seen = kNoTime;  // the latest time of an event before it came
  std::string packed;     // pipeline/stream_correlations.cc
};

/// Rules that the stream asks, from a record on.
struct RuleSetFacts {
  std::uint64_t from = 0;    // the first record that was asked by these
  TimeUs since = kNoTime;
  std::uint64_t rules = 0, correlations = 0, files = 0;
  std::string sha256;        // of all their texts, in hexadecimal
  std::string paths;         // as the settings name them: "builtin, /etc/tocsin/rules"
};

/// One life of the service.
struct ServiceRun {
  TimeUs started = kNoTime;
  TimeUs stopped = kNoTime;  // gracefully; kNoTime: it runs, or was killed
};

/// How far a followed log was read, as the journal says it.
struct StoredFileMark {
  std::uint64_t log = 0;
  TimeUs seen = kNoTime;  // when it was there last
  std::string mark;       // packed: collect/file_mark.h
};

/// How far a poller has come, as the journal says it.
struct StoredPollMark {
  std::string name;
  TimeUs seen = kNoTime;           // when its last record was received
  std::string mark;                // packed, without ids: collect/poll_mark.h
  TimeUs forget_before = kNoTime;  // ids that are older go
  std::vector<std::pair<std::array<char, 16>, TimeUs>> ids;  // of events that it has taken; from poll_marks(): all that are remembered
};

/// A canary that the rules found (pipeline/canary_book.h).
struct StoredCanary {
  std::uint64_t sequence = 0;  // of its record
  TimeUs received = kNoTime;
  TimeUs found = kNoTime;
};

/// What is usual of a source, as it is packed (baseline/source_habit.h).
struct StoredHabit {
  std::string source;
  std::string packed;
};

/// What the stream found since its last step.
struct StreamStep {
  std::span<const StoredAlert> alerts;
  std::span<const SourceSeen> sources;
  std::span<const StoredHit> hits;
  std::span<const StoredFileMark> files = {};  // in place of what is known of these logs
  std::span<const StoredPollMark> polls = {};  // in the order of the journal
  std::span<const StoredCanary> canaries = {};
  TimeUs hits_needed_from = kNoTime;  // those of an earlier time go; kNoTime: none does
  std::uint64_t position = 0;
  TimeUs now = 0;  // when its alerts were made
  const RuleSetFacts* rule_set = nullptr;  // that is asked from `position` on; nullptr: as before
};

/// Hits that are kept; beyond, the oldest go. Each takes a few hundred bytes.
inline constexpr std::int64_t kStoredHitsMax = 500'000;

/// In one transaction, 3 MB of them: others wait for it.
inline constexpr std::int64_t kAlertsExpiredAtOnce = 1'000;

/// Of lives of the service and of rule sets that were in force, so many are remembered: the last of them are what anybody asks for.
inline constexpr std::int64_t kStoredRunsMax = 1'000;

/// Canaries that are remembered: a week of them at one in ten minutes.
inline constexpr std::int64_t kStoredCanariesMax = 1'000;

class State {
 public:
  /// A file that is not there is made, or is kNotFound.
  enum class IfMissing : std::uint8_t { kMake, kFail };
  /// One of an older format is brought to this one, which nobody else may have open then; or is refused.
  enum class IfOlder : std::uint8_t { kRefuse, kUpgrade };
  static Result<std::unique_ptr<State>> open(const std::string& path, IfMissing if_missing, IfOlder if_older = IfOlder::kRefuse);
  /// A file that nobody writes, a backup's: it is not changed, and nothing is put beside it.
  static Result<std::unique_ptr<State>> open_to_read(const std::string& path);
  ~State();

  /// A whole copy of this moment in a new file, safe on the disk.
  Status copy_to(const std::string& path);

  /// The record with which the stream goes on.
  Result<std::uint64_t> position();
  /// Adds the alerts (one that is there stays) and hits, replaces what is known of these sources, and moves the position. All or nothing.
  Status apply(const StreamStep& step);
  /// In the order in which they were added.
  Result<std::vector<StoredHit>> hits();
  Result<std::vector<SourceSeen>> sources();
  Result<std::vector<StoredFileMark>> file_marks();
  /// That these logs are there now.
  Status see_files(std::span<const std::uint64_t> logs, TimeUs now);
  Status forget_file(std::uint64_t log);
  Result<std::vector<StoredPollMark>> poll_marks();
  /// For a poller that has none yet.
  Status begin_poller(const std::string& name, std::string_view mark, TimeUs now);

  /// What is damaged in its files, and what SQLite finds wrong in them; nothing if all is well. Reads all of it; nobody writes meanwhile.
  Result<std::vector<std::string>> check(Env& env);

  /// What of the journal is stored in segments: all below `position`, in these, in the order of their first record.
  struct Stored {
    std::uint64_t position = 0;
    std::vector<store::Segment> segments;
  };
  Result<Stored> stored();
  /// Adds segments and moves the position, and notes it for the audit log. All or nothing.
  Status store(std::span<const store::Segment> segments, std::uint64_t position);
  /// The same of one, or none.
  Status store(const std::optional<store::Segment>& segment, std::uint64_t position) {
    return store(std::span<const store::Segment>(segment ? &*segment : nullptr, segment ? 1 : 0), position);
  }
  /// Takes segments out of the catalogue and, if there is one, puts the one made of them in their place, and notes it for the audit log. All or nothing.
  Status replace(std::span<const store::Segment> gone, const std::optional<store::Segment>& whole);

  /// Newest first; those of one time by their id.
  Result<std::vector<StoredAlert>> alerts(const AlertsWanted& wanted);
  /// In the order in which they were added, those behind the one of this number.
  Result<std::vector<StoredAlert>> alerts_added_after(std::int64_t number, std::size_t limit, int level_min, WhichAlerts which = WhichAlerts::kReaching);
  /// 0: there is none.
  Result<std::int64_t> last_alert_number();
  /// By its id, or the beginning of it, as far as a list shows it; kInvalid if several begin so.
  Result<std::optional<StoredAlert>> alert(std::string_view id);
  Result<std::uint64_t> alert_count();
  /// How many of those wanted (level and time) reach nobody.
  Result<HiddenAlerts> hidden_alerts(const AlertsWanted& wanted);
  /// Deletes of the oldest what is too old or too much, some at once; whether there may be more.
  Result<bool> expire_alerts(const AlertsKept& kept, TimeUs now);

  /// Newest first.
  Result<std::vector<RuleSetFacts>> rule_sets(std::size_t limit);
  /// A service begins, or ends gracefully.
  Status begin_run(TimeUs now);
  Status end_run(TimeUs now);
  /// Newest first.
  Result<std::vector<ServiceRun>> runs(std::size_t limit);

  /// Newest first.
  Result<std::vector<StoredCanary>> canaries(std::size_t limit);
  /// In the order of their sources.
  Result<std::vector<StoredHabit>> habits();
  /// In place of all that are known. All or nothing.
  Status keep_habits(std::span<const StoredHabit> habits);

  /// kInvalid if there is one of that name.
  Status add_sender(const SenderRecord& sender);
  Result<bool> remove_sender(std::string_view name);
  Result<std::vector<SenderRecord>> senders();

 private:
  explicit State(sqlite3* database) : database_(database) {}
  Status prepare(IfMissing if_missing, IfOlder if_older);
  Status make_tables();
  Result<std::int64_t> format();
  Status add_segment(const store::Segment& segment);
  Status note_segment(const char* what, const store::Segment& segment, std::string_view detail);
  Status keep_alerts(const StreamStep& step);
  Status keep_hits(const StreamStep& step);
  Status keep_rule_set(const RuleSetFacts& rule_set);
  Status keep_files(const StreamStep& step);
  Status keep_polls(const StreamStep& step);
  Status keep_canaries(const StreamStep& step);
  Status execute(const char* sql);
  /// `what`, a call that gives a Status, in one transaction that holds the mutex: all of it is written or, where it fails, nothing (state_statement.h).
  template <class Change>
  Status change(Change&& what);
  Error trouble(const char* what) const;
  class Statement;
  friend class Accounts;
  friend class CaseLog;
  friend class RunArchive;
  friend class PlaybookTrust;
  friend class Suppressions;
  friend class RuleTrials;
  friend class AlertReach;
  friend class AuditOutbox;
  friend Result<std::vector<AlertEntity>> read_entities(State& state, std::string_view body);

  std::mutex mutex_;
  sqlite3* database_;
  std::string path_;
};

}  // namespace tocsin
