// The files that the leaves of the audit log are in (docs/formats/audit.md), read from front to back: `leaves-<number of the first>.ndjson`, kLeavesPerFile lines each but the last. Who reads needs nothing else,
// and may while a service writes: what has no line feed yet is not there yet. One thread. Fails as the disk does, or with kInvalid where a file is missing or a line has no end within its limit.
//
//   LeafLines lines(env, folder, TRY(leaf_files(env, folder)));
//   for (auto line = TRY(lines.next()); line; line = TRY(lines.next())) …
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/env.h"
#include "report/audit/audit_entry.h"

namespace tocsin::audit {

/// A file holds a complete subtree of 16 levels: 26 MB where a leaf has 400 bytes.
inline constexpr unsigned kFileLevels = 16;
inline constexpr std::uint64_t kLeavesPerFile = std::uint64_t{1} << kFileLevels;

/// Of the file whose first leaf has this number.
std::string leaf_file_name(std::uint64_t first);
std::string index_file_name(std::uint64_t first);
/// The number in such a name; nothing if it is none.
std::optional<std::uint64_t> leaf_file_number(std::string_view name);

/// The numbers of the first leaves, in order. kNotFound if there is no such folder.
Result<std::vector<std::uint64_t>> leaf_files(Env& env, const std::string& folder);

/// Lines of one file.
class LineReader {
 public:
  static Result<LineReader> open(Env& env, const std::string& path);
  /// Without its line feed, and good until the next call; nothing at the end, or where the last line has none.
  Result<std::optional<std::string_view>> next();
  /// Bytes up to the end of the line that was given last.
  std::uint64_t end() const { return end_; }
  /// Behind the last line there are bytes without a line feed.
  bool is_torn() const { return over_ && at_ < buffer_.size(); }

 private:
  LineReader(std::string path, std::unique_ptr<File> file) : path_(std::move(path)), file_(std::move(file)) {}
  std::string path_;
  std::unique_ptr<File> file_;
  std::string buffer_;
  std::size_t at_ = 0;
  std::uint64_t end_ = 0;
  bool over_ = false;
};

}  // namespace tocsin::audit
