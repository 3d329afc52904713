// tocsin token: tokens for programs that use the API, each with scopes and an end. `add` prints the token once; only its digest is kept.
#include <fmt/format.h>

#include "api/access.h"
#include "api/token_rules.h"
#include "base/text.h"
#include "cli/account_options.h"
#include "cli/output.h"
#include "cli/sub_verb.h"
#include "cli/verb.h"

namespace tocsin::cli {

namespace {

int add(Env& env, const std::vector<std::string>& arguments) {
  DataOptions data;
  api::NewToken token;
  CLI::App app("Makes a token for a program and prints it, this once: it sends \"Authorization: Bearer TOKEN\".", "tocsin token add");
  data.add_to(app, false);
  const std::vector<std::string> scopes(api::kScopeWords.begin(), api::kScopeWords.end());
  app.add_option("NAME", token.name, "what the audit log calls it")->required();
  app.add_option("--scope", token.scopes, "what it is for")->check(CLI::IsMember(scopes))->allow_extra_args(false)->required();
  app.add_option("--days", token.days, "how long it is good")->check(CLI::Range(std::uint64_t{1}, api::kTokenDaysMax))->capture_default_str();
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  AccountsHere here;
  if (!here.open(env, data)) return kUsage;
  const Result<std::string> secret = api::add_api_token(*here.accounts, token, here.by);
  if (!secret) return complain(secret.error().message), kUsage;
  fmt::print("{}\n", *secret);
  return kDone;
}

int list(Env& env, const std::vector<std::string>& arguments) {
  DataOptions data;
  CLI::App app("Lists the tokens.", "tocsin token list");
  data.add_to(app, false);
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  AccountsHere here;
  if (!here.open(env, data)) return kUsage;
  const Result<std::vector<ApiTokenRecord>> tokens = here.accounts->tokens();
  if (!tokens) return complain(tokens.error().message), kIncomplete;
  for (const ApiTokenRecord& token : *tokens) {
    fmt::print("{:<32} {:<40} until {}{}\n", token.name, token.scopes, format_time(token.expires), token.expires <= here.by.time ? ", which is over" : "");
  }
  return kDone;
}

int remove(Env& env, const std::vector<std::string>& arguments) {
  DataOptions data;
  std::string name;
  CLI::App app("Removes a token, which is good for nothing from then on.", "tocsin token remove");
  data.add_to(app, false);
  app.add_option("NAME", name, "as `tocsin token list` shows it")->required();
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  AccountsHere here;
  if (!here.open(env, data)) return kUsage;
  const Status removed = here.accounts->remove_token(name, here.by);
  return removed ? kDone : (complain(removed.error().message), kUsage);
}

constexpr const char* kHelp =
    "Tokens for programs that use the API.\n\n"
    "  tocsin token add NAME --scope SCOPE …   prints the token, once\n"
    "  tocsin token list\n"
    "  tocsin token remove NAME\n";

}  // namespace

int run_token(Env& env, const std::vector<std::string>& arguments) {
  return run_sub_verb(env, arguments, "token", {{"add", add}, {"list", list}, {"remove", remove}}, kHelp);
}

}  // namespace tocsin::cli
