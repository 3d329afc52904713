// For tests: the messages of a whole syslog stream, read the slow and obvious way, for comparison with SyslogFrames, whatever
// the reads were. It has the same rules (syslog_frames.h) and shares no code: everything is there at once, so there are no
// states. Never fails; used by syslog_frames_test.cc and the fuzz target.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "collect/syslog_frames.h"

namespace tocsin {

struct SyslogTwin {
  struct Message {
    std::string text;
    bool truncated = false;
    bool operator==(const Message&) const = default;
  };
  std::vector<Message> messages;
  SyslogFrames::Counts counts;

  void add(std::string text, bool cut_off) {
    const bool longer = text.size() > SyslogFrames::kFrameBytesMax;
    if (longer) {
      ++counts.truncated;
      counts.skipped_bytes += text.size() - SyslogFrames::kFrameBytesMax;
      text.resize(SyslogFrames::kFrameBytesMax);
    }
    ++counts.frames;
    messages.push_back({text, longer || cut_off});
  }

  /// Reads the counted message at the start of `rest`, if there is one, and says how many bytes it took.
  std::size_t counted(std::string_view rest) {
    std::size_t digits = 0;
    while (digits < rest.size() && rest[digits] >= '0' && rest[digits] <= '9') ++digits;
    if (digits > 8) {
      ++counts.bad_counts;
      return 0;
    }
    const bool spaced = digits > 0 && rest.size() > digits + 1 && rest[digits] == ' ';
    if (!spaced) return 0;
    const unsigned long count = std::stoul(std::string(rest.substr(0, digits)));
    if (rest[0] == '0' || count > SyslogFrames::kCountMax || rest[digits + 1] != '<') {
      ++counts.bad_counts;
      return 0;
    }
    std::string text(rest.substr(digits + 1, count));
    const std::size_t used = digits + 1 + text.size();
    const bool cut_off = text.size() < count;
    ++counts.counted;
    counts.cut_off += cut_off;
    if (!cut_off && text.size() <= SyslogFrames::kFrameBytesMax) {
      for (const std::string_view trailer :
           {std::string_view("\r\n"), std::string_view("\n"), std::string_view("\0", 1)}) {
        if (!text.ends_with(trailer)) continue;
        text.resize(text.size() - trailer.size());
        break;
      }
    }
    add(text, cut_off);
    return used;
  }

  explicit SyslogTwin(std::string_view bytes) {
    const std::string_view trailers("\n\r\0", 3);
    for (std::size_t at = 0; (at = bytes.find_first_not_of(trailers, at)) != std::string_view::npos;) {
      if (const std::size_t used = counted(bytes.substr(at)); used > 0) {
        at += used;
        continue;
      }
      const std::size_t end = std::min(bytes.find_first_of(std::string_view("\n\0", 2), at), bytes.size());
      std::string line(bytes.substr(at, end - at));
      if (line.ends_with('\r')) line.pop_back();
      add(line, false);
      at = end;
    }
  }
};

}  // namespace tocsin
