// Follows files as they grow and are rotated, and gives their records, each once, in order (docs/formats/files.md has the rules). A *log* is
// what somebody writes; it has a number and keeps it while it goes from file to file: renamed, copied and emptied, compressed. A round looks
// at all files once and gives what is new in batches; who takes them says of each whether it is safe, and only then is the log further. A mark that
// comes back after a crash says where to go on. Files are told by device, inode and content: the bytes before the place where reading goes on
// must be those that were read.
//
// One thread. Trouble (a file that cannot be read) is told once through `say` and tried again; nothing is given up.
//
//   FileTail tail(env, {{"/var/log/*.log"}, rules, say}, marks);
//   while (…) if (!tail.round([&](std::span<FileBatch> batches) { … batch.safe = true; … })) sleep;
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/env.h"
#include "collect/file_mark.h"
#include "collect/file_records.h"

namespace tocsin {

/// Files held open, so that one that is renamed and removed between two looks is read to its end all the same.
inline constexpr std::size_t kOpenFilesMax = 256;
/// Batches given at a time.
inline constexpr std::size_t kRoundBytesMax = 8u << 20;

/// Of before: the mark of a log, and when it was seen last.
struct KnownLog {
  FileMark mark;
  TimeUs seen = kNoTime;
};

class FileTail {
 public:
  struct Options {
    std::vector<std::string> names;  // files, folders, patterns (file_names.h)
    FileRules rules;
    std::function<void(const std::string&)> say = [](const std::string&) {};
    std::size_t batch_bytes = kFileBatchBytes;  // what one batch is made of, where no line is longer
    std::size_t round_bytes = kRoundBytesMax;   // of batches that are given at a time
  };
  using Take = std::function<void(std::span<FileBatch>)>;

  FileTail(Env& env, Options options, std::vector<KnownLog> known);
  ~FileTail();

  /// True if there may be more at once.
  bool round(const Take& take);

  /// Of logs whose content is still there in some file, as of the last round.
  std::vector<std::uint64_t> present() const;
  void forget(std::uint64_t log);
  std::size_t logs() const { return logs_.size(); }
  /// By path: why it, or a part of it, cannot be read.
  const std::map<std::string, std::string>& troubles() const { return troubles_; }

 private:
  struct Log;
  struct Stranger;  // a file that is no log's
  struct Given;     // a batch on its way
  using FileId = std::pair<std::uint64_t, std::uint64_t>;
  enum class Alike : std::uint8_t { kNo, kTooShort, kPart, kContinues };
  enum class Judged : std::uint8_t { kNew, kTaken, kCopy, kWait };

  // file_tail_find.cc: which file is which log's.
  void look();
  std::vector<Stranger> strangers();
  void see(Log& log, const FileStatus& status);
  void meet(Log& log, const std::string& path, const FileStatus& status);
  void keep_sight(Log& log);
  void judge(const Stranger& stranger);
  Result<Judged> judged(const Stranger& stranger, std::int64_t quiet_ns, bool patient, std::uint64_t& copy_of);
  Result<Alike> compare(FileBytes& bytes, const FileStatus& status, Log& log);
  Result<bool> ends_alike(FileBytes& bytes, const FileStatus& status, Log& log);
  void adopt(Log& log, const Stranger& stranger);
  void add_log(const std::string& path, const FileStatus& status, const std::string& origin);
  void look_for_lost();
  void note_looked_at();
  void look_in(const std::string& folder);
  const std::string* later_part_of(const Stranger& stranger) const;
  void lose(Log& log);
  Log* log_of(const FileStatus& status);
  bool is_wanted(const std::string& path) const;

  // file_tail_read.cc: what is new in them.
  bool has_news(const Log& log) const;
  FileNews news_of(const Log& log) const;
  Result<bool> open(Log& log);
  Result<bool> learn_shape(Log& log, FileBytes& bytes);
  std::vector<Log*> in_order();
  void read_lines(const Take& take);
  Status read_plain(Log& log);
  void read_slow(const Take& take);
  Status drain(Log& log, const Take& take);
  Status drain_lines(Log& log, FileBytes& bytes, const Take& take);
  Status drain_whole(Log& log, FileBytes& bytes, const Take& take);
  bool put_one(Log& log, FileBatch batch, const Take& take);
  void put(const Take& take);
  void replaced(Log& log);
  void close_some();
  void failed(Log& log, const Error& error);

  void tell(const std::string& path, const std::string& what);

  Env& env_;
  const Options options_;
  FileRecords records_;
  std::vector<std::unique_ptr<Log>> logs_;
  std::map<FileId, Log*> by_file_;
  std::uint64_t last_log_ = 0;
  std::int64_t now_ns_ = 0;
  TimeUs now_us_ = 0;
  std::map<std::string, std::string> troubles_;
  std::map<std::string, TimeUs> looked_at_;  // by origin: what was written to it by then was there to be seen
  std::set<std::string> missing_;  // names of which there was nothing yet

  struct Verdict {
    FileStatus status;
    std::int64_t first_ns = 0;    // the file was seen
    std::int64_t since_ns = 0;    // it is so
    std::int64_t seen_ns = 0;
    std::int64_t again_ns = 0;    // not before
    std::uint64_t generation = 0;  // in which it was judged; 0: it was not
    std::uint64_t copy_of = 0;     // a log
  };
  std::map<std::string, Verdict> verdicts_;  // on strangers, by path
  std::uint64_t generation_ = 1;             // goes on with every log that loses its file
  std::uint64_t searched_generation_ = 0;
  std::int64_t searched_ns_ = 0;
  bool search_ = false;       // in the next look: a log has a new file, so what it was may be elsewhere
  bool decoded_one_ = false;  // in this round, to compare it: that may take long

  std::vector<Given> given_;
  std::vector<FileBatch> batches_;
  std::size_t batch_bytes_ = 0;
  bool more_ = false;
};

}  // namespace tocsin
