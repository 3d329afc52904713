// What the servers on a mail's way wrote into its header: Received (RFC 5321, 4.4), Authentication-Results (RFC 8601), its form of ARC (RFC 8617) and Received-SPF (RFC 7208, 9.1).
// They say what some server found; whether that server is to be believed is for the caller to know. Pure functions; nothing fails, what is odd is read as far as it makes sense.
//
//   for (const AuthResult& one : auth_results(value).results) …   // dkim, pass, example.org
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace tocsin {

/// Of one field; servers write one for each signature and three or four more.
inline constexpr std::size_t kAuthResultsMax = 32;

struct MailHop {
  std::string from;  // what the client called itself
  std::string ip;    // what it was, as the server saw it
  std::string by, with, id, recipient;
  TimeUs time = kNoTime;
};
MailHop mail_hop(std::string_view received);

struct AuthResult {
  std::string method;  // in lower case: spf, dkim, dmarc, arc …
  std::string result;  // likewise: pass, fail, none …
  std::string domain;  // whose: of the envelope's sender or the greeting (spf), that signs (dkim), of From (dmarc)
  std::string policy;  // of dmarc, where the server says it: none, quarantine, reject
  std::string ip;      // of the client, where spf says it
};
struct AuthResults {
  std::string authserv_id;  // in lower case; "" where the server gives none, against the RFC
  std::vector<AuthResult> results;
};
/// Also of ARC-Authentication-Results, whose instance is left out.
AuthResults auth_results(std::string_view value);
/// `authserv_id` is the receiver, if it says.
AuthResults received_spf(std::string_view value);

/// What stands behind the last @, without a dot at its end, in lower case; the whole text if it has none.
std::string mail_domain(std::string_view address);

}  // namespace tocsin
