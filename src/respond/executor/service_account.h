// A service account of Google, as its key file in JSON has it, and the assertion by which it asks for a token ("Using OAuth 2.0 for Server to Server Applications"; RFC 7523): a JWT, signed with RS256.
// Errors are kInvalid and never have a part of the key in them.
//
//   const ServiceAccount account = TRY(read_service_account(text));
//   const std::string assertion = TRY(assertion_of(account, "admin@example.org", audience, now));
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace tocsin::executor {

struct ServiceAccount {
  std::string email, key_id;
  std::string key;  // PEM
};

Result<ServiceAccount> read_service_account(std::string_view json);
/// `subject`: the user of the domain in whose name it asks. Good for an hour from `now` on.
Result<std::string> assertion_of(const ServiceAccount& account, std::string_view subject, std::string_view audience, TimeUs now);

}  // namespace tocsin::executor
