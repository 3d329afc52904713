// What a file is by its first bytes, as far as that tells something about a mail's attachment: what runs, what packs, what is shown; and whether its name says so. Tables of
// the marks that the formats' own descriptions give. Pure functions, safe from any thread.
//
//   const FileKind* kind = file_kind(head);           // "MZ…": application/vnd.microsoft.portable-executable
//   if (kind != nullptr && !kind->fits("invoice.pdf")) …
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin {

/// What file_kind looks at: the mark of a tar archive is the farthest.
inline constexpr std::size_t kFileHeadLookBytes = 512;

struct FileKind {
  std::string_view type;                     // the registered media type, or what is used for it
  std::vector<std::string_view> extensions;  // in lower case, with which such files are called honestly
  /// A name without an extension fits everything.
  bool fits(std::string_view name) const;
};

/// nullptr: not known. `head` is the file's beginning, kFileHeadLookBytes of it or all.
const FileKind* file_kind(std::string_view head);

/// What stands behind the last dot, in lower case; "" if nothing does.
std::string file_extension(std::string_view name);

}  // namespace tocsin
