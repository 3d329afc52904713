#include "api/token_rules.h"

#include <fmt/format.h>

#include "api/access.h"
#include "api/account_rules.h"
#include "api/secret.h"

namespace tocsin::api {

Result<std::string> add_api_token(Accounts& accounts, const NewToken& token, const Actor& by) {
  TRY(check_account_name(token.name));
  std::string scopes;
  for (const std::string& scope : token.scopes) {
    if (!is_scope(scope)) return Error{Code::kInvalid, fmt::format("there is no scope '{}'; there are {}", scope, fmt::join(kScopeWords, ", "))};
    scopes += (scopes.empty() ? "" : " ") + scope;
  }
  if (scopes.empty()) return Error{Code::kInvalid, "a token has one scope at least"};
  const std::string secret = TRY(random_secret("tca_"));
  constexpr TimeUs kDayUs = 86'400'000'000;
  TRY(accounts.add_token({.name = token.name, .digest = secret_digest(secret), .scopes = scopes, .made = by.time,
                          .expires = by.time + static_cast<TimeUs>(token.days) * kDayUs}, by));
  return secret;
}

}  // namespace tocsin::api
