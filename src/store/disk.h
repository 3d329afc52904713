// What is asked of the disk itself, of files that SQLite and DuckDB write there too: sizes, room, a second name for a file. Of the real disk always:
// those two know no other. Any thread.
//
//   status.free_bytes = free_bytes(data.path).value_or(0);
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace tocsin::store {

/// Of a regular file.
Result<std::uint64_t> file_bytes(const std::string& path);
/// What this user may still write in the file system of `path`.
Result<std::uint64_t> free_bytes(const std::string& path);
/// Which file it is, and what any change of it makes another: the system alone sets the second time.
struct FileState {
  std::uint64_t device = 0, inode = 0, bytes = 0;
  std::int64_t modified_ns = 0, changed_ns = 0;

  bool operator==(const FileState&) const = default;
};
Result<FileState> file_state(const std::string& path);
/// Whether a reader would get all of it without the disk. False where nobody knows.
bool is_in_memory(const std::string& path);
/// Another name for the same file. kUnsupported where there are no such names, or it would be on another file system.
Status link_file(const std::string& from, const std::string& to);
/// With all that is in it; one that is not there is no failure.
Status remove_tree(const std::string& path);

}  // namespace tocsin::store
