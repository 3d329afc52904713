// What the service knows beside the records: how far the stream has come, the alerts, who may send. SQLite (WAL, synchronous=FULL): a
// call that succeeded survives a loss of power. Alerts and the place in the journal they come from are written in one transaction,
// so after a crash an alert is neither lost nor made twice.
//
// Safe from any thread (one at a time inside). Several processes may have it open; only the service writes alerts. Fails with
// kIo, or kInvalid if the file is none of ours or of a newer format.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "store/segment.h"

struct sqlite3;
struct sqlite3_stmt;

namespace tocsin {

/// As it is stored: what lists and filters need, and the whole alert as `tocsin.alert/1`.
struct StoredAlert {
  std::string id;
  std::uint64_t sequence = 0;  // of its event in the journal
  TimeUs time = kNoTime;
  std::string rule_id, title, level;
  std::string body;            // JSON, one line
};

struct SenderRecord {
  std::string name, input;
  std::string token_digest;  // SHA-256 of the token
  TimeUs added = 0;
};

/// What the stream saw of a source.
struct SourceSeen {
  std::string name;
  std::uint64_t parse_failures = 0;
  TimeUs last_seen = kNoTime;  // when its last record was received
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

/// What the stream found since its last step.
struct StreamStep {
  std::span<const StoredAlert> alerts;
  std::span<const SourceSeen> sources;
  std::span<const StoredHit> hits;
  TimeUs hits_needed_from = kNoTime;  // those of an earlier time go; kNoTime: none does
  std::uint64_t position = 0;
  const RuleSetFacts* rule_set = nullptr;  // that is asked from `position` on; nullptr: as before
};

/// Hits that are kept; beyond, the oldest go. Each takes a few hundred bytes.
inline constexpr std::int64_t kStoredHitsMax = 500'000;

/// Of lives of the service and of rule sets that were in force, so many are remembered: the last of them are what anybody asks for.
inline constexpr std::int64_t kStoredRunsMax = 1'000;

class State {
 public:
  /// A file that is not there is made, or is kNotFound.
  enum class IfMissing : std::uint8_t { kMake, kFail };
  static Result<std::unique_ptr<State>> open(const std::string& path, IfMissing if_missing);
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

  /// What SQLite finds wrong in the file, and numbers that cannot be; nothing if all is well. Reads all of it.
  Result<std::vector<std::string>> check();

  /// What of the journal is stored in segments: all below `position`, in these, in the order of their first record.
  struct Stored {
    std::uint64_t position = 0;
    std::vector<store::Segment> segments;
  };
  Result<Stored> stored();
  /// Adds a segment, if there is one, and moves the position. All or nothing.
  Status store(const std::optional<store::Segment>& segment, std::uint64_t position);
  /// Takes segments out of the catalogue and, if there is one, puts the one made of them in their place. All or nothing.
  Status replace(std::span<const store::Segment> gone, const std::optional<store::Segment>& whole);

  /// Newest first, at most `limit`, of level `level_min` or above (0 informational to 4 critical).
  Result<std::vector<StoredAlert>> alerts(std::size_t limit, int level_min);
  /// By its id, or the beginning of it, as far as a list shows it; kInvalid if several begin so.
  Result<std::optional<StoredAlert>> alert(std::string_view id);
  Result<std::uint64_t> alert_count();

  /// Newest first.
  Result<std::vector<RuleSetFacts>> rule_sets(std::size_t limit);
  /// A service begins, or ends gracefully.
  Status begin_run(TimeUs now);
  Status end_run(TimeUs now);
  /// Newest first.
  Result<std::vector<ServiceRun>> runs(std::size_t limit);

  /// kInvalid if there is one of that name.
  Status add_sender(const SenderRecord& sender);
  Result<bool> remove_sender(std::string_view name);
  Result<std::vector<SenderRecord>> senders();

 private:
  explicit State(sqlite3* database) : database_(database) {}
  Status prepare_tables();
  Result<std::int64_t> format();
  Status add_segment(const store::Segment& segment);
  Status keep_hits(const StreamStep& step);
  Status keep_rule_set(const RuleSetFacts& rule_set);
  Status execute(const char* sql);
  Error trouble(const char* what) const;
  class Statement;

  std::mutex mutex_;
  sqlite3* database_;
  std::string path_;
};

}  // namespace tocsin
