// What a line of a long text was found to hold the last time it was seen. The longest values of a log are texts of many
// lines (PowerShell's ContextInfo, a rendered Message), new as a whole each time and nearly all of it old: in real Windows
// events 96 of 100 lines, and 99 of 100 bytes, stood in a text a moment ago. So the text is taken apart at its line feeds
// and each line is asked for by itself. What came after the last three lines is remembered too, so most lines are recognised by
// one compare, without a search for their end and without a hash.
//
// Direct-mapped tables and one arena, all of fixed size: a newcomer displaces who stood there, and when the arena is full
// everything is forgotten at once. One per thread; nothing is allocated after construction.
//
//   LineMemory::Line*& guess = memory.guess(so_far);
//   if (LineMemory::begins_with(guess, rest, feed, asker)) …                 // it was right
//   LineMemory::Line* line = memory.get(hash, bytes, asker);                 // what is remembered, or nullptr
//   if (line == nullptr) line = memory.put(hash, bytes, asker, entries);     // nullptr if it is not kept
//   so_far = memory.after(so_far, line);
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/zeroed_array.h"

namespace tocsin::match {

class LineMemory {
 public:
  static constexpr int kGuessBits = 13;
  static constexpr std::size_t kLines = 1 << 12, kGuesses = 1 << kGuessBits, kArenaBytes = 1 << 20;
  static constexpr std::size_t kLineBytesMax = 16'384, kEntriesMax = 23;

  struct alignas(64) Line {
    std::uint64_t hash = 0;
    std::uintptr_t asker = 0;      // what was asked of it: 0 for an empty header
    const char* bytes = nullptr;   // in the arena
    std::uint32_t size = 0;
    std::uint32_t count = 0;
    std::uint32_t entries[kEntriesMax];

    std::span<const std::uint32_t> found() const { return {entries, count}; }
  };

  /// The lines of a text so far, as far as they matter for a guess: what asks at the beginning, then the last three lines.
  using SoFar = std::uint64_t;
  static constexpr SoFar kUnknownSoFar = 0;
  SoFar after(SoFar so_far, const Line* line) const {
    return line == nullptr ? kUnknownSoFar : so_far << 21 ^ static_cast<std::uint64_t>(line - lines_.get() + 1);
  }
  Line*& guess(SoFar so_far) { return guesses_[(so_far * 0x9E3779B97F4A7C15ull) >> (64 - kGuessBits)]; }
  /// Whether `rest` begins with `line` (nullptr: no) and, behind it, `feed`: the line feed as it is written there.
  static bool begins_with(const Line* line, std::string_view rest, std::string_view feed, std::uintptr_t asker);
  Line* get(std::uint64_t hash, std::string_view line, std::uintptr_t asker);
  Line* put(std::uint64_t hash, std::string_view line, std::uintptr_t asker, std::span<const std::uint32_t> entries);

 private:
  void forget();

  ZeroedArray<Line> lines_{kLines};
  ZeroedArray<Line*> guesses_{kGuesses};
  ZeroedArray<char> arena_{kArenaBytes};
  std::size_t used_ = 0;
};

/// Where the first line of `text` ends: at a line feed, or at the end of the text. `escaped`: the text is the inside of a JSON
/// string, in which the feed is written \n. (One written \u000a is not seen: the line is then longer, no more.)
std::size_t line_end(std::string_view text, bool escaped);

}  // namespace tocsin::match
