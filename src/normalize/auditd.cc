#include "normalize/auditd.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include "normalize/auditd_names.h"
#include "normalize/syslog.h"
#include "normalize/text_scan.h"

namespace tocsin {

namespace {

constexpr char kEnriched = '\x1d';
/// Longer ones are not keys but text with "=" in it.
constexpr std::size_t kKeyBytes = 64;
/// What add_type, add_socket and add_syscall_name may write for one record, beside pieces of its line.
constexpr std::size_t kNamesBytes = 192;

bool is_gap(char c) { return c == ' ' || c == kEnriched; }
bool is_key_char(char c) { return is_name_char(c) || c == '[' || c == ']' || c == '.'; }

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool is_hex(std::string_view text) {
  for (const char c : text) {
    if (hex_digit(c) < 0) return false;
  }
  return !text.empty() && text.size() % 2 == 0;
}

/// `hex` satisfies is_hex. NUL becomes `nul`.
std::string_view put_decoded(std::string_view hex, char nul, TextArena& arena) {
  char* const to = arena.more(hex.size() / 2);
  for (std::size_t i = 0; i < hex.size() / 2; ++i) {
    to[i] = static_cast<char>(hex_digit(hex[2 * i]) * 16 + hex_digit(hex[2 * i + 1]));
    if (to[i] == '\0') to[i] = nul;
  }
  return {to, hex.size() / 2};
}

bool is_stamp(std::string_view text) {
  TextScan scan(text);
  const auto number = [&] {
    const std::size_t from = scan.offset();
    while (is_digit(scan.peek())) scan.skip(1);
    return scan.offset() > from;
  };
  return number() && scan.eat('.') && number() && scan.eat(':') && number() && scan.at_end();
}

/// Seconds and their fraction, whatever its length.
TimeUs stamp_time(std::string_view stamp) {
  constexpr std::size_t kSecondsDigits = 11;  // the year 5138; more would not fit
  const std::size_t point = stamp.find('.');
  if (point > kSecondsDigits) return kNoTime;
  TimeUs time = 0;
  for (const char c : stamp.substr(0, point)) time = time * 10 + (c - '0');
  time *= 1'000'000;
  int scale = 100'000;
  for (std::size_t at = point + 1; at < stamp.size() && is_digit(stamp[at]); ++at, scale /= 10)
    time += (stamp[at] - '0') * scale;
  return time;
}

/// Who hands audit records to syslog: the dispatcher's plug-in under its names, or the kernel where no daemon runs.
bool is_audit_program(std::string_view program) {
  for (const std::string_view name : {"audispd", "audisp-syslog", "auditd", "audit", "kernel"}) {
    if (program == name) return true;
  }
  return false;
}

/// "[   12.345] audit: " of the kernel.
std::string_view without_kernel_prefix(std::string_view message) {
  TextScan scan(message);
  if (scan.peek() == '[') {
    scan.until(']');
    scan.skip(1);
    scan.skip_spaces();
  }
  scan.eat("audit: ");
  return scan.rest();
}

struct Token {
  enum class Kind : std::uint8_t { kWord, kPair, kOpen } kind = Kind::kWord;  // kOpen: msg='
  bool quoted = false;
  std::string_view key, value;  // of a word, only the value
};

/// The next word or key=value of a record's body; false at its end. Quotes hold no quotes: such texts are encoded.
bool next_token(TextScan& scan, Token& token) {
  while (is_gap(scan.peek()) && !scan.at_end()) scan.skip(1);
  if (scan.at_end()) return false;
  const std::string_view rest = scan.rest();
  std::size_t size = 0;
  while (size < rest.size() && is_key_char(rest[size])) ++size;
  token = {};
  const bool is_pair = size > 0 && size <= kKeyBytes && size < rest.size() && rest[size] == '=';
  if (is_pair) {
    token.kind = Token::Kind::kPair;
    token.key = rest.substr(0, size);
    scan.skip(size + 1);
    if (token.key == "msg" && scan.eat('\'')) {
      token.kind = Token::Kind::kOpen;
      return true;
    }
    if (scan.eat('"')) {
      token.quoted = true;
      token.value = scan.until('"');
      scan.eat('"');
      return true;
    }
  }
  const std::string_view from = scan.rest();
  while (!scan.at_end() && !is_gap(scan.peek())) scan.skip(1);
  token.value = from.substr(0, from.size() - scan.rest().size());
  return true;
}

}  // namespace

bool read_audit_header(std::string_view line, AuditHeader& header) {
  constexpr std::string_view kType = "type=", kNode = "node=";
  header = {};
  if (!line.starts_with(kType) && !line.starts_with(kNode)) {
    SyslogHeader syslog;
    if (!read_syslog_header(line, kNoTime, syslog) || !is_audit_program(syslog.program)) return false;
    header.node = syslog.hostname;
    line = syslog.program == "kernel" ? without_kernel_prefix(syslog.message) : syslog.message;
  }
  TextScan scan(line);
  if (scan.eat(kNode)) {
    header.node = scan.until(' ');
    scan.eat(' ');
  }
  if (!scan.eat(kType)) return false;
  header.type = scan.until(' ');
  scan.eat(' ');
  scan.eat("msg=");
  if (header.type.empty() || !scan.eat("audit(")) return false;
  header.stamp = scan.until(')');
  if (!scan.eat("):") || !is_stamp(header.stamp)) return false;
  scan.skip_spaces();
  header.body = scan.rest();
  return true;
}

AuditEvent::AuditEvent(PathTable& paths)
    : paths_(paths),
      audit_id_(paths.child(PathTable::kRoot, "audit_id")),
      type_(paths.child(PathTable::kRoot, "type")),
      node_(paths.child(PathTable::kRoot, "node")),
      cmdline_(paths.child(PathTable::kRoot, "cmdline")),
      arch_(paths.child(PathTable::kRoot, "arch")),
      syscall_(paths.child(PathTable::kRoot, "syscall")),
      syscall_name_(paths.child(PathTable::kRoot, "SYSCALL")),
      saddr_fam_(paths.child(PathTable::kRoot, "saddr_fam")),
      laddr_(paths.child(PathTable::kRoot, "laddr")),
      lport_(paths.child(PathTable::kRoot, "lport")),
      path_(paths.child(PathTable::kRoot, "path")) {}

AuditEvent::KeyKind AuditEvent::kind_of(PathId path) {
  if (path >= kinds_.size()) kinds_.resize(paths_.size(), KeyKind::kUnknown);
  KeyKind& kind = kinds_[path];
  if (kind != KeyKind::kUnknown) return kind;
  kind = KeyKind::kPlain;
  const std::string_view name = paths_.name(path);
  // The keys whose text comes from outside the audit system, which the kernel and libaudit therefore may encode.
  for (const std::string_view key : {"acct", "cmd", "comm", "cwd", "data", "dir", "exe", "file", "name", "ocomm",
                                     "path", "root_dir", "vm", "watch"}) {
    if (name == key) kind = KeyKind::kEncoded;
  }
  if (name == "proctitle") kind = KeyKind::kTitle;
  if (name == "key") kind = KeyKind::kKey;
  if (name == "saddr") kind = KeyKind::kSocket;
  return kind;
}

/// Many records of one event have one type (PATH): one value is enough.
void AuditEvent::add_type(std::string_view type, Event& event) {
  for (const Value& value : event.values) {
    if (value.path == type_ && value.raw() == type) return;
  }
  add_value(event, type_, type);
}

/// Several keys of one rule are joined with the byte 1.
void AuditEvent::add_keys(PathId path, std::string_view text, Event& event) {
  while (true) {
    const std::size_t end = text.find('\x01');
    add_value(event, path, text.substr(0, end));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

/// a1=…, or, where the word is long, a1_len=… a1[0]=… a1[1]=…, whose pieces are put together.
void AuditEvent::add_execve_word(std::string_view key, std::string_view value, bool quoted, TextArena& arena,
                                 Event& event) {
  TextScan scan(key);
  scan.skip(1);
  int number = 0, piece = 0;
  if (!scan.digits(1, 9, number)) return;
  const std::string_view name = key.substr(0, scan.offset());
  const bool in_pieces = scan.eat('[') && scan.digits(1, 9, piece);
  if (!in_pieces && !scan.at_end()) return;  // a1_len
  const bool encoded = !quoted && is_hex(value);
  const std::string_view word = encoded ? put_decoded(value, '\0', arena) : in_pieces ? arena.put(value) : value;
  if (piece > 0 && !words_.empty() && words_.back().data() + words_.back().size() == word.data()) {
    if (!event.values.empty() && event.values.back().data == words_.back().data()) {
      event.values.back().size += static_cast<std::uint32_t>(word.size());
    }
    words_.back() = {words_.back().data(), words_.back().size() + word.size()};
    return;
  }
  words_.push_back(word);
  if (number < kAuditWordsMax) add_value(event, paths_.child(PathTable::kRoot, name), word);
}

void AuditEvent::add_pair(std::string_view key, std::string_view value, bool quoted, Record& record, TextArena& arena,
                          Event& event) {
  record.last_value = 0;
  if (record.execve && key.size() > 1 && key[0] == 'a' && is_digit(key[1]))
    return add_execve_word(key, value, quoted, arena, event);
  const PathId path = previous_ = paths_.child_after(previous_, PathTable::kRoot, key);
  if (!quoted && (value == "(null)" || value == "?")) return add_value(event, path, value, ValueKind::kNull);
  const KeyKind kind = kind_of(path);
  if (kind == KeyKind::kSocket) record.socket = value;
  if (path == saddr_fam_) record.socket = {};  // enriched: it says so itself
  const bool decoded = kind != KeyKind::kPlain && kind != KeyKind::kSocket && !quoted && is_hex(value);
  if (decoded) value = put_decoded(value, kind == KeyKind::kTitle ? ' ' : '\0', arena);
  if (kind == KeyKind::kKey) return add_keys(path, value, event);
  add_value(event, path, value);
  if (!quoted && !decoded) record.last_value = event.values.size();
}

/// A word without "=". Inside msg='…' texts are not quoted: "op=adding user id=1" has the value "adding user".
void AuditEvent::add_word(std::string_view word, Record& record, Event& event) {
  if (!record.nested) return;
  if (record.last_value == 0 || word.empty()) return;
  Value& value = event.values[record.last_value - 1];
  value.size = static_cast<std::uint32_t>(word.data() + word.size() - value.data);
}

void AuditEvent::add_record(const AuditHeader& header, TextArena& arena, Event& event) {
  const std::string_view type = audit_type_name(header.type);
  add_type(type.data() == header.type.data() ? type : arena.put(type), event);
  Record record;
  record.execve = type == "EXECVE";
  TextScan scan(header.body);
  for (Token token; next_token(scan, token);) {
    if (token.kind == Token::Kind::kOpen) {
      record.nested = true;
      continue;
    }
    if (record.nested && !token.quoted && token.value.ends_with('\'')) {
      record.closes = true;
      token.value.remove_suffix(1);
    }
    if (token.kind == Token::Kind::kWord) {
      add_word(token.value, record, event);
    } else if (token.quoted || token.value != "{") {  // SADDR={ saddr_fam=…
      add_pair(token.key, token.value, token.quoted, record, arena, event);
    }
    if (record.closes) record.nested = record.closes = false;
  }
  if (!record.socket.empty()) add_socket(record.socket, arena, event);
}

/// struct sockaddr as the machine has it: the family in its own byte order (little-endian), port and address in the
/// network's.
void AuditEvent::add_socket(std::string_view hex, TextArena& arena, Event& event) {
  constexpr std::size_t kIpv4 = 8, kIpv6 = 24, kAddressAt4 = 4, kAddressAt6 = 8, kPathAt = 2;
  if (!is_hex(hex) || hex.size() < 8) return;
  const auto byte = [&](std::size_t at) { return hex_digit(hex[2 * at]) * 16 + hex_digit(hex[2 * at + 1]); };
  const int family = byte(0) + 256 * byte(1);
  if (family == AF_UNIX) {
    add_value(event, saddr_fam_, arena.put("local"));
    std::string_view name = put_decoded(hex.substr(2 * kPathAt), '\0', arena);
    while (name.starts_with('\0')) name.remove_prefix(1);  // an abstract name
    name = name.substr(0, name.find('\0'));
    if (!name.empty()) add_value(event, path_, name);
    return;
  }
  const bool v4 = family == AF_INET && hex.size() >= 2 * kIpv4, v6 = family == AF_INET6 && hex.size() >= 2 * kIpv6;
  if (!v4 && !v6) return;
  add_value(event, saddr_fam_, arena.put(v4 ? "inet" : "inet6"));
  unsigned char address[16] = {};
  for (std::size_t i = 0; i < (v4 ? 4 : 16); ++i)
    address[i] = static_cast<unsigned char>(byte((v4 ? kAddressAt4 : kAddressAt6) + i));
  char text[INET6_ADDRSTRLEN] = {};
  if (inet_ntop(family, address, text, sizeof text) != nullptr) add_value(event, laddr_, arena.put(text));
  char port[8] = {};
  const auto written = fmt::format_to_n(port, sizeof port, "{}", byte(2) * 256 + byte(3));
  add_value(event, lport_, arena.put({port, written.size}));
}

void AuditEvent::add_command_line(TextArena& arena, Event& event) {
  if (words_.empty()) return;
  const char* const from = arena.end();
  for (std::size_t i = 0; i < words_.size(); ++i) {
    if (i > 0) arena.put(' ');
    arena.put(words_[i]);
  }
  add_value(event, cmdline_, {from, static_cast<std::size_t>(arena.end() - from)});
}

void AuditEvent::add_syscall_name(TextArena& arena, Event& event) {
  std::string_view arch, number;
  for (const Value& value : event.values) {
    if (value.path == syscall_name_) return;
    if (value.path == arch_) arch = value.raw();
    if (value.path == syscall_) number = value.raw();
  }
  const std::string_view name = audit_syscall_name(arch, number);
  if (!name.empty()) add_value(event, syscall_name_, arena.put(name));
}

void AuditEvent::build(const std::vector<std::string_view>& lines, TextArena& arena, Event& event) {
  std::size_t bytes = 0;
  for (const std::string_view line : lines) bytes += line.size() + 1;
  // The lines; what is decoded of them; the command line, which may need as much again for its spaces.
  arena.prepare(4 * bytes + lines.size() * kNamesBytes);
  words_.clear();
  copies_.clear();
  for (const std::string_view line : lines) {
    copies_.push_back(arena.put(line));
    arena.put('\n');
  }
  AuditHeader header;
  for (const std::string_view line : copies_) {
    add_value(event, PathTable::kRoot, line);
    if (!read_audit_header(line, header)) continue;
    if (line.data() == copies_.front().data()) {
      event.time = stamp_time(header.stamp);
      add_value(event, audit_id_, header.stamp);
      if (!header.node.empty()) add_value(event, node_, header.node);
    }
    add_record(header, arena, event);
  }
  add_command_line(arena, event);
  add_syscall_name(arena, event);
  event.text = arena.text();
}

}  // namespace tocsin
