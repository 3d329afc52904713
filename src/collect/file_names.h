// The names of files that are followed: which there are, and which could be one log under another name. A name that is given is a file, a folder
// (everything below it), or a pattern as in a shell: `*`, `?` and `[…]` within one part of the path; hidden files only where the
// pattern says the dot. A pattern that matches a folder does not mean what is in it. Stateless, safe from any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/env.h"

namespace tocsin {

/// Files followed at a time; more are named and left out. Each costs a look twice a second, and about a kilobyte.
inline constexpr std::size_t kFollowedFilesMax = 20'000;

/// What there is of `name` now, at most `most`, in bytewise order. What cannot be listed is told in `errors`; that there is nothing is no error.
std::vector<std::string> files_named(Env& env, const std::string& name, std::size_t most, std::vector<Error>& errors);
/// Whether `path` could be among them.
bool is_named(const std::string& name, const std::string& path);

/// Whether one file could be a rotated, copied or packed form of the other: in one folder, and called the same up to the first dot
/// (auth.log, auth.log.1, auth-20261129.log, auth.log.2.gz).
bool are_related(std::string_view path, std::string_view other);
/// Whether `path` is what `origin` is called after its rotation: with numbers or a date behind its name or before its last ending, packed or not.
bool is_rotated(std::string_view origin, std::string_view path);
std::string_view folder_of(std::string_view path);
std::string_view name_in_folder(std::string_view path);

}  // namespace tocsin
