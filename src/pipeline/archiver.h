// From the journal to segments. One thread stores what has come in, stretch by stretch, makes one of many small segments, deletes the old, and lets the
// journal go where both the store and the stream of detection are behind it. Nothing is deleted while a search is reading. What is not stored yet is found in the journal by searches, so there is no hurry: a segment is written when there is
// enough for one, or the oldest record has waited long. A disk that fails is told by snapshot(), and tried again.
//
// Needs DuckDB (store/duck_api.h); without it nothing is stored and the journal is kept.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/env.h"
#include "pipeline/journal_intake.h"
#include "pipeline/journal_rows.h"
#include "pipeline/protection.h"
#include "pipeline/record_reader.h"
#include "store/data_folder.h"
#include "store/segment_upkeep.h"
#include "store/segment_writer.h"
#include "store/state.h"

namespace tocsin {

struct ArchiverLimits {
  /// Longer than this nothing waits, however little there is.
  std::chrono::nanoseconds wait_most{0};
  store::KeepLimits keep;
  AlertsKept alerts = {};
};

class Archiver {
 public:
  struct Snapshot {
    journal::Sequence position = 0;  // all below is stored
    std::string trouble;
    std::uint64_t failures = 0;      // since the start
  };

  /// All must outlive it.
  Archiver(Env& env, const Taxonomy& taxonomy, Protection& protection, JournalIntake& intake, State& state, Seal& master, DataFolder data, const ArchiverLimits& limits);
  ~Archiver();

  /// Begins where the state says, and removes what a crash left. Fails if the state or the folder cannot be read.
  Status start();
  /// Stores everything that is safe, then ends.
  void stop();
  Snapshot snapshot() const;
  /// The most that a record waits. Any thread.
  std::chrono::nanoseconds wait_most() const { return limits().wait_most; }
  /// Others hold from now on. Any thread.
  void set_limits(const ArchiverLimits& limits);
  /// Stores what is in the journal by now, however little, and waits for it; where it then stands. kIo if it cannot, or was cancelled. Any thread.
  Result<journal::Sequence> store_now(const std::function<bool()>& cancelled);

 private:
  void run();
  bool is_due(journal::Sequence committed, bool stopping);
  Status store_next(journal::Sequence committed);
  Status store_group(JournalStretch& stretch, std::string_view group, std::vector<store::Segment>& segments);
  Status expire();
  Result<bool> expire_alerts();
  Result<bool> expire_tokens();
  Status look_after();
  Status merge(std::span<const store::Segment> parts);
  Status release();
  void tell(const Status& status);
  ArchiverLimits limits() const;

  Env& env_;
  Protection& protection_;
  JournalIntake& intake_;
  State& state_;
  Seal& master_;
  const DataFolder data_;

  LogSourceTable log_sources_;
  store::SegmentWriter writer_;
  RecordReader reader_;
  journal::Sequence position_ = 0;
  std::int64_t waiting_since_ns_ = 0;  // since there is something that is not stored
  bool unreleased_ = true;             // journal or folder have what nobody needs
  bool changed_ = true;                // the catalogue, since it was looked after
  bool more_expire_ = false;           // alerts or tokens, than went at once
  TimeUs looked_after_ = 0, alerts_expired_ = 0, tokens_expired_ = 0;
  std::int64_t tokens_gone_ = 0;  // of the round under way
  std::vector<std::string> unmergeable_;  // files that are not what was written

  mutable std::mutex mutex_;  // guards what follows
  Snapshot seen_;
  ArchiverLimits limits_;

  std::atomic<bool> stopping_{false};
  std::atomic<journal::Sequence> wanted_{0};  // below this nothing waits
  std::thread thread_;
};

}  // namespace tocsin
