// The journal's export format (systemd's "Journal Export Formats") as records of JSON: what `journalctl -o export` writes, systemd-journal-upload sends and
// systemd-journal-remote takes. One object belongs to one connection or file and one thread; warm, it allocates nothing. Nothing fails: what is damaged is counted, and reading
// goes on behind the next empty line.
//
//   stream = *entry
//   entry  = 1*field LF
//   field  = name "=" text LF / name LF size: 8 bytes, little-endian  data LF
//   name   = 1 to kJournalNameBytesMax of A-Z 0-9 _, no digit first
//
// The record of an entry is one JSON object with the journal's own names, in their order: {"__CURSOR":"s=…","__REALTIME_TIMESTAMP":"1772439330120000","MESSAGE":"hello"}. A
// name that comes more than once has an array, as with `journalctl -o json`. Data that is no UTF-8 is a text with U+FFFD in place of what is none, so that rules see
// it, and beside it stands all of it in base64, as "MESSAGE.base64".
//
// A value longer than kJournalValueBytesMax is cut there; of an entry that has too many fields or would become too large a record, fields are left out. Either marks the record as
// truncated. Received::host is _HOSTNAME, ::time __REALTIME_TIMESTAMP, ::id __CURSOR.
//
//   JournalExport journal;
//   while (read(bytes)) journal.read(bytes, visitor);
//   journal.finish(visitor);
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "collect/record_frames.h"

namespace tocsin {

/// As in the journal.
inline constexpr std::size_t kJournalNameBytesMax = 64;
inline constexpr std::size_t kJournalFieldsMax = 1'024;
/// Of a value. Messages have up to 48 KB as the journal comes; core dumps, in old journals, have hundreds of megabytes, of which nobody reads more.
inline constexpr std::size_t kJournalValueBytesMax = 256 << 10;
/// Of the values of an entry together; and of the record that it becomes (kReceivedBytesMax).
inline constexpr std::size_t kJournalEntryBytesMax = 1u << 20;
/// A host, a time or a cursor beside a record, as with HEC.
inline constexpr std::size_t kJournalMetaBytesMax = 4 << 10;
/// Room that is kept for the next entry; usual ones have 1 to 2 KB.
inline constexpr std::size_t kJournalRoomBytesKept = 64 << 10;
/// The largest size that is believed, as in the journal: all of it is skipped past kJournalValueBytesMax.
inline constexpr std::uint64_t kJournalDataBytesMax = std::uint64_t{768} << 20;

class JournalExport : public RecordFrames {
 public:
  struct Counts {
    std::uint64_t entries = 0;    // handed on
    std::uint64_t truncated = 0;  // of them, those of which something is left out
    std::uint64_t damaged = 0;    // lost: what was skipped up to an empty line
    bool operator==(const Counts&) const = default;
  };

  void read(std::string_view bytes, ReceivedVisitor& visitor) override;
  void finish(ReceivedVisitor& visitor) override;

  const Counts& counts() const { return counts_; }

 private:
  enum class State : std::uint8_t { kLine, kSize, kData, kDataEnd, kSkip };
  struct Place {
    std::uint32_t from = 0, size = 0;
  };
  struct Field {
    std::uint64_t key = 0;  // of the name
    Place name, value;
  };

  std::size_t line(std::string_view bytes, ReceivedVisitor& visitor);
  std::size_t size(std::string_view bytes);
  std::size_t data(std::string_view bytes);
  std::size_t data_end(std::string_view bytes);
  std::size_t skip(std::string_view bytes);
  void end_line(ReceivedVisitor& visitor);
  void add(std::string_view name, std::string_view value, bool whole);
  void damage();
  void hand_on(ReceivedVisitor& visitor);
  bool append_field(std::size_t index);
  std::string_view text(Place place) const { return std::string_view(texts_).substr(place.from, place.size); }
  std::string_view value_of(std::string_view name) const;
  void clear();

  State state_ = State::kLine;
  std::string line_;             // the beginning of a line, or of data, that earlier reads brought
  bool line_whole_ = true;       // nothing of it was left out
  std::string name_;             // of data
  std::uint64_t needed_ = 0;     // kData: bytes to come
  bool between_ = false;         // kSkip: behind a line feed
  bool truncated_ = false;       // of the entry
  std::vector<Field> fields_;
  std::string texts_, json_;
  Counts counts_;
};

/// Whether bytes that begin so are the journal's export format, as `journalctl -o export` writes it.
bool is_journal_export(std::string_view head);

}  // namespace tocsin
