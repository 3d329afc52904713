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

/// How far a followed log was read, as the journal says it.
struct StoredFileMark {
  std::uint64_t log = 0;
  TimeUs seen = kNoTime;  // when it was there last
  std::string mark;       // packed: collect/file_mark.h
};

/// What the stream found since its last step.
struct StreamStep {
  std::span<const StoredAlert> alerts;
  std::span<const SourceSeen> sources;
  std::span<const StoredHit> hits;
  std::span<const StoredFileMark> files = {};  // in place of what is known of these logs
  TimeUs hits_needed_from = kNoTime;  // those of an earlier time go; kNoTime: none does
  std::uint64_t position = 0;
};

/// Hits that are kept; beyond, the oldest go. Each takes a few hundred bytes.
inline constexpr std::int64_t kStoredHitsMax = 500'000;

class State {
 public:
  /// A file that is not there is made, or is kNotFound.
  enum class IfMissing : std::uint8_t { kMake, kFail };
  static Result<std::unique_ptr<State>> open(const std::string& path, IfMissing if_missing);
  ~State();

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

  /// kInvalid if there is one of that name.
  Status add_sender(const SenderRecord& sender);
  Result<bool> remove_sender(std::string_view name);
  Result<std::vector<SenderRecord>> senders();

 private:
  explicit State(sqlite3* database) : database_(database) {}
  Status prepare_tables();
  Status add_segment(const store::Segment& segment);
  Status keep_hits(const StreamStep& step);
  Status keep_files(const StreamStep& step);
  Status execute(const char* sql);
  Error trouble(const char* what) const;
  class Statement;

  std::mutex mutex_;
  sqlite3* database_;
  std::string path_;
};

}  // namespace tocsin
