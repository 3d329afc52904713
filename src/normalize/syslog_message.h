// What can be learned from the message of a syslog line: who came from where (sshd), who ran what as whom (sudo), and
// which message a Cisco device sent. Only what names an entity or a field that rules ask for; everything else stays in
// the message for keyword rules. A name in a message is chosen by whoever connects: "from" is looked for from the end.
//
//   sshd   user, src_ip, src_port           Failed password for invalid user ann from 192.0.2.7 port 4242 ssh2
//   sudo   user, TTY, PWD, USER, COMMAND …  ann : TTY=pts/0 ; PWD=/home/ann ; USER=root ; COMMAND=/bin/ls
//   kernel IN, SRC, DST, DPT … of a packet filter    DROP IN=eth0 OUT= SRC=192.0.2.7 DST=…
//   CEF, LEEF, events as XML, key=value: what cef.h, event_xml.h and key_value.h say, whatever the program
//   Cisco  mnemonic, cisco_facility, cisco_severity   %SYS-5-CONFIG_I: Configured from console by ann
//
// One per thread; warm, it allocates nothing. Values are pieces of the message.
#pragma once

#include <string_view>

#include "event/event.h"
#include "normalize/cef.h"
#include "normalize/event_xml.h"
#include "normalize/key_value.h"

namespace tocsin {

class SyslogMessage {
 public:
  explicit SyslogMessage(PathTable& paths);

  /// A message that CefParser or EventXmlParser knows lies in the arena, with room for as much again.
  void add_fields(std::string_view program, std::string_view message, TextArena& arena, Event& event);

 private:
  void add_sshd(std::string_view message, Event& event);
  void add_peer(std::string_view peer, Event& event);
  void add_sudo(std::string_view message, Event& event);
  void add_packet(std::string_view message, Event& event);
  bool add_cisco(std::string_view tag, Event& event);

  PathTable& paths_;
  CefParser cef_;
  EventXmlParser event_xml_;
  KeyValueParser key_value_;
  PathId user_, src_ip_, src_port_, mnemonic_, cisco_facility_, cisco_severity_;
};

}  // namespace tocsin
