// Making a token for a program: what the API and `tocsin token` have in common. kInvalid with what is wrong with its name or scopes; else as the state fails.
//
//   const std::string secret = TRY(add_api_token(accounts, {.name = "grafana", .scopes = {"metrics"}}, by));
#pragma once

#include <string>
#include <vector>

#include "store/accounts.h"

namespace tocsin::api {

/// How long a token is good, if nobody says, and at most.
inline constexpr std::uint64_t kTokenDays = 365, kTokenDaysMax = 3'650;

struct NewToken {
  std::string name;
  std::vector<std::string> scopes;
  std::uint64_t days = kTokenDays;
};

/// What the program has to show: "Authorization: Bearer …". It is kept nowhere.
Result<std::string> add_api_token(Accounts& accounts, const NewToken& token, const Actor& by);

}  // namespace tocsin::api
