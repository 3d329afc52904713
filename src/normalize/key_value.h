// Lines, and messages of syslog lines, that are pairs of a key and a value: FortiGate, Sophos and other firewalls, the logfmt
// of Go programs, and what the Linux kernel writes for a packet filter.
//
//   date=2026-03-02 time=08:15:30 devname="fg-01" logid="0100044547" type="event" msg="Add system.admin 2"
//   time="2026-03-02T08:15:30Z" level=info msg="started" elapsed=3ms
//   IN=eth0 OUT= SRC=203.0.113.7 DST=192.0.2.10 PROTO=TCP SPT=50122 DPT=22 WINDOW=64240 SYN
//
// Each key is a field of that name. In quotes a backslash protects what follows, and stays. A key without any value is
// null. A text is one of these if it begins with a pair, has at least kKeyValuePairsLeast, and more pairs than other words.
// date, time and tz together are the time, before that of a syslog line around them, which often lacks the year; of a line
// of its own with eventtime (FortiGate's nanoseconds), that is. Pieces of the line,
// nothing allocated; one per thread.
#pragma once

#include <string_view>

#include "normalize/line_format.h"

namespace tocsin {

/// With fewer, a sentence with an equals sign in it would be taken for a record.
inline constexpr std::size_t kKeyValuePairsLeast = 3;
/// A firewall writes some eighty; a line of more is no record, and each key is a path.
inline constexpr std::size_t kKeyValuePairsMax = 512;
inline constexpr std::size_t kKeyBytesMax = 64;

class KeyValueParser : public LineFormat {
 public:
  explicit KeyValueParser(PathTable& paths);

  bool parse(std::string_view line, TextArena& arena, Event& event) override;
  /// The fields alone, and the time if they say it, for a text inside a line. False leaves the event as it was.
  bool add_fields(std::string_view text, Event& event);

 private:
  PathTable& paths_;
  PathId date_, time_, zone_, event_time_;
};

}  // namespace tocsin
