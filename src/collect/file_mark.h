// How far a followed log was read: which file it is in, and how that file is told again when it was renamed, copied, compressed or replaced
// (docs/formats/files.md). It goes with the last record of each batch through the journal, and from there into the state, so that it is never
// ahead of the records and never behind them. Plain data.
//
//   append_detail(details, Detail::kFileMark, packed(mark));
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tocsin {

/// Of the beginning of a log, and of what was read last, so many bytes tell it from others: a few lines with their times.
inline constexpr std::size_t kFileHeadBytes = 1'024, kFileTailBytes = 256;

enum class FileShape : std::uint8_t {
  kUnknown,
  kText,
  kJsonLines,
  kRecords,  // an event log or a JSON document: read whole, its records are counted
};

/// A hash of the first so many bytes of a stretch.
struct Fingerprint {
  std::uint32_t bytes = 0;
  std::uint64_t hash = 0;
  bool operator==(const Fingerprint&) const = default;

  static Fingerprint of(std::string_view text);
  /// Whether `text` begins with what this is of.
  bool fits(std::string_view text) const { return text.size() >= bytes && of(text.substr(0, bytes)) == *this; }
};

struct FileMark {
  std::uint64_t log = 0;  // the number of the log, which it keeps in whatever file it is
  std::uint64_t device = 0, inode = 0;  // of the file it was in last; inode 0: that file is another log's now
  FileShape shape = FileShape::kUnknown;
  std::uint64_t offset = 0;  // behind what was taken: bytes, after decompression; records for kRecords
  Fingerprint head;          // of the first bytes, all of them taken
  Fingerprint tail;          // of the last bytes before `offset`
  std::string path;          // where the file was
  std::string origin;        // where it was when it was first seen: what its source is named after
  std::string columns;       // lines that name the columns of what follows (normalize/text_records.h)
};

std::string packed(const FileMark& mark);
std::optional<FileMark> unpacked_mark(std::string_view bytes);

}  // namespace tocsin
