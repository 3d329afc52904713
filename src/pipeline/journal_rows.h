// Records of the journal as rows of the store: read, parsed, promoted columns filled. The archiver stores a stretch of them; a search asks those that
// are in no segment yet. One thread.
//
//   JournalRows rows({env, folder, master}, reader, log_sources, {.from = position, .until = committed});
//   segment_writer.write(rows);
//   rows.end();                       // what came after is left for the next
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/env.h"
#include "pipeline/record_reader.h"
#include "store/event_rows.h"
#include "store/journal_reader.h"

namespace tocsin {

struct JournalPlace {
  Env& env;
  std::string folder;
  Seal& master;
};

struct JournalStretch {
  journal::Sequence from = 0, until = UINT64_MAX;
  /// Ends behind the frame in which so many bytes of records are reached, or the day of receipt (UTC) is another one.
  std::uint64_t raw_bytes_max = UINT64_MAX;
  bool one_day = false;
  /// Other records are passed over before anybody reads them; empty: all are wanted.
  std::function<bool(journal::Sequence)> wants = {};
  /// Other events are passed over; empty: all are wanted.
  std::function<bool(const store::EventRow&)> wants_event = {};
  /// Leaves out records whose source's name is damaged: their ids would not be those that they have.
  bool only_named = false;
};

class JournalRows : public store::RowSource {
 public:
  /// All must outlive it.
  JournalRows(JournalPlace place, RecordReader& reader, const LogSourceTable& log_sources, JournalStretch stretch);
  ~JournalRows() override;

  Status start() override;
  Result<bool> next(store::EventRow& row) override;
  /// Behind the last record that was given or is missing.
  journal::Sequence end() const;
  /// Bytes at the end of the journal that are no whole frame, once all rows were given.
  std::size_t left() const { return journal_ == nullptr ? 0 : journal_->left(); }
  /// Records that were left out since their source has no name.
  std::uint64_t unnamed() const { return unnamed_; }
  /// What was found damaged on the way.
  const std::vector<journal::Damage>& damage() const;

 private:
  class Frame;
  bool is_full() const;
  void give(journal::Sequence sequence, const journal::Record& record, store::EventRow& row);

  const JournalPlace place_;
  RecordReader& record_reader_;
  const LogSourceTable& log_sources_;
  const JournalStretch stretch_;
  std::unique_ptr<journal::Reader> journal_;
  std::unique_ptr<Frame> frame_;
  std::uint64_t raw_bytes_ = 0, unnamed_ = 0;
  TimeUs first_received_ = kNoTime, last_received_ = kNoTime;
  EventColumns columns_;
};

}  // namespace tocsin
