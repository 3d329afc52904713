// Writes the journal (docs/formats/journal.md). What commit() has reported as written survives a loss of power; nothing may be
// acknowledged before. One writer to a folder, one thread.
//
// A disk that fails costs the records of the commit at hand and no others: the caller still has them, offers them again or counts them as refused
// or dropped. The next commit begins a new segment. open() fails if the master key opens no key of the journal (kInvalid) or the disk does (kIo).
//
//   Writer writer = TRY(Writer::open(env, folder, master, {}));
//   const SourceId source = TRY(writer.source("syslog/firewall"));
//   writer.append({source, env.now_us(), details, raw});      // any number
//   if (writer.commit()) acknowledge();
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/env.h"
#include "store/journal_format.h"
#include "store/journal_reader.h"

namespace tocsin::journal {

struct WriterOptions {
  /// A segment with more is closed. Deleting works by segments; a restart reads one.
  std::uint64_t segment_bytes = 64u << 20;
};

class Writer {
 public:
  /// Makes the folder. `master` must outlive the writer.
  static Result<std::unique_ptr<Writer>> open(Env& env, std::string folder, Seal& master, WriterOptions options);

  /// The number of a source, which is declared if it is new. kLimit above kSourcesMax, or for a name that is too long.
  Result<SourceId> source(std::string_view name);
  /// Whether the record fits into the frame at hand; if not, commit() first.
  bool has_room(const Record& record) const;
  /// The same for several records at once, of `bytes` with kRecordOverheadBytes for each. What fits into an empty frame: kFrameRoom.
  bool has_room_for(std::size_t bytes) const { return payload_.bytes().size() + bytes <= kFrameRoom; }
  static constexpr std::size_t kFrameRoom = kFrameBytesMax - (8u << 20);  // the rest is kept for ledger lines
  /// Adds to the frame at hand; the number that the record has once it is committed.
  Sequence append(const Record& record);
  void count_refused(SourceId source, std::uint64_t records) { pending_[source].refused += records; }
  void count_dropped(SourceId source, std::uint64_t records) { pending_[source].dropped += records; }
  /// Writes and syncs the frame at hand, if there is anything in it. On failure its records are gone and counted nowhere.
  Status commit();
  /// commit(), and closes the segment. The next commit would begin another.
  Status close();

  /// Records below this are safe. Numbers that were passed over when the journal was opened count once a record stands behind them: whoever reads up to here does
  /// not wait for what is not there.
  Sequence committed() const { return committed_ == opened_ ? committed_ - passed_over_ : committed_; }
  /// As they are safe.
  const std::vector<SourceCounts>& ledger() const { return ledger_; }
  /// Deletes segments that hold nothing at or behind `keep_from`; their keys first. Where that is nothing at all, the segment at hand is
  /// closed and one begun that says but where the ledger stands, so that it can go with the others.
  Status remove_before(Sequence keep_from);

 private:
  Writer(Env& env, std::string folder, Seal& master, WriterOptions options)
      : env_(env), folder_(std::move(folder)), master_(master), options_(options) {}
  Status recover();
  Status start_segment();
  Status roll();
  Status write_frame(const Payload& payload, Sequence first, bool last);
  Status write_pending(bool last);
  void give_up();
  Status remove_segment(std::uint64_t number);
  bool has_pending() const;

  Env& env_;
  const std::string folder_;
  Seal& master_;
  const WriterOptions options_;

  std::uint64_t newest_ = 0;             // the highest number that was tried
  std::uint64_t before_ = 0, frames_before_ = 0;  // the last segment that counts, and how many of its frames
  std::unique_ptr<DurableFile> file_;    // of the segment newest_, which counts; nullptr: the next commit begins one
  std::unique_ptr<Seal> seal_;
  std::uint64_t frames_ = 0, bytes_ = 0;

  Sequence committed_ = 0, next_ = 0;
  Sequence opened_ = 0, passed_over_ = 0;  // committed_ when it was opened, and the numbers below it that nothing has
  std::optional<Sequence> rolled_;       // committed_ as roll() left it
  Payload payload_;                      // the records since the last commit
  std::vector<Counts> pending_;          // by source: counted since the last commit
  std::vector<SourceCounts> ledger_;
  std::unordered_map<std::string, SourceId> sources_;
  std::size_t declared_ = 0;             // sources that this segment has named
  std::string frame_;
};

}  // namespace tocsin::journal
