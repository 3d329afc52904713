// Syslog lines as they lie in files and come over the wire: RFC 3164 with and without <PRI>, its many real timestamps,
// RFC 5424, and the Cisco messages (%FACILITY-SEVERITY-MNEMONIC) that travel in them.
//
//   <34>Oct 11 22:14:15 mail su: 'su root' failed          Jan  5 03:02:01 web sshd[12]: Accepted …
//   2024-01-05T03:02:01.123456+01:00 web sudo:  ann : …    <165>1 2003-10-11T22:14:15.003Z web app 12 ID47 [a@1 k="v"] text
//   000123: *Mar  1 00:00:01.123: %SYS-5-CONFIG_I: …       Jan  5 03:02:01 last message repeated 3 times
//
// Fields: timestamp, hostname, program, pid, message; facility and severity by name (only with <PRI>); msgid and
// <SD-ID>.<name> (RFC 5424); mnemonic, cisco_facility, cisco_severity; of messages what the mappings know of
// the program (text_formats.h), else what syslog_message.h says. A
// line that is not syslog gives false and an event that the caller has to clear. One parser per thread; warm, it
// allocates nothing.
//
//   SyslogParser syslog(paths);
//   if (syslog.parse(line, reference, arena, event)) …
#pragma once

#include <string_view>

#include "event/event.h"
#include "normalize/syslog_message.h"
#include "normalize/text_arena.h"

namespace tocsin {

class FormatReader;

/// Everything before the message, as pieces of the line; what is not there is empty.
struct SyslogHeader {
  int priority = -1;  // facility * 8 + severity
  TimeUs time = kNoTime;
  std::string_view timestamp, hostname, program, pid, msgid;
  std::string_view structured;  // RFC 5424, from '[' to ']'
  std::string_view message;

  /// The line was copied so far on.
  void move_by(std::ptrdiff_t bytes) {
    for (std::string_view* part : {&timestamp, &hostname, &program, &pid, &msgid, &structured, &message}) {
      if (!part->empty()) *part = {part->data() + bytes, part->size()};
    }
  }
};

/// False if the line is not syslog.
bool read_syslog_header(std::string_view line, TimeUs reference, SyslogHeader& header);

class SyslogParser {
 public:
  /// `formats`, if there are any, must outlive it.
  explicit SyslogParser(PathTable& paths, FormatReader* formats = nullptr);

  /// `reference` gives timestamps without a year theirs (text_time.h). Values lie in the line or in the arena.
  bool parse(std::string_view line, TimeUs reference, TextArena& arena, Event& event);

 private:
  void add_priority(int priority, TextArena& arena, Event& event) const;
  void add_structured(std::string_view text, TextArena& arena, Event& event);
  void add_message(const SyslogHeader& header, TextArena& arena, Event& event);

  PathTable& paths_;
  FormatReader* formats_;
  SyslogMessage message_fields_;
  PathId timestamp_, hostname_, program_, pid_, facility_, severity_, msgid_, message_;
};

}  // namespace tocsin
