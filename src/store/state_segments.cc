// What of the state is about segments: the catalogue, and what became of them for the audit log.
#include <fmt/format.h>

#include "store/state.h"
#include "store/state_statement.h"

namespace tocsin {

Status State::add_segment(const store::Segment& segment) {
  Statement add(*this, "INSERT INTO segments VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  add.text(segment.file);
  for (const std::uint64_t number : {segment.first_sequence, segment.last_sequence, segment.rows, segment.raw_bytes, segment.bytes}) {
    add.number(static_cast<std::int64_t>(number));
  }
  for (const TimeUs time : {segment.first_time, segment.last_time, segment.first_received, segment.last_received}) add.number(time);
  return add.blob(segment.sha256).run();
}

Status State::note_segment(const char* what, const store::Segment& segment, std::string_view detail) {
  Statement note(*this, "INSERT INTO segment_changes (what, file, sha256, detail) VALUES (?, ?, ?, ?)");
  return note.text(what).text(segment.file).blob(segment.sha256).text(detail).run();
}

Status State::replace(std::span<const store::Segment> gone, const std::optional<store::Segment>& whole) {
  return change([&]() -> Status {
    Statement remove(*this, "DELETE FROM segments WHERE file = ?");
    const std::string why = whole ? "became a part of " + whole->file : "too old, or too much, for what keep.* says";
    for (const store::Segment& segment : gone) {
      TRY(remove.again().text(segment.file).run());
      TRY(note_segment("segment.remove", segment, why));
    }
    if (!whole) return {};
    TRY(add_segment(*whole));
    return note_segment("segment.merge", *whole, fmt::format("{} events, of {} segments", whole->rows, gone.size()));
  });
}

Status State::store(std::span<const store::Segment> segments, std::uint64_t position) {
  return change([&]() -> Status {
    for (const store::Segment& segment : segments) {
      TRY(add_segment(segment));
      TRY(note_segment("segment.store", segment, fmt::format("{} events, records {} to {}", segment.rows, segment.first_sequence, segment.last_sequence)));
    }
    return Statement(*this, "UPDATE stored SET position = ?").number(static_cast<std::int64_t>(position)).run();
  });
}

}  // namespace tocsin
