// Hands one mail to a server over SMTP (RFC 5321), with STARTTLS (RFC 3207) and AUTH (RFC 4954: PLAIN and LOGIN, under TLS alone). What the server says is read strictly; what was sent in clear before TLS began does not count behind it.
// An Error is kIo where trying again may help (the network, a 4xx), anything else where it cannot. One session belongs to one thread; nothing outlives its connection.
//
//   SmtpSession session(wire, "tocsin.example.org");
//   TRY(session.begin({.tls = SmtpTls::kStart, .user = "tocsin", .secret = &secret}, trust));
//   TRY(session.address("tocsin@example.org", {"soc@example.org"}));
//   const std::string reply = TRY(session.send(text));      // whatever fails: session.in_doubt() says whether it may have been taken
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "respond/connector/secret.h"
#include "respond/connector/wire_stream.h"

namespace tocsin::respond {

/// Of one line of a reply (RFC 5321, 4.5.3.1.5 has 512; greetings with lists of extensions stay below), and of all lines of one.
inline constexpr std::size_t kSmtpLineBytesMax = 2'048, kSmtpReplyBytesMax = 32u << 10;

struct SmtpReply {
  int code = 0;                        // 200 to 599
  std::vector<std::string> lines = {}; // without code and line end
  /// In one line, for a person: "550 5.1.1 no such user".
  std::string text() const;
};

/// Replies out of the bytes of a connection, however they are cut.
class SmtpReplyReader {
 public:
  /// The next whole reply of what was fed, or nothing yet. kInvalid, kLimit: it is none, and nothing more can be read.
  Result<std::optional<SmtpReply>> next();
  void feed(std::string_view bytes) { held_ += bytes; }
  /// Bytes that no reply was made of yet.
  bool has_rest() const { return !held_.empty() || !reply_.lines.empty(); }

 private:
  std::string held_;
  SmtpReply reply_;
  std::size_t reply_bytes_ = 0;
};

enum class SmtpTls : std::uint8_t { kStart, kFirst, kNone };

struct SmtpLogin {
  SmtpTls tls = SmtpTls::kStart;
  std::string user = {};
  const Secret* secret = nullptr;  // nullptr: nobody logs in
};

class SmtpSession {
 public:
  /// `wire` is connected, and outlives it. `name` is what it calls itself.
  SmtpSession(WireStream& wire, std::string name) : wire_(wire), name_(std::move(name)) {}

  Status begin(const SmtpLogin& login, const TlsTrust& trust);
  /// Every recipient or none.
  Status address(const std::string& from, const std::vector<std::string>& to);
  /// A whole mail with CR LF at the ends of its lines; what the server says to it.
  Result<std::string> send(std::string_view mail);
  void quit();
  bool in_doubt() const { return in_doubt_; }

 private:
  Result<SmtpReply> read_reply();
  /// Says a line and expects a reply of that kind (2 or 3); `shown` is what an error calls the line.
  Result<SmtpReply> say(std::string line, int kind, std::string_view shown);
  Status greet();
  Status log_in(const SmtpLogin& login);
  bool offers(std::string_view extension, std::string_view word = "") const;

  WireStream& wire_;
  const std::string name_;
  SmtpReplyReader replies_;
  SmtpReply offered_;
  bool in_doubt_ = false;
};

/// Ends lines with CR LF, and doubles a dot that begins one (RFC 5321, 4.5.2).
std::string dot_stuffed(std::string_view mail);

}  // namespace tocsin::respond
