// The bytes of a spool's frames (docs/formats/spool.md): made, and read back. What is read may be anything: a disk was full, lost power, or forgot. Pure functions; numbers are
// little-endian.
//
//   segment = "TOCSINQ1" 1*frame, the first of which is of marks
//   frame   = u32 size of the payload · u32 CRC-32 of it (ISO-HDLC, as zlib has it) · payload
//   batch   = u8 1 · u64 number of the first record · key, mark · u32 records, u32 size of each · their bytes
//   marks   = u8 2 · u64 number of the next record · u32 marks, each: key, mark
//   key     = u8 size · bytes            mark = u32 size · bytes
//
//   append_batch_frame(out, number, batch);
//   const SpoolPayload payload = TRY(read_spool_payload(bytes));
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "forward/spool.h"

namespace tocsin::forward {

inline constexpr std::string_view kSpoolMagic = "TOCSINQ1";
inline constexpr std::size_t kSpoolHeadBytes = 8;
/// Marks of a spool: each log that is followed has one, and the journal.
inline constexpr std::uint32_t kSpoolMarksMax = 100'000;

/// Numbers of records stay below this: at a million a second they last for a hundred thousand years. Where a damaged frame says otherwise, nothing can be appended behind it.
inline constexpr std::uint64_t kSpoolNumberMax = std::uint64_t{1} << 62;

std::uint32_t spool_checksum(std::string_view payload);

/// False, with nothing appended, if it is larger than a frame can be.
bool append_batch_frame(std::string& out, std::uint64_t first, const SpoolBatch& batch);
void append_marks_frame(std::string& out, std::uint64_t next, const std::map<std::string, std::string>& marks);

/// A payload, taken apart; the views are into it.
struct SpoolPayload {
  bool is_batch = false;
  std::uint64_t first = 0;                                // or the next, of marks
  std::map<std::string_view, std::string_view> marks;     // of a batch: one or none
  std::vector<std::uint32_t> places;                      // of a batch, as in SpoolFrame
  std::uint64_t records() const { return places.empty() ? 0 : places.size() - 1; }
};
/// kInvalid if it is no payload.
Result<SpoolPayload> read_spool_payload(std::string_view payload);

}  // namespace tocsin::forward
