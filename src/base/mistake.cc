#include "base/mistake.h"

#include <algorithm>
#include <vector>

#include "base/text.h"

namespace tocsin {
namespace {

constexpr std::size_t kLineBytesShown = 160;  // a longer line is cut around the caret

/// Damerau-Levenshtein without the transposition; words here are short.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t keep = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, keep});
    }
  }
  return row[b.size()];
}

/// `at` or a little before it, so that no character is cut.
std::size_t character_start(std::string_view text, std::size_t at) {
  while (at > 0 && at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) --at;
  return at;
}

}  // namespace

std::size_t skip_characters(std::string_view text, std::size_t at, std::uint32_t count) {
  for (; count > 0 && at < text.size() && text[at] != '\n'; --count) at += char_at(text, at).size;
  return at;
}

std::string suggestion(std::string_view word, std::span<const std::string_view> known) {
  constexpr std::size_t kWordBytesMax = 64;  // nobody mistypes a longer one by two letters
  if (word.empty() || word.size() > kWordBytesMax) return {};
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string_view candidate : known) {
    if (candidate.size() > kWordBytesMax) continue;
    const std::size_t distance = edit_distance(word, candidate);
    if (distance >= best_distance) continue;
    best = candidate;
    best_distance = distance;
  }
  return best.empty() ? std::string() : "did you mean '" + std::string(best) + "'?";
}

std::string line_with_caret(std::string_view line, std::size_t at) {
  at = std::min(at, line.size());
  const std::size_t from = at > kLineBytesShown / 2 ? character_start(line, at - kLineBytesShown / 2) : 0;
  // Escaping changes widths, so the caret goes under the end of the escaped text before it.
  const std::string before = terminal_safe(line.substr(from, at - from));
  std::size_t width = 0;
  for (std::size_t i = 0; i < before.size(); i += char_at(before, i).size) ++width;
  return "    " + before + terminal_safe(line.substr(at, kLineBytesShown)) + "\n    " + std::string(width, ' ') + "^\n";
}

}  // namespace tocsin
