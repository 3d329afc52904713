#include "collect/evtx_sink.h"

#include <algorithm>
#include <cstring>

namespace tocsin {
namespace {

// Nearly every event fits; the first few that do not make it grow.
constexpr std::uint32_t kArenaStart = 16u << 10;

}  // namespace

EvtxSink::EvtxSink() : arena_(new char[kArenaStart]), capacity_(kArenaStart) { event_.values.reserve(128); }

void EvtxSink::clear() {
  chunk_text_ += used_;
  event_.clear();
  used_ = 0;
  full_ = chunk_text_ > kEvtxChunkTextBytesMax;
}

void EvtxSink::finish() { event_.text = {arena_.get(), used_}; }

char* EvtxSink::room(std::uint32_t bytes) {
  if (full_ || (bytes > capacity_ - used_ && !grow(bytes))) return nullptr;
  return arena_.get() + used_;
}

bool EvtxSink::grow(std::uint32_t bytes) {
  const std::uint64_t wanted = std::uint64_t{used_} + bytes;
  if (wanted > kEvtxTextBytesMax) {
    full_ = true;
    return false;
  }
  const auto capacity =
      static_cast<std::uint32_t>(std::clamp<std::uint64_t>(2 * wanted, kArenaStart, kEvtxTextBytesMax));
  std::unique_ptr<char[]> arena(new char[capacity]);
  std::memcpy(arena.get(), arena_.get(), used_);
  for (Value& value : event_.values) value.data = arena.get() + (value.data - arena_.get());
  arena_ = std::move(arena);
  capacity_ = capacity;
  return true;
}

void EvtxSink::push(PathId path, ValueKind kind, std::uint32_t from, std::uint32_t size) {
  if (event_.values.size() >= kEvtxValuesMax) full_ = true;
  if (!full_) event_.values.push_back({arena_.get() + from, size, path, kind});
}

bool EvtxSink::add_one(PathId path, const EvtxValue& value) {
  char* out = room(evtx_spelling_max(value.bytes.size));
  if (out == nullptr) return true;
  const EvtxSpelling spelled = evtx_spell(out, value);
  const auto size = static_cast<std::uint32_t>(spelled.end - out);
  const std::uint32_t from = used_;
  used_ += size;
  push(path, spelled.kind, from, size);
  return spelled.ok;
}

bool EvtxSink::add(PathId path, const EvtxValue& value) {
  if (!value.is_array()) return add_one(path, value);
  bool ok = true;
  EvtxValue element;
  for (std::uint32_t at = 0; !full_ && evtx_next_element(value, at, element);) ok &= add_one(path, element);
  return ok;
}

std::uint32_t EvtxSink::copy(std::string_view text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  char* out = room(size);
  const std::uint32_t from = used_;
  if (out == nullptr) return from;
  std::memcpy(out, text.data(), size);
  used_ += size;
  return from;
}

void EvtxSink::add_text(PathId path, std::string_view text, ValueKind kind) {
  const std::uint32_t from = copy(text);
  add_copied(path, kind, from, static_cast<std::uint32_t>(text.size()));
}

void EvtxSink::remove(std::size_t index) {
  event_.values.erase(event_.values.begin() + static_cast<std::ptrdiff_t>(index));
}

bool EvtxSink::join_last() {
  std::vector<Value>& values = event_.values;
  if (values.size() < 2) return false;
  const Value last = values.back();
  Value& joined = values[values.size() - 2];
  if (joined.data + joined.size != last.data) return false;
  joined.size += last.size;
  joined.kind = ValueKind::kText;
  values.pop_back();
  return true;
}

}  // namespace tocsin
