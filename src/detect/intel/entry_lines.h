// Lines of a plain list, and how entries that are none are told: the first few by name, the rest by their number. Pure.
//
//   const std::string_view entry = entry_of_line("203.0.113.7   # scanner");
//   note_refused(notes, refused, "feed.csv:7", "hello", "is no address");
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::intel {

/// Of one file; the rest is counted.
inline constexpr std::size_t kRefusedShownMax = 3;
/// Of an entry that is told.
inline constexpr std::size_t kRefusedBytesMax = 80;

/// Without blanks and the comment behind # or ;, which begins a line or stands behind a blank (a # within a URL is part of it). Of a line of a hosts file (0.0.0.0 bad.example.org) the name. "" if
/// nothing is left.
std::string_view entry_of_line(std::string_view line);
/// Counts an entry that cannot be used, and tells it if it is one of the first. `why` follows on the entry: "is no address".
void note_refused(std::vector<std::string>& notes, std::size_t& refused, std::string_view where, std::string_view entry, std::string_view why);
/// How many were not told.
void note_more_refused(std::vector<std::string>& notes, std::string_view file, std::size_t refused);

}  // namespace tocsin::intel
