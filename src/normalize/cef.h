// The two forms in which security products write events for other vendors' collectors, as a line or as the message of a
// syslog line:
//
//   CEF:0|Vendor|Product|1.0|100|Name of the event|5|src=203.0.113.7 dst=192.0.2.10 dpt=22 msg=a text, with\=escapes
//   LEEF:1.0|Vendor|Product|1.0|100|src=203.0.113.7<TAB>dst=192.0.2.10
//   LEEF:2.0|Vendor|Product|1.0|100|^|src=203.0.113.7^dst=192.0.2.10        the delimiter, or its code as x5E
//
// Fields: DeviceVendor, DeviceProduct, DeviceVersion, DeviceEventClassID; of CEF also Name and Severity; and each key of
// the extension under its own name. Of the escapes \\ \| \= are undone; \n and \r stay, because products that write
// Windows paths often leave out the escaping and C:\new would be lost. A value of CEF reaches to the next word that
// ends in an equals sign and can be a key. The time is rt (CEF) or devTime (LEEF), a date in words or
// milliseconds since 1970, before that of a syslog line around it, which often lacks the year. One per thread; warm, it allocates nothing.
#pragma once

#include <string_view>

#include "normalize/line_format.h"

namespace tocsin {

/// Products write some fifty; what comes after is in the line only.
inline constexpr std::size_t kCefPairsMax = 512;
inline constexpr std::size_t kCefKeyBytesMax = 64;

class CefParser : public LineFormat {
 public:
  explicit CefParser(PathTable& paths);

  /// True if `text` begins like one, which is all that add_fields asks of it.
  static bool begins(std::string_view text) { return text.starts_with("CEF:") || text.starts_with("LEEF:"); }

  bool parse(std::string_view line, TextArena& arena, Event& event) override;
  /// `text` lies in the arena, with room for as much again. False leaves the event as it was.
  bool add_fields(std::string_view text, TextArena& arena, Event& event);

 private:
  void add_pair(std::string_view key, std::string_view value, TextArena& arena, Event& event);
  void add_cef_extension(std::string_view text, TextArena& arena, Event& event);
  void add_leef_extension(std::string_view text, char delimiter, TextArena& arena, Event& event);

  PathTable& paths_;
  PathId vendor_, product_, version_, event_class_, name_, severity_, receipt_time_, device_time_;
};

}  // namespace tocsin
