#include "respond/connector/smtp.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <array>

#include "base/text.h"
#include "collect/base64.h"
#include "collect/http_lines.h"

namespace tocsin::respond {

namespace {

/// What of a reply is in an error.
constexpr std::size_t kShownBytes = 300;

Error malformed(std::string_view what) { return {Code::kInvalid, fmt::format("does not speak SMTP: {}", what)}; }

int code_of(std::string_view line) {
  if (line.size() < 3) return 0;
  int code = 0;
  for (const char c : line.substr(0, 3)) {
    if (c < '0' || c > '9') return 0;
    code = code * 10 + (c - '0');
  }
  return code >= 200 && code <= 599 && (line.size() == 3 || line[3] == ' ' || line[3] == '-') ? code : 0;
}

/// 4xx passes, 5xx does not (RFC 5321, 4.2.1).
Error refusal(std::string_view shown, const SmtpReply& reply) { return {reply.code / 100 == 4 ? Code::kIo : Code::kDenied, fmt::format("answers {} with {}", shown, reply.text())}; }

std::string base64(std::string_view bytes) {
  std::string text;
  append_base64(text, bytes);
  return text;
}

void wipe(std::string& text) {
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

}  // namespace

std::string SmtpReply::text() const {
  std::string all = std::to_string(code);
  for (const std::string& line : lines) all += " " + line;
  if (all.size() > kShownBytes) all.resize(kShownBytes);
  return terminal_safe(all);
}

Result<std::optional<SmtpReply>> SmtpReplyReader::next() {
  while (true) {
    const std::size_t end = held_.find("\r\n");
    if ((end == std::string::npos ? held_.size() : end) > kSmtpLineBytesMax) return Error{Code::kLimit, fmt::format("says a line of more than {} bytes", kSmtpLineBytesMax)};
    if (end == std::string::npos) return std::optional<SmtpReply>();
    const std::string line = held_.substr(0, end);
    held_.erase(0, end + 2);
    const int code = code_of(line);
    if (code == 0 || has_control(line)) return malformed("a line is no reply");
    if (!reply_.lines.empty() && code != reply_.code) return malformed("a reply has two codes");
    reply_.code = code;
    reply_bytes_ += line.size();
    if (reply_bytes_ > kSmtpReplyBytesMax || reply_.lines.size() == kSmtpReplyBytesMax / 64) return Error{Code::kLimit, fmt::format("gives a reply of more than {} bytes", kSmtpReplyBytesMax)};
    reply_.lines.emplace_back(line.size() > 4 ? line.substr(4) : "");
    if (line.size() > 3 && line[3] == '-') continue;
    reply_bytes_ = 0;
    return std::optional<SmtpReply>(std::exchange(reply_, {}));
  }
}

std::string dot_stuffed(std::string_view mail) {
  std::string out;
  out.reserve(mail.size() + mail.size() / 64 + 2);
  bool begins = true;
  for (std::size_t i = 0; i < mail.size(); ++i) {
    const char c = mail[i];
    if (c == '\r' || c == '\n') {
      if (c == '\r' && i + 1 < mail.size() && mail[i + 1] == '\n') ++i;
      out += "\r\n";
      begins = true;
      continue;
    }
    if (begins && c == '.') out += '.';
    out += c;
    begins = false;
  }
  if (!begins) out += "\r\n";
  return out;
}

Result<SmtpReply> SmtpSession::read_reply() {
  std::array<char, 4'096> bytes;
  while (true) {
    if (std::optional<SmtpReply> reply = TRY(replies_.next())) return std::move(*reply);
    const std::size_t got = TRY(wire_.read(bytes));
    if (got == 0) return Error{Code::kIo, "ends the connection"};
    replies_.feed({bytes.data(), got});
  }
}

Result<SmtpReply> SmtpSession::say(std::string line, int kind, std::string_view shown) {
  line += "\r\n";
  const Status wrote = wire_.write(line);
  wipe(line);  // it may be a password
  TRY(Status(wrote));
  SmtpReply reply = TRY(read_reply());
  if (reply.code / 100 != kind) return refusal(shown, reply);
  return reply;
}

Status SmtpSession::greet() {
  offered_ = TRY(say("EHLO " + name_, 2, "EHLO"));
  return {};
}

bool SmtpSession::offers(std::string_view extension, std::string_view word) const {
  for (std::size_t i = 1; i < offered_.lines.size(); ++i) {  // the first is a greeting
    const std::string line = folded(offered_.lines[i]) + " ";
    if (!line.starts_with(std::string(extension) + " ")) continue;
    if (word.empty() || line.find(fmt::format(" {} ", word)) != std::string::npos) return true;
  }
  return false;
}

Status SmtpSession::begin(const SmtpLogin& login, const TlsTrust& trust) {
  if (login.tls == SmtpTls::kFirst) TRY(wire_.begin_tls(trust));
  const SmtpReply greeting = TRY(read_reply());
  if (greeting.code != 220) return refusal("the connection", greeting);
  TRY(greet());
  if (login.tls == SmtpTls::kStart) {
    if (!offers("starttls")) return Error{Code::kDenied, "offers no STARTTLS: what is sent could be read by others (tls: in the connector's settings)"};
    (void)TRY(say("STARTTLS", 2, "STARTTLS"));
    if (replies_.has_rest()) return Error{Code::kDenied, "sends more before TLS begins: somebody may have put it there"};
    TRY(wire_.begin_tls(trust));
    TRY(greet());
  }
  return login.secret == nullptr ? Status() : log_in(login);
}

Status SmtpSession::log_in(const SmtpLogin& login) {
  if (!wire_.is_tls()) return Error{Code::kInvalid, "is not logged in to without TLS (tls: in the connector's settings)"};
  const std::string_view secret = login.secret->reveal();
  if (offers("auth", "plain")) {
    std::string plain;
    plain.reserve(login.user.size() + secret.size() + 2);
    plain += '\0', plain += login.user, plain += '\0', plain += secret;
    std::string line = "AUTH PLAIN " + base64(plain);
    wipe(plain);
    (void)TRY(say(std::move(line), 2, "the log-in"));
    return {};
  }
  if (!offers("auth", "login")) return Error{Code::kDenied, "offers no log-in that is known here (AUTH PLAIN, AUTH LOGIN)"};
  (void)TRY(say("AUTH LOGIN", 3, "AUTH LOGIN"));
  (void)TRY(say(base64(login.user), 3, "the log-in"));
  (void)TRY(say(base64(secret), 2, "the log-in"));
  return {};
}

Status SmtpSession::address(const std::string& from, const std::vector<std::string>& to) {
  (void)TRY(say(fmt::format("MAIL FROM:<{}>", from), 2, fmt::format("the sender {}", from)));
  for (const std::string& one : to) (void)TRY(say(fmt::format("RCPT TO:<{}>", one), 2, fmt::format("the recipient {}", one)));
  return {};
}

Result<std::string> SmtpSession::send(std::string_view mail) {
  (void)TRY(say("DATA", 3, "DATA"));
  TRY(wire_.write(dot_stuffed(mail)));
  in_doubt_ = true;  // from here on it may have all of it
  TRY(wire_.write(".\r\n"));
  const SmtpReply reply = TRY(read_reply());
  in_doubt_ = false;
  if (reply.code / 100 != 2) return refusal("the mail", reply);
  return reply.text();
}

void SmtpSession::quit() { (void)wire_.write("QUIT\r\n"); }

}  // namespace tocsin::respond
