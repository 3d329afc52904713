// One search for secrets in one text, and the hunters that protect/secrets.cc calls where a piece of theirs stands: each looks around the place and adds what it finds. A hunter
// reads no more than a few kilobytes around; those that read on to the end of a line note how far they came, so that a line full of their pieces is not read again for each.
// Used only by protect/secret*.cc; for one thread; nothing fails.
//
//   Hunt hunt(text, found);
//   hunt_key(hunt, text.find("pass"));
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "protect/finding.h"

namespace tocsin::protect {

class Hunt {
 public:
  Hunt(std::string_view text, std::vector<Finding>& found) : text_(text), found_(found), first_(found.size()) {}

  std::string_view text() const { return text_; }
  /// In its place among the others; what overlaps becomes one finding of the kind of the one that begins first.
  void add(std::size_t from, std::size_t to, Kind kind = Kind::kSecret);
  /// Whether a finding holds this place.
  bool covers(std::size_t at) const;

  static constexpr std::size_t kMarks = 64;  // programs have the first ones
  static constexpr std::size_t kCookieMark = kMarks - 1, kDigestMark = kMarks - 2, kSchemeMark = kMarks - 3, kJwtMark = kMarks - 4, kPlainTextMark = kMarks - 5, kNetMark = kMarks - 6;
  /// How far the hunter of this number has read.
  std::size_t& read_to(std::size_t hunter) { return read_to_[hunter]; }

 private:
  std::string_view text_;
  std::vector<Finding>& found_;
  std::size_t first_;  // what stands before was not found here
  std::array<std::size_t, kMarks> read_to_ = {};
};

// `at` is where the piece begins.

/// A word that names a secret, with its value: every notation of secret_keys.cc.
void hunt_key(Hunt& hunt, std::size_t at);
/// A program that takes a secret on its command line, by the tables of secret_commands.cc.
void hunt_command(Hunt& hunt, std::size_t at);
/// -hashes lm:nt of any program.
void hunt_hashes(Hunt& hunt, std::size_t at);
/// -pw x of PuTTY and its like.
void hunt_pw_switch(Hunt& hunt, std::size_t at);
/// ConvertTo-SecureString 'x' -AsPlainText.
void hunt_secure_string(Hunt& hunt, std::size_t at);

/// Authorization and Proxy-Authorization.
void hunt_authorization(Hunt& hunt, std::size_t at);
/// "Bearer x", wherever it stands.
void hunt_bearer(Hunt& hunt, std::size_t at);
/// Cookie and Set-Cookie: the values of session cookies.
void hunt_cookie(Hunt& hunt, std::size_t at);

/// user:password of a URL.
void hunt_url(Hunt& hunt, std::size_t at);

/// A token that is known by its beginning, by the table in secret_tokens.cc.
void hunt_token(Hunt& hunt, std::size_t at);
/// JSON Web Tokens.
void hunt_jwt(Hunt& hunt, std::size_t at);
/// digits:AA… of Telegram bots.
void hunt_telegram(Hunt& hunt, std::size_t at);
/// SK… of Twilio, near that word.
void hunt_twilio(Hunt& hunt, std::size_t at);
/// The secret part of the URLs of Slack, Discord and Office hooks.
void hunt_webhook(Hunt& hunt, std::size_t at);

/// -----BEGIN … PRIVATE KEY----- with all that follows.
void hunt_pem(Hunt& hunt, std::size_t at);
/// Private-Lines of a PuTTY key.
void hunt_putty_lines(Hunt& hunt, std::size_t at);

}  // namespace tocsin::protect
