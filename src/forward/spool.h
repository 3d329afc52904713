// The disk buffer of `tocsin forward`: what sources gave and the service has not acknowledged, in order, with how far each source was read (docs/formats/spool.md has the
// bytes). A batch and the mark of its source are one frame with one checksum, so they are there together or not at all, however the process ends; a record leaves the
// disk only when it was acknowledged. The buffer is bounded: where it is full, or the disk is, append() says so and sources wait.
//
// What is written is synced once a second and at the end of a segment, not at each batch: a loss of power takes records together with their marks, so they are read
// once more. One thread appends, another one reads and acknowledges; all functions are safe from any thread. Errors are the disk's; what is damaged is passed over, counted and told.
//
//   auto spool = TRY(Spool::open(env, {.folder = "/var/lib/tocsin-forward/spool"}));
//   TRY(spool->append({.key = "file/3", .mark = packed(mark), .records = views}));
//   SpoolFrame frame;
//   if (TRY(spool->next(frame))) …               // sends frame.record(i)
//   spool->acknowledge(frame.first + frame.size());
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/env.h"
#include "base/result.h"

namespace tocsin::forward {

/// Of one frame: a batch of a source. The largest record that a followed file gives is 16 MiB less some.
inline constexpr std::size_t kSpoolFrameBytesMax = 20u << 20;
/// A source's name and its mark; a mark of a file has paths and the lines that name its columns.
inline constexpr std::size_t kSpoolKeyBytesMax = 64, kSpoolMarkBytesMax = 64u << 10;
/// A new file is begun behind so many bytes, or an eighth of the buffer: what is acknowledged is freed file by file.
inline constexpr std::uint64_t kSpoolSegmentBytes = 4u << 20;
/// The least that a buffer can be.
inline constexpr std::uint64_t kSpoolBytesMin = 1u << 20;
/// Between two syncs.
inline constexpr std::int64_t kSpoolSyncNs = 1'000'000'000;

struct SpoolBatch {
  std::string_view key = {};   // whose mark it is; "": of nobody
  std::string_view mark = {};  // how far the source was read, behind these records
  std::span<const std::string_view> records = {};
};

/// One batch, read back.
struct SpoolFrame {
  std::uint64_t first = 0;  // the number of its first record
  std::string bytes;
  std::vector<std::uint32_t> places;  // where each record begins, and where the last ends

  std::size_t size() const { return places.empty() ? 0 : places.size() - 1; }
  std::string_view record(std::size_t i) const { return std::string_view(bytes).substr(places[i], places[i + 1] - places[i]); }
};

class Spool {
 public:
  struct Options {
    std::string folder = {};
    std::uint64_t bytes_max = 256u << 20;
    std::function<void(const std::string&)> say = [](const std::string&) {};
  };
  /// The folder must be there. What was not acknowledged is found again.
  static Result<std::unique_ptr<Spool>> open(Env& env, Options options);

  /// kLimit: there is no room now. Otherwise the disk's error. Either way nothing was taken, and the same may come again.
  Status append(const SpoolBatch& batch);
  /// What is due. An error says what was not synced; writing goes on in a new file.
  Status sync(bool now = false);
  /// Says how far a source is without a record; kept when something else is written.
  void set_mark(const std::string& key, std::string mark);
  void forget(const std::string& key);
  std::map<std::string, std::string> marks() const;

  /// The next batch that was not read yet; false if there is none.
  Result<bool> next(SpoolFrame& frame);
  /// Reading goes on at what was not acknowledged.
  void rewind();
  /// Every record before this number.
  void acknowledge(std::uint64_t number);

  struct Counts {
    std::uint64_t taken = 0;         // records, ever
    std::uint64_t acknowledged = 0;  // ever, the lost among them
    std::uint64_t lost = 0;          // damaged on the disk, as far as it was found since the start
    std::uint64_t bytes = 0, bytes_max = 0;
  };
  Counts counts() const;

 private:
  struct Segment {
    std::uint64_t number = 0;
    std::uint64_t first = 0;  // the record that comes next at its beginning
    std::uint64_t bytes = 0;  // that hold whole frames
  };

  Spool(Env& env, Options options) : env_(env), options_(std::move(options)) {}
  Status recover();
  Status recover_segment(Segment& segment);
  Status begin_segment();
  Status write(std::string_view bytes);
  void remove_acknowledged();
  void note_gap(std::uint64_t to);
  void pass_gaps();
  std::string path_of(std::uint64_t number) const;
  std::uint64_t segment_bytes() const;
  std::uint64_t read_acknowledged();
  void write_acknowledged();
  Result<bool> read_frame(WatchedFile& file, std::uint64_t at, std::uint64_t end, std::string& payload);

  Env& env_;
  const Options options_;
  mutable std::mutex mutex_;  // guards what follows
  std::deque<Segment> segments_;
  std::unique_ptr<DurableFile> out_;  // the last segment; nullptr: the next frame begins one
  bool unsynced_ = false;
  std::int64_t synced_ns_ = 0;
  std::uint64_t next_segment_ = 1;
  std::uint64_t next_ = 0, acknowledged_ = 0;  // numbers of records
  std::uint64_t lost_ = 0, bytes_ = 0;
  std::map<std::uint64_t, std::uint64_t> gaps_;  // records that are lost and not passed yet: the first, and the one behind the last
  std::map<std::string, std::string> marks_;
  std::string frame_;
  // Where reading is.
  std::uint64_t read_segment_ = 0, read_at_ = 0, read_next_ = 0;
  std::unique_ptr<WatchedFile> in_;
};

}  // namespace tocsin::forward
