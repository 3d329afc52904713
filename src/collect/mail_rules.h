// What a user says of mails (docs/mail.md). Plain data.
#pragma once

#include <string>
#include <vector>

namespace tocsin {

struct MailRules {
  /// Servers whose Authentication-Results are believed (RFC 8601, 2.5), in any case.
  std::vector<std::string> authserv_ids;
};

}  // namespace tocsin
