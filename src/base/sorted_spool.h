// Sorts more byte strings than fit into memory. Records go in in any order and come out in bytewise order; a caller
// that wants them by time begins each with the time, the highest byte first (append_key). One thread at a time.
//
// The boring way, an external merge sort: records gather in memory; when the memory is full they are sorted and written
// to a scratch file as one run; at the end all runs and what is still in memory are merged. What it costs in memory is
// `bytes_max`, and at the end 64 KiB more for each run, which their number keeps below a second `bytes_max`.
//
// A record is refused, never lost silently: add() says why (it is longer than kSpoolRecordBytesMax, there are as many runs
// as may be merged, the disk is full). Those taken before stay, even if the disk fails.
//
//   SortedSpool spool(env, 32 << 20);
//   TRY(spool.add(record));
//   std::string_view record;
//   while (TRY(spool.next(record))) …   // nothing is added any more
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/record_file.h"

namespace tocsin {

/// One record. While runs are merged, each holds its next record in memory; hits have some hundred bytes.
inline constexpr std::size_t kSpoolRecordBytesMax = 64 << 10;

class SortedSpool {
 public:
  /// At least four times kSpoolRecordBytesMax.
  SortedSpool(Env& env, std::size_t bytes_max);

  Status add(std::string_view record);
  /// False at the end. The record stands until the next call. After an error those that come still are in order, but
  /// one run of them is gone.
  Result<bool> next(std::string_view& record);

  /// Taken and not yet given back.
  std::uint64_t left() const { return left_; }
  std::size_t runs() const { return runs_.size(); }
  /// What it may hold in memory while records are added; more are on disk.
  std::size_t bytes() const { return chunks_.size() * kChunkBytes + entries_.capacity() * sizeof(Entry); }

 private:
  static constexpr std::size_t kChunkBytes = 64 << 10;
  struct Entry {
    std::uint64_t prefix;  // the first eight bytes, as a number: most comparisons end here
    const char* data;
    std::uint32_t size;
    std::string_view text() const { return {data, size}; }
  };
  struct Run {
    std::uint64_t from, to;
  };
  /// Whatever gives records in order: a run, or (reader null) what is in memory.
  struct Source {
    std::unique_ptr<RecordFile::Reader> reader;
    std::string_view record;
  };

  Status make_room(std::size_t size);
  void sort();
  Status spill();
  Status start_merge();
  Result<bool> advance(Source& source);
  Status put_back(std::size_t source);

  const std::size_t bytes_max_, runs_max_;
  RecordFile file_;
  std::vector<std::unique_ptr<char[]>> chunks_;
  std::size_t chunk_ = 0, chunk_used_ = kChunkBytes;  // chunk_ chunks are in use, the last one so far
  std::vector<Entry> entries_;
  std::vector<Run> runs_;
  Status broken_;                   // why no more can be spilled
  std::uint64_t left_ = 0;

  bool merging_ = false;
  std::size_t next_entry_ = 0;
  std::vector<Source> sources_;
  std::vector<std::size_t> heap_;   // sources with a record, the first in front
  std::size_t given_ = SIZE_MAX;    // the source of the record that was given last
};

/// Numbers as eight or four bytes that sort as the numbers do.
void append_key(std::string& out, std::uint64_t number);
void append_key(std::string& out, std::int64_t number);
void append_key(std::string& out, std::uint32_t number);
std::uint64_t read_key_u64(std::string_view& from);
std::int64_t read_key_i64(std::string_view& from);
std::uint32_t read_key_u32(std::string_view& from);

}  // namespace tocsin
