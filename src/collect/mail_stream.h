// Files of mails and of reports on mails, as lines of JSON (record_stream.h): what MailReader and ReportReader make of them. One thread at a time.
#pragma once

#include <memory>
#include <string_view>

#include "collect/byte_stream.h"
#include "collect/mail_rules.h"

namespace tocsin {

/// What is_mail_stream wants to see of a text.
inline constexpr std::size_t kMailStreamHeadBytes = 4 << 10;

/// Whether it is a mail, a mailbox, or a DMARC report, plain or in zip. (A report in gzip is one once it is unpacked; one of SMTP TLS is JSON.)
bool is_mail_stream(std::string_view head);
/// `head` is what was looked at; `source` gives all from the first byte on.
std::unique_ptr<ByteStream> make_mail_stream(std::unique_ptr<ByteStream> source, std::string_view head, const MailRules& rules);

}  // namespace tocsin
