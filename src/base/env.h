// The one seam to the outside: files, folders, the clock and randomness. Production code takes an Env& and
// never calls open(2) or time(2) itself, so that tests can stand a world of strings in its place and make any
// call fail. An Env is safe from any thread; a File belongs to one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace tocsin {

/// A file being read from front to back.
class File {
 public:
  virtual ~File() = default;
  /// Reads up to `size` bytes; 0 is the end of the file.
  virtual Result<std::size_t> read(char* into, std::size_t size) = 0;
};

/// What tells a file from others, and whether it changed.
struct FileStatus {
  std::uint64_t device = 0, inode = 0, size = 0;
  TimeUs modified = kNoTime;
  bool operator==(const FileStatus&) const = default;
};

/// A file that others write, move and cut while it is read; it stays the same file whatever becomes of its name.
class WatchedFile {
 public:
  virtual ~WatchedFile() = default;
  virtual Result<FileStatus> status() = 0;
  /// Up to `size` bytes from `offset` on, fewer only where the file ends.
  virtual Result<std::size_t> read_at(std::uint64_t offset, char* into, std::size_t size) = 0;
};

/// A file without a name for what does not fit into memory: it is gone when this is, however the program ends.
class ScratchFile {
 public:
  virtual ~ScratchFile() = default;
  virtual Status append(std::string_view bytes) = 0;
  /// Exactly `size` bytes from what was appended.
  virtual Status read_at(std::uint64_t offset, char* into, std::size_t size) = 0;
};

/// A file being written at its end, for what must survive a loss of power: bytes are safe once sync() has succeeded, the
/// file's name once Env::sync_folder() has. After a sync() that failed nothing can be said of what was written before it, and
/// another try would lie: give the file up.
class DurableFile {
 public:
  virtual ~DurableFile() = default;
  /// On failure some first part of `bytes` may have been written.
  virtual Status append(std::string_view bytes) = 0;
  virtual Status sync() = 0;
};

/// Held as long as it lives, and no longer than the process.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

struct FolderEntry {
  std::string name;
  bool is_folder = false;
  bool is_file = false;  // a regular file or a link to one; neither: a device, a socket, a dangling link, a
                         // link to a folder
};

class Env {
 public:
  virtual ~Env() = default;

  virtual Result<std::unique_ptr<File>> open(const std::string& path) = 0;
  /// A regular file alone; kInvalid for anything else, which is not touched.
  virtual Result<std::unique_ptr<WatchedFile>> open_watched(const std::string& path) = 0;
  /// The same of its name.
  virtual Result<FileStatus> status_of(const std::string& path) = 0;
  /// The whole file, refused with kLimit above `bytes_max`.
  virtual Result<std::string> read_file(const std::string& path, std::size_t bytes_max) = 0;
  /// Replaces what is there.
  virtual Status write_file(const std::string& path, std::string_view text) = 0;
  /// A new file, readable by this user alone; an error if something is there.
  virtual Result<std::unique_ptr<DurableFile>> create_durable(const std::string& path) = 0;
  /// One that is there already, to write behind what it holds or, with `from_start`, over it.
  virtual Result<std::unique_ptr<DurableFile>> open_durable(const std::string& path, bool from_start) = 0;
  /// Holds `path` (which is made if need be) for this holder alone, until the lock goes; kDenied if another one has it.
  virtual Result<std::unique_ptr<FileLock>> lock_file(const std::string& path) = 0;
  /// The same, held beside others who share it; waits while somebody has it alone, who should be quick.
  virtual Result<std::unique_ptr<FileLock>> share_file(const std::string& path) = 0;
  virtual Status sync_folder(const std::string& path) = 0;
  virtual Status remove_file(const std::string& path) = 0;
  /// Within one file system, replacing what is there. Safe once the folder, or both folders, are synced.
  virtual Status rename_file(const std::string& from, const std::string& to) = 0;
  /// In the folder that TMPDIR names, else in /var/tmp, else in /tmp: the last is often memory, which is what a scratch
  /// file is there to save.
  virtual Result<std::unique_ptr<ScratchFile>> make_scratch_file() = 0;
  /// Sorted by name, bytewise; without "." and "..".
  virtual Result<std::vector<FolderEntry>> list_folder(const std::string& path) = 0;
  virtual bool is_folder(const std::string& path) = 0;
  virtual bool exists(const std::string& path) = 0;
  /// When the file was last written; kNoTime if that cannot be known or what is there is no regular file: what comes out
  /// of a pipe has no such time.
  virtual TimeUs modified_us(const std::string& path) = 0;
  virtual Status set_modified_us(const std::string& path, TimeUs time) = 0;
  /// One that is there already is no error.
  virtual Status make_folder(const std::string& path) = 0;
  /// Wall clock, microseconds since 1970-01-01T00:00:00Z.
  virtual std::int64_t now_us() = 0;
  /// Monotonic clock, nanoseconds from an arbitrary start.
  virtual std::int64_t monotonic_ns() = 0;

  /// The real machine.
  static Env& system();
};

/// Folders below the one named. Deeper than any real tree of logs; a loop of mounts ends here.
inline constexpr int kFolderDepthMax = 100;

/// Every regular file below `path` in bytewise order of its path relative to `path`; `path` itself if it is a
/// file. Symbolic links to folders are not followed below `path` (which may itself be one), so a loop of
/// links ends at once. A path that does not exist, and folders that cannot be listed, are reported in
/// `errors`; the rest is still found.
struct FoundFile {
  std::string path;    // what to open
  std::string source;  // what to call it: `path` as given, or given + "/" + relative path
};
std::vector<FoundFile> find_files(Env& env, const std::string& path, std::vector<Error>& errors);

}  // namespace tocsin
