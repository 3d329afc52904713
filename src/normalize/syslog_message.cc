#include "normalize/syslog_message.h"

#include "normalize/text_scan.h"

namespace tocsin {

namespace {

/// Where a Cisco message may begin: after a counter, a host and a time.
constexpr std::size_t kCiscoHeadBytes = 128;
constexpr std::string_view kFrom = " from ", kInvalidUser = "invalid user ", kFor = " for ";

std::string_view first_word(std::string_view text) { return text.substr(0, text.find(' ')); }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

/// True for what can be an address or a name of a host; what a user calls himself may hold anything.
bool is_address(std::string_view text) {
  for (const char c : text) {
    if (!is_name_char(c) && c != '.' && c != ':' && c != '%') return false;
  }
  return !text.empty();
}

/// What sudo writes. A fixed list: a directory can be called " ; X=y" too.
bool is_sudo_key(std::string_view text) {
  for (const std::string_view key : {"HOST", "TTY", "CHROOT", "PWD", "USER", "GROUP", "TSID", "ENV", "COMMAND"}) {
    if (text == key) return true;
  }
  return false;
}

}  // namespace

SyslogMessage::SyslogMessage(PathTable& paths)
    : paths_(paths),
      cef_(paths),
      event_xml_(paths),
      key_value_(paths),
      user_(paths.child(PathTable::kRoot, "user")),
      src_ip_(paths.child(PathTable::kRoot, "src_ip")),
      src_port_(paths.child(PathTable::kRoot, "src_port")),
      mnemonic_(paths.child(PathTable::kRoot, "mnemonic")),
      cisco_facility_(paths.child(PathTable::kRoot, "cisco_facility")),
      cisco_severity_(paths.child(PathTable::kRoot, "cisco_severity")) {}

void SyslogMessage::add_fields(std::string_view program, std::string_view message, TextArena& arena, Event& event) {
  // OpenSSH since 9.8: sshd-session, sshd-auth.
  if (program == "sshd" || program.starts_with("sshd-")) return add_sshd(message, event);
  if (program == "sudo") return add_sudo(message, event);
  if (program.starts_with('%') && add_cisco(program, event)) return;
  if (event_xml_.add_fields(message, arena, event)) return;
  if (CefParser::begins(message) && cef_.add_fields(message, arena, event)) return;
  if (program == "kernel") return add_packet(message, event);
  if (key_value_.add_fields(message, event)) return;
  const std::string_view head = message.substr(0, kCiscoHeadBytes);
  const std::size_t percent = head.find('%');
  if (percent == std::string_view::npos) return;
  if (percent != 0 && !head.substr(0, percent).ends_with(": ")) return;
  const std::string_view from = message.substr(percent);
  const std::size_t colon = from.find(':');
  if (colon != std::string_view::npos) add_cisco(trimmed(from.substr(0, colon)), event);
}

/// "[4711.815] DROP IN=eth0 OUT= MAC=… SRC=192.0.2.7 DST=…": what stands before IN= is the administrator's choice.
void SyslogMessage::add_packet(std::string_view message, Event& event) {
  const std::size_t in = message.find("IN=");
  if (in == std::string_view::npos || message.find(" SRC=", in) == std::string_view::npos) return;
  key_value_.add_fields(message.substr(in), event);
}

/// "192.0.2.7 port 4242 ssh2", "192.0.2.7: 11: bye".
void SyslogMessage::add_peer(std::string_view peer, Event& event) {
  std::string_view address = first_word(peer);
  const std::string_view rest = peer.substr(address.size());
  while (address.ends_with(':') || address.ends_with(',')) address.remove_suffix(1);
  if (!is_address(address)) return;
  add_value(event, src_ip_, address);
  constexpr std::string_view kPort = " port ";
  if (!rest.starts_with(kPort)) return;
  std::string_view port = rest.substr(kPort.size());
  std::size_t digits = 0;
  while (digits < port.size() && is_digit(port[digits])) ++digits;
  if (digits > 0) add_value(event, src_port_, port.substr(0, digits));
}

/// "Failed password for [invalid user ]X from IP port N ssh2", "Accepted publickey for X from …", "Invalid user X from …".
void SyslogMessage::add_sshd(std::string_view message, Event& event) {
  const std::size_t from = message.rfind(kFrom);
  if (from == std::string_view::npos) return;
  std::string_view before = message.substr(0, from);
  if (before.starts_with("Failed ") || before.starts_with("Accepted ")) {
    const std::size_t user = before.find(kFor);
    if (user == std::string_view::npos) return;
    before.remove_prefix(user + kFor.size());
    if (before.starts_with(kInvalidUser)) before.remove_prefix(kInvalidUser.size());
  } else if (before.starts_with("Invalid user ")) {
    before.remove_prefix(kInvalidUser.size());
  } else {
    return;
  }
  if (!before.empty()) add_value(event, user_, before);
  add_peer(message.substr(from + kFrom.size()), event);
}

/// "ann : [reason ; ]TTY=pts/0 ; PWD=/home/ann ; USER=root ; COMMAND=/bin/ls": what follows COMMAND= is all command.
void SyslogMessage::add_sudo(std::string_view message, Event& event) {
  constexpr std::string_view kAfterUser = " : ", kBetween = " ; ";
  const std::size_t colon = message.find(kAfterUser);
  if (colon == std::string_view::npos || message.find("COMMAND=", colon) == std::string_view::npos) return;
  const std::string_view user = trimmed(message.substr(0, colon));
  if (!user.empty()) add_value(event, user_, user);
  std::string_view rest = message.substr(colon + kAfterUser.size());
  while (!rest.empty()) {
    const std::size_t equals = rest.find('=');
    std::size_t end = rest.find(kBetween);
    if (end == std::string_view::npos) end = rest.size();
    if (equals < end && is_sudo_key(rest.substr(0, equals))) {
      const std::string_view key = rest.substr(0, equals);
      if (key == "COMMAND") end = rest.size();
      add_value(event, paths_.child(PathTable::kRoot, key), rest.substr(equals + 1, end - equals - 1));
    }
    rest = end < rest.size() ? rest.substr(end + kBetween.size()) : std::string_view();
  }
}

/// "%FACILITY-5-MNEMONIC"; facilities of IOS XR hold hyphens themselves, so the last "-digit-" divides.
bool SyslogMessage::add_cisco(std::string_view tag, Event& event) {
  for (const char c : tag.substr(1)) {
    if (!is_upper(c) && !is_digit(c) && c != '_' && c != '-' && c != '$' && c != '/') return false;
  }
  const std::size_t hyphen = tag.rfind('-');
  if (hyphen == std::string_view::npos || hyphen < 4 || hyphen + 1 == tag.size()) return false;
  if (tag[hyphen - 2] != '-' || tag[hyphen - 1] < '0' || tag[hyphen - 1] > '7') return false;
  add_value(event, cisco_facility_, tag.substr(1, hyphen - 3));
  add_value(event, cisco_severity_, tag.substr(hyphen - 1, 1));
  add_value(event, mnemonic_, tag.substr(hyphen + 1));
  return true;
}

}  // namespace tocsin
