// Where an event is put together: its values, and the arena their text lies in. The arena is one stretch of
// memory, so that Event::text covers every value; it grows (once warm, never) by moving, and the values move
// with it. One per reader, one thread. Fails by refusing: past kEvtxValuesMax values or the text budget
// nothing more is added, and full() says so until clear().
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "collect/evtx_format.h"
#include "collect/evtx_value.h"
#include "event/event.h"

namespace tocsin {

class EvtxSink {
 public:
  EvtxSink();

  void start_chunk() { chunk_text_ = 0; }
  /// Begins an event.
  void clear();
  /// Ends it: Event::text is set. `event()` stays valid until the next clear.
  void finish();
  Event& event() { return event_; }

  /// The value under `path`; an array as one value per element. False if it was damaged (then there is a
  /// null).
  bool add(PathId path, const EvtxValue& value);
  void add_null(PathId path) { push(path, ValueKind::kNull, used_, 0); }
  void add_text(PathId path, std::string_view text, ValueKind kind);
  /// The same in two steps, for texts that are known to stand side by side: copy all, then name parts of
  /// them.
  std::uint32_t copy(std::string_view text);
  void add_copied(PathId path, ValueKind kind, std::uint32_t from, std::uint32_t size) {
    if (from <= used_ && size <= used_ - from) push(path, kind, from, size);
  }
  void remove(std::size_t index);
  /// Makes the last two values one text. False if other text stands between them.
  bool join_last();

  std::size_t size() const { return event_.values.size(); }
  bool full() const { return full_; }

 private:
  char* room(std::uint32_t bytes);
  bool grow(std::uint32_t bytes);
  void push(PathId path, ValueKind kind, std::uint32_t from, std::uint32_t size);
  bool add_one(PathId path, const EvtxValue& value);

  Event event_;
  std::unique_ptr<char[]> arena_;
  std::uint32_t used_ = 0;
  std::uint32_t capacity_ = 0;
  std::uint32_t chunk_text_ = 0;  // of the events of this chunk before this one
  bool full_ = false;
};

}  // namespace tocsin
