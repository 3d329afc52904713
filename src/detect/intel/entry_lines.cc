#include "detect/intel/entry_lines.h"

#include <fmt/format.h>

namespace tocsin::intel {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// The name in a line of a hosts file, else the line.
std::string_view without_sink(std::string_view entry) {
  const std::size_t blank = entry.find_first_of(" \t");
  if (blank == std::string_view::npos) return entry;
  const std::string_view first = entry.substr(0, blank);
  if (first != "0.0.0.0" && first != "127.0.0.1" && first != "::" && first != "::1") return entry;
  return trimmed(entry.substr(blank));
}

}  // namespace

std::string_view entry_of_line(std::string_view line) {
  line = trimmed(line);
  if (line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
  if (line.starts_with('#') || line.starts_with(';') || line.starts_with("//")) return {};
  for (std::size_t at = 1; at < line.size(); ++at) {
    if ((line[at] == '#' || line[at] == ';') && is_blank(line[at - 1])) return without_sink(trimmed(line.substr(0, at)));
  }
  return without_sink(line);
}

void note_refused(std::vector<std::string>& notes, std::size_t& refused, std::string_view where, std::string_view entry, std::string_view why) {
  if (++refused > kRefusedShownMax) return;
  notes.push_back(fmt::format("{}: '{}' {} and is passed over", where, entry.substr(0, kRefusedBytesMax), why));
}

void note_more_refused(std::vector<std::string>& notes, std::string_view file, std::size_t refused) {
  if (refused > kRefusedShownMax) notes.push_back(fmt::format("{}: {} more entries are passed over", file, refused - kRefusedShownMax));
}

}  // namespace tocsin::intel
