// Copies of files that are safe on the disk once made, hashed on the way. For backup.cc. One thread.
#pragma once

#include <functional>
#include <string>

#include "base/env.h"
#include "store/segment.h"

namespace tocsin::store {

using Cancelled = std::function<bool()>;

/// A new file of the same bytes, synced, and the digest of what was read. kLimit if cancelled; whatever fails, there may be a part of it.
Result<FileDigest> copy_file(Env& env, const std::string& from, const std::string& to, const Cancelled& cancelled);
/// The digest of a file; kLimit if cancelled.
Result<FileDigest> digest_file(Env& env, const std::string& path, const Cancelled& cancelled);
/// A second name for it or, where that cannot be, a copy. Not hashed.
Status link_or_copy(Env& env, const std::string& from, const std::string& to, const Cancelled& cancelled);
/// A new file of these bytes, synced.
Status write_durably(Env& env, const std::string& path, std::string_view bytes);
/// The folders above `path`, below `root`.
Status make_folders_above(Env& env, const std::string& root, std::string_view path);
/// What is in the folders is synced; now that they hold it, so are they, and `root`.
Status sync_folders(Env& env, const std::string& root, const std::vector<std::string>& paths);
std::string hex_of(const std::string& sha256);

}  // namespace tocsin::store
