// What FileTail keeps of each log and file; for file_tail*.cc alone. Plain data.
#pragma once

#include "collect/file_tail.h"

namespace tocsin {

/// A compressed file, an event log or a copy is looked into once nobody has written to it for so long.
inline constexpr std::int64_t kStillNs = 2'000'000'000;
/// An event of several lines (the Linux audit log) is whole after so long: its lines are written at once.
inline constexpr std::int64_t kSettledNs = 2'000'000'000;
/// A last line without an end is taken after so long: programs write through buffers. Of a file that was rotated, sooner.
inline constexpr std::int64_t kLastLineNs = 60'000'000'000, kRotatedLastLineNs = 5'000'000'000;
/// A file that has lost its name is held open for so long after the last was written to it: a daemon may write to it until it is told.
inline constexpr std::int64_t kNamelessOpenNs = 600'000'000'000;
/// After trouble; after the journal had no room.
inline constexpr std::int64_t kFileRetryNs = 5'000'000'000, kNotSafeRetryNs = 200'000'000;
/// Logs without a file are looked for in this step.
inline constexpr std::int64_t kSearchNs = 5'000'000'000;

struct FileTail::Log {
  FileMark mark;                       // what is safe; device, inode and path are of the file it is in now
  std::unique_ptr<WatchedFile> file;   // open, or nullptr
  FileStatus seen;                     // at the last look
  std::int64_t changed_ns = 0;         // when that was something new
  bool met = false;                    // there was a look
  bool named = false;                  // its path leads to it, as of this round
  bool wanted = true;                  // the settings name its origin
  bool slow = false;                   // is read whole, or decoded
  bool lost = false;
  FileStatus read;                     // all of this was read,
  FileNews read_news;                  // taking so much for granted
  bool more = true;
  std::int64_t again_ns = 0;           // not before

  bool readable() const { return named || file != nullptr; }
};

struct FileTail::Stranger {
  std::string path;
  FileStatus status;
  bool named = false;  // by the settings
};

struct FileTail::Given {
  Log* log = nullptr;
  FileRead read = FileRead::kEnd;
  FileStatus seen;
  FileNews news;
  std::size_t batch = 0;
};

}  // namespace tocsin
