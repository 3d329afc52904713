#include "detect/match/line_memory.h"

#include <algorithm>
#include <bit>
#include <cstring>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace tocsin::match {

bool LineMemory::begins_with(const Line* line, std::string_view rest, std::string_view feed, std::uintptr_t asker) {
  if (line == nullptr || line->asker != asker || line->size + feed.size() > rest.size()) return false;
  if (std::memcmp(rest.data() + line->size, feed.data(), feed.size()) != 0) return false;
  return std::memcmp(rest.data(), line->bytes, line->size) == 0;
}

LineMemory::Line* LineMemory::get(std::uint64_t hash, std::string_view line, std::uintptr_t asker) {
  Line& kept = lines_[hash & (kLines - 1)];
  if (kept.hash != hash || kept.asker != asker || kept.size != line.size()) return nullptr;
  return std::memcmp(kept.bytes, line.data(), line.size()) == 0 ? &kept : nullptr;
}

LineMemory::Line* LineMemory::put(std::uint64_t hash, std::string_view line, std::uintptr_t asker,
                                  std::span<const std::uint32_t> entries) {
  if (line.size() > kLineBytesMax || entries.size() > kEntriesMax) return nullptr;
  if (used_ + line.size() > kArenaBytes) forget();
  Line& kept = lines_[hash & (kLines - 1)];
  char* const bytes = arena_.get() + used_;
  if (!line.empty()) std::memcpy(bytes, line.data(), line.size());
  used_ += line.size();
  kept.hash = hash;
  kept.asker = asker;
  kept.bytes = bytes;
  kept.size = static_cast<std::uint32_t>(line.size());
  kept.count = static_cast<std::uint32_t>(entries.size());
  std::ranges::copy(entries, kept.entries);
  return &kept;
}

void LineMemory::forget() {
  for (std::size_t i = 0; i < kLines; ++i) lines_[i].asker = 0;
  used_ = 0;
}

namespace {

/// Whether the backslash at `at` is itself what another one protects.
bool is_protected(std::string_view text, std::size_t at) {
  std::size_t from = at;
  while (from > 0 && text[from - 1] == '\\') --from;
  return (at - from) % 2 != 0;
}

}  // namespace

std::size_t line_end(std::string_view text, bool escaped) {
  if (!escaped) return std::min(text.find('\n'), text.size());
  std::size_t at = 0;
#if defined(__SSE2__)
  const __m128i backslash = _mm_set1_epi8('\\'), letter = _mm_set1_epi8('n');
  for (; at + 17 <= text.size(); at += 16) {
    const __m128i here = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
    const __m128i next = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at + 1));
    const __m128i both = _mm_and_si128(_mm_cmpeq_epi8(here, backslash), _mm_cmpeq_epi8(next, letter));
    for (auto found = static_cast<unsigned>(_mm_movemask_epi8(both)); found != 0; found &= found - 1) {
      const std::size_t place = at + static_cast<std::size_t>(std::countr_zero(found));
      if (!is_protected(text, place)) return place;
    }
  }
#endif
  for (; at + 1 < text.size(); ++at) {
    if (text[at] == '\\' && text[at + 1] == 'n' && !is_protected(text, at)) return at;
  }
  return text.size();
}

}  // namespace tocsin::match
