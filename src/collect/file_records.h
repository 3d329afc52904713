// The next records of a followed log, from where its mark says, and the mark behind them. Nothing here remembers anything between two calls but
// memory to use again, and nothing looks at names or clocks: what it may take for granted is said in FileNews. One thread. kIo is the disk's
// trouble: nothing was taken, and the same is asked for again later.
//
//   FileBatch batch;
//   switch (TRY(records.lines(bytes, mark, news, batch))) …
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "collect/block.h"
#include "collect/event_json.h"
#include "collect/file_bytes.h"
#include "collect/file_mark.h"

namespace tocsin {

/// What one batch is made of: the cost of a commit is shared by some hundred records, and a few batches fit into any memory.
inline constexpr std::size_t kFileBatchBytes = 1u << 20;
/// A longer line is cut into records of so many bytes: what the journal takes of one record, less the head that may stand before it.
inline constexpr std::size_t kFileLineBytesMax = BlockReader::kLineBytesMax - (64u << 10);

/// How text becomes records; given by the pipeline, which knows what a line means.
struct FileRules {
  TextRules text;
  /// Calls `record` for each record of whole lines; `columns` as in FileMark.
  std::function<void(std::string_view block, std::string& columns, const std::function<void(std::string_view raw)>& record)> split;
};

struct FileBatch {
  FileMark mark;  // behind the last record
  std::string bytes;
  std::vector<std::size_t> ends;
  bool safe = false;  // said by who took it

  void begin(const FileMark& from);
  void add(std::string_view raw);
  std::size_t size() const { return ends.size(); }
  std::string_view raw(std::size_t i) const { return std::string_view(bytes).substr(i == 0 ? 0 : ends[i - 1], ends[i] - (i == 0 ? 0 : ends[i - 1])); }
};

struct FileNews {
  bool settled = false;   // nothing was written for a while: an event of several lines is whole
  bool finished = false;  // nothing will be: a last line without an end is one
  std::uint64_t size = UINT64_MAX;  // of a file for which this holds: not of what was written to it since
};

enum class FileRead : std::uint8_t {
  kMore,      // there may be more at once
  kEnd,       // all that can be taken now
  kReplaced,  // what the mark speaks of is not in this file
};

/// What the file begins as, for a log that nothing was taken of; kUnknown if that cannot be told before more is there.
Result<FileShape> shape_of(FileBytes& bytes, const std::string& path, bool finished);
/// What a FileMark's head is of, in a file of records.
Result<Fingerprint> records_head(FileBytes& bytes, std::size_t bytes_max);

class FileRecords {
 public:
  explicit FileRecords(FileRules rules, std::size_t batch_bytes = kFileBatchBytes) : rules_(std::move(rules)), batch_bytes_(batch_bytes) {}

  /// Of a log of lines.
  Result<FileRead> lines(FileBytes& bytes, const FileMark& mark, FileNews news, FileBatch& batch);

 private:
  std::size_t usable(std::string_view text, FileShape shape, bool at_end, FileNews news) const;
  void json_lines(std::string_view text, FileBatch& batch);
  Status move_mark(FileBytes& bytes, std::string_view read, std::size_t used, FileMark& mark);

  FileRules rules_;
  const std::size_t batch_bytes_;
  std::string buffer_, head_buffer_;
};

/// The records of a log that is read whole, one batch after the other.
class WholeFileRecords {
 public:
  /// `file` must outlive it.
  WholeFileRecords(WatchedFile& file, const FileMark& mark, TimeUs modified, const FileRules& rules, std::size_t batch_bytes = kFileBatchBytes);
  ~WholeFileRecords();

  /// kReplaced where there are fewer records than were taken.
  Result<FileRead> next(const FileMark& mark, FileBatch& batch);
  /// What of it could not be read; "" if all could.
  const std::string& damage() const { return damage_; }

 private:
  class Evtx;
  Status take_block(FileBatch& batch);
  void take(std::string_view raw, FileBatch& batch);
  void damaged(std::string_view what);

  const std::size_t batch_bytes_;
  std::unique_ptr<BlockReader> reader_;
  std::unique_ptr<Evtx> evtx_;
  Block block_;
  std::uint64_t passed_ = 0;  // records seen so far
  std::uint64_t taken_ = 0;   // of them, before this reader
  bool ended_ = false;
  std::uint64_t damages_ = 0;
  std::string damage_;
};

}  // namespace tocsin
