// Reads a journal (docs/formats/journal.md) from any record on, while it is written or after a crash. What does not check is reported
// and never given out; everything else is. One thread; the disk may fail (kIo), damage is no failure.
//
//   Reader reader = TRY(Reader::open(env, folder, master, from));
//   while (TRY(reader.next(committed, visitor))) …     // a frame at a time; false: nothing more for now
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/env.h"
#include "store/journal_format.h"

namespace tocsin::journal {

struct Damage {
  std::uint64_t segment = 0;
  Sequence from = 0, to = 0;  // the records that are missing: [from, to); equal if that is not known
  std::string what;
};

/// The frames of one segment, in order.
class SegmentReader {
 public:
  /// A header that does not check is no failure: header() is then empty. kInvalid if the key does not open.
  static Result<SegmentReader> open(Env& env, const std::string& folder, std::uint64_t number, Seal& master);

  const std::optional<SegmentHeader>& header() const { return header_; }
  enum class Found : std::uint8_t {
    kFrame,
    kFrameBehindDamage,  // bytes before it did not check
    kEnd,                // nothing behind here opens; perhaps it is still being written: ask again
  };
  Result<Found> next(FrameHeader& header, std::string& payload);
  /// Bytes behind the last frame; of a write that was not finished, or damaged.
  std::size_t left() const { return buffer_.size() - at_; }

 private:
  SegmentReader(std::uint64_t number, std::unique_ptr<File> file, Seal seal)
      : number_(number), file_(std::move(file)), seal_(std::move(seal)) {}
  Result<bool> ensure(std::size_t size);
  Status read_rest();

  std::uint64_t number_;
  std::unique_ptr<File> file_;
  Seal seal_;
  std::optional<SegmentHeader> header_;
  std::string buffer_;
  std::size_t at_ = 0;
};

struct SourceCounts {
  std::string name;
  Counts counts;
};

/// Where a journal stands, by its newest segment with a frame; for `status` beside a service that runs, and for the writer's start.
struct Standing {
  std::uint64_t segment = 0;  // that one; 0: there is none
  std::uint64_t frames = 0;   // in it
  std::size_t left = 0;       // bytes behind them
  Sequence next = 0;          // the number behind the last record
  std::vector<SourceCounts> ledger;
  std::vector<std::uint64_t> unfinished;  // newer segments whose key opens and that hold no frame
};
/// kInvalid if there are segments and no key opens.
Result<Standing> read_standing(Env& env, const std::string& folder, Seal& master);

/// Numbers of the segments in a folder, ascending; none if there is no such folder.
Result<std::vector<std::uint64_t>> list_segments(Env& env, const std::string& folder);

class Reader {
 public:
  /// `master` must outlive the reader.
  static Result<Reader> open(Env& env, std::string folder, Seal& master, Sequence from);

  /// The next frame with a record at or behind the place reached and before `until` (the writer's committed(), as it was before this call); its lines
  /// are given, too. The visitor sees records below `from` never.
  Result<bool> next(Sequence until, PayloadVisitor& visitor);
  /// Where reading goes on.
  Sequence at() const { return at_; }
  const std::vector<Damage>& damage() const { return damage_; }
  /// Once next() has said false: bytes behind the last frame of the newest segment. A write that is going on or was never finished;
  /// or, in a journal that nobody writes and that was closed, damage.
  std::size_t left() const { return segment_ == nullptr ? 0 : segment_->left(); }

 private:
  Reader(Env& env, std::string folder, Seal& master, Sequence from)
      : env_(&env), folder_(std::move(folder)), master_(&master), at_(from) {}
  Status find_start();
  Result<bool> open_next();
  Result<std::uint64_t> frames_that_count(const std::vector<std::uint64_t>& numbers) const;
  Status look_for_newer();
  Result<bool> fill();
  void missing(Sequence to, std::string what);

  Env* env_;
  std::string folder_;
  Seal* master_;
  Sequence at_;                                // records before this were seen, are missing or were not wanted
  std::uint64_t number_ = 0;                   // of the segment being read; 0 before the first
  std::unique_ptr<SegmentReader> segment_;
  std::uint64_t frames_ = kAllFrames;          // of this segment, that count
  std::uint64_t next_frame_ = 0;               // the number of the frame that should follow
  bool ended_ = false;                         // the last frame of this segment was seen
  bool held_ = false;                          // header_ and payload_ are a frame that was not given yet
  FrameHeader header_;
  std::string payload_;
  std::vector<Damage> damage_;
};

/// The header alone, without a key; empty if there is no such file or it does not check.
Result<std::optional<SegmentHeader>> read_segment_header(Env& env, const std::string& folder, std::uint64_t number);

}  // namespace tocsin::journal
