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
/// Another name for the same file. kUnsupported where there are no such names, or it would be on another file system.
Status link_file(const std::string& from, const std::string& to);
/// With all that is in it; one that is not there is no failure.
Status remove_tree(const std::string& path);

}  // namespace tocsin::store
