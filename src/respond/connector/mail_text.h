// A mail as RFC 5322 has it, of one plain text: headers that nothing given can add lines to, and lines of ASCII that every server takes. Pure functions.
//
//   const std::string text = TRY(mail_text({.from = "tocsin@example.org", .to = {"soc@example.org"}, .subject = "Host ws5", .text = "…", .id = "17.3@example.org", .now = now}));
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace tocsin::respond {

/// Of one mail; more are a list's.
inline constexpr std::size_t kRecipientsMax = 50;
/// More is cut by those who show it.
inline constexpr std::size_t kSubjectBytesMax = 500;
/// RFC 5321, 4.5.3.1.3, without the brackets.
inline constexpr std::size_t kMailAddressBytesMax = 254;

struct MailParts {
  std::string from;
  std::vector<std::string> to;
  std::string subject;
  std::string text;  // UTF-8
  std::string id;    // of the Message-ID, without brackets
  TimeUs now = 0;
};
/// With CR LF at the ends of lines. kInvalid where a part cannot be sent.
Result<std::string> mail_text(const MailParts& parts);

/// name@domain in ASCII, without quotes: what can stand in a command of SMTP and in a header as it is.
bool is_mail_address(std::string_view text);
/// "a@example.org, b@example.org". kInvalid with the one that is none, kLimit.
Result<std::vector<std::string>> read_mail_addresses(std::string_view text);

}  // namespace tocsin::respond
