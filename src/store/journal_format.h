// The bytes of the journal (docs/formats/journal.md), for its writer, its reader and `verify`. Pure: nothing here touches a disk.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/seal.h"
#include "base/time.h"
#include "event/details.h"

namespace tocsin::journal {

using SourceId = std::uint32_t;
/// The number of a record through the life of the journal.
using Sequence = std::uint64_t;

/// Real records are a thousandth of it; what one sender may make the journal hold at a time.
inline constexpr std::size_t kRecordBytesMax = 16u << 20;
/// A frame is held in memory twice, plain and sealed.
inline constexpr std::size_t kFrameBytesMax = 32u << 20;
/// Every segment names them all.
inline constexpr std::size_t kSourcesMax = 65'536, kSourceNameBytesMax = 512;

struct Record {
  SourceId source = 0;
  TimeUs received = 0;
  std::string_view details;  // event/details.h
  std::string_view raw;
};

/// What became of the records of a source; all that it sent is the sum.
struct Counts {
  std::uint64_t stored = 0, refused = 0, dropped = 0;
  auto operator<=>(const Counts&) const = default;
  Counts& operator+=(const Counts& other);
};

inline constexpr std::size_t kSegmentHeaderBytes = 64, kFrameHeaderBytes = 40, kKeyFileBytes = 68;
inline constexpr std::uint64_t kAllFrames = UINT64_MAX;
/// The least that a record takes in a frame.
inline constexpr std::size_t kRecordOverheadBytes = 18;
inline constexpr std::string_view kFrameMark = "TJFR";

struct SegmentHeader {
  std::uint64_t number = 0;
  Sequence first = 0;
  std::uint64_t before = 0;         // the segment before it; those between hold nothing that counts
  std::uint64_t frames_before = 0;  // of that one, that count
  TimeUs made = 0;
};
void append_header(std::string& out, const SegmentHeader& header);
std::optional<SegmentHeader> read_header(std::string_view bytes);

struct FrameHeader {
  std::uint32_t payload_bytes = 0;
  std::uint64_t number = 0;
  Sequence first = 0;
  std::uint32_t records = 0, lines = 0;
  TimeUs written = 0;
};
void append_header(std::string& out, const FrameHeader& header);
/// What stands there, if it could be a frame; only opening it tells.
std::optional<FrameHeader> read_frame_header(std::string_view bytes);
std::size_t frame_bytes(const FrameHeader& header);

/// Appends the whole frame. `header.payload_bytes` is set here.
void seal_frame(Seal& seal, std::uint64_t segment, FrameHeader header, std::string_view payload, std::string& out);
/// False if it does not check. `frame` begins with the header.
bool open_frame(Seal& seal, std::uint64_t segment, const FrameHeader& header, std::string_view frame, std::string& payload);

/// What a frame holds, in the order in which it is written.
class Payload {
 public:
  void add(const Record& record);
  /// After the last record.
  void add_source(SourceId source, std::string_view name);
  void add_counts(SourceId source, const Counts& counts, bool before_segment);
  void add_end();

  void clear();
  std::string_view bytes() const { return bytes_; }
  std::uint32_t records() const { return records_; }
  std::uint32_t lines() const { return lines_; }

 private:
  void begin_line(std::size_t size, std::uint8_t kind);

  std::string bytes_;
  std::uint32_t records_ = 0, lines_ = 0;
};

/// source() of a frame comes before its records.
class PayloadVisitor {
 public:
  virtual ~PayloadVisitor() = default;
  virtual void record(Sequence sequence, const Record& record) = 0;
  virtual void source(SourceId source, std::string_view name) = 0;
  virtual void counts(SourceId source, const Counts& counts, bool before_segment) = 0;
  virtual void end() = 0;
};
/// False if the payload is not what the header says; then the visitor may have seen a part.
bool read_payload(const FrameHeader& header, std::string_view payload, PayloadVisitor& visitor);

/// The content of a key file: `key` for the segment under the master key.
Result<std::string> wrap_key(Seal& master, std::uint64_t segment, const SealKey& key);
/// kInvalid if it does not check.
Result<SealKey> unwrap_key(Seal& master, std::uint64_t segment, std::string_view file);

std::string segment_path(const std::string& folder, std::uint64_t number);
std::string key_path(const std::string& folder, std::uint64_t number);
/// The number, if a file of that name is a segment.
std::optional<std::uint64_t> segment_number(std::string_view file_name);

}  // namespace tocsin::journal
