// The audit log of Linux. The kernel describes one event in several records, a line each, that share a stamp (time and
// serial number) and may be mixed with those of other events:
//
//   type=SYSCALL msg=audit(1700000000.123:456): arch=c000003e syscall=59 … comm="id" exe="/usr/bin/id" key="x"<0x1d>UID="ann"
//   type=EXECVE msg=audit(1700000000.123:456): argc=2 a0="id" a1=2D75
//   node=web type=USER_LOGIN msg=audit(…): pid=1 uid=0 msg='op=login acct="ann" addr=192.0.2.7 res=success'<0x1d>UID="root"
//   Jan  5 03:02:01 web audispd: node=web type=…        Jan  5 03:02:01 web kernel: [1.2] audit: type=1400 audit(…): apparmor="DENIED" …
//
// The records of one stamp become one Event. Its fields are the keys of all records, with several values where several
// records have the key: `type` (one value per distinct record type; numbers of known types by name), `name` of each
// PATH, a0 … of SYSCALL and of EXECVE. Quotes are stripped; keys that auditd writes in hexadecimal when the text is odd
// (comm, exe, name, proctitle, EXECVE's a0 …) are decoded; NUL between the words of proctitle becomes a space; key=
// with several keys gives one value each; "(null)" and "?" are null. What follows 0x1d (enriched) is as any other.
//
// Added: audit_id (the stamp; it tells an audit event from others), node, cmdline (EXECVE's words with spaces between),
// SYSCALL (the name, if the log is not enriched), and saddr_fam, laddr, lport, path from an encoded saddr. kRoot has one value per line.
//
// One per thread; warm, it allocates nothing. All values lie in the arena.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "event/event.h"
#include "normalize/text_arena.h"

namespace tocsin {

/// EXECVE words past this many are in cmdline and in the lines only: each number is a path of its own.
inline constexpr int kAuditWordsMax = 128;

/// Where the parts of a record's line are.
struct AuditHeader {
  std::string_view node;   // of node=, or the host of a syslog prefix
  std::string_view type;   // as written
  std::string_view stamp;  // "1700000000.123:456"
  std::string_view body;   // what follows "): "

  bool same_event(const AuditHeader& other) const { return stamp == other.stamp && node == other.node; }
};

/// False if the line is no audit record. A record quoted inside another program's message is none.
bool read_audit_header(std::string_view line, AuditHeader& header);

class AuditEvent {
 public:
  explicit AuditEvent(PathTable& paths);

  /// An event from the lines of one stamp, in order. Each must be one that read_audit_header takes.
  void build(const std::vector<std::string_view>& lines, TextArena& arena, Event& event);

 private:
  enum class KeyKind : std::uint8_t { kUnknown, kPlain, kEncoded, kTitle, kKey, kSocket };
  struct Record {
    bool execve = false;
    bool nested = false;         // inside msg='…'
    bool closes = false;         // the token at hand ended that
    std::size_t last_value = 0;  // index + 1 of the value that a bare word continues; 0: none
    std::string_view socket;     // saddr, if nothing else says what is in it
  };

  void add_type(std::string_view type, Event& event);
  void add_record(const AuditHeader& header, TextArena& arena, Event& event);
  void add_word(std::string_view word, Record& record, Event& event);
  void add_pair(std::string_view key, std::string_view value, bool quoted, Record& record, TextArena& arena,
                Event& event);
  void add_execve_word(std::string_view key, std::string_view value, bool quoted, TextArena& arena, Event& event);
  void add_keys(PathId path, std::string_view text, Event& event);
  void add_socket(std::string_view hex, TextArena& arena, Event& event);
  void add_command_line(TextArena& arena, Event& event);
  void add_syscall_name(TextArena& arena, Event& event);
  KeyKind kind_of(PathId path);

  PathTable& paths_;
  PathId audit_id_, type_, node_, cmdline_, arch_, syscall_, syscall_name_, saddr_fam_, laddr_, lport_, path_;
  std::vector<KeyKind> kinds_;            // by path
  std::vector<std::string_view> words_;   // of EXECVE
  std::vector<std::string_view> copies_;  // the lines, in the arena
  PathId previous_ = PathTable::kRoot;    // the key before, for PathTable::child_after
};

}  // namespace tocsin
