// The record of a mail: what MimeReader has read of it, as one object of JSON (docs/mail.md). Pure; memory and size follow the limits of what it is made of.
//
//   append_mail_record(json, mail, rules, charsets);
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "collect/mail_reader.h"

namespace tocsin {

/// Servers on a mail's way; loops are stopped at 25 to 100.
inline constexpr std::size_t kMailHopsMax = 50;
/// Authentication-Results and their like.
inline constexpr std::size_t kMailAuthFieldsMax = 16;
/// Of a value that is one text: a subject, the name of a program.
inline constexpr std::size_t kMailValueBytesMax = 2 << 10;

struct MailSeen {
  const MailHeader& header;
  const MailParts& parts;
  std::uint64_t bytes = 0;
  std::string_view attached_to;
  bool mails_cut = false;  // a mail in it was not read: too deep
};

void append_mail_record(std::string& json, const MailSeen& mail, const MailRules& rules, Charsets& charsets);

}  // namespace tocsin
