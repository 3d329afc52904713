// tocsin user: who may log in. Nobody's password is set here: `add` and `reset` print a link that is good once, and whoever opens it chooses one.
#include <fmt/format.h>

#include "api/access.h"
#include "api/account_rules.h"
#include "api/server.h"
#include "base/text.h"
#include "cli/account_options.h"
#include "cli/output.h"
#include "cli/settings.h"
#include "cli/sub_verb.h"
#include "cli/verb.h"

namespace tocsin::cli {

namespace {

std::vector<std::string> role_words() { return {api::kRoleWords.begin(), api::kRoleWords.end()}; }

/// What fails because of what was asked for is the user's to put right.
int tell(const Error& error) {
  complain(error.message);
  return error.code == Code::kIo ? kIncomplete : kUsage;
}

struct UserArguments {
  DataOptions data;
  std::string name, role, config, url;

  void add_link_options(CLI::App& app) {
    app.add_option("--config", config, "settings of the service, for the address in the link")->type_name("FILE");
    app.add_option("--url", url, "the address in the link, if the service is reached under another: https://logs.example.org")->type_name("URL");
  }
  /// Where the service is, as its settings say.
  std::string origin(Env& env) const {
    if (!url.empty()) return url.substr(0, url.find_last_not_of('/') + 1);
    Settings settings;
    std::vector<std::string> mistakes;
    settings.read_chosen(env, config, mistakes);
    for (const std::string& mistake : mistakes) complain(mistake);
    if (!settings.text(kApiUrl).empty()) return settings.text(kApiUrl);
    return api::origin_of("https", settings.text(kApi) == "none" ? "127.0.0.1:8443" : settings.text(kApi));
  }
};

int print_link(Env& env, const UserArguments& args, AccountsHere& here) {
  const Result<std::string> link = api::make_link(*here.accounts, args.name, args.role, here.by, args.origin(env));
  if (!link) return tell(link.error());
  fmt::print("{}\n", *link);
  return kDone;
}

int add(Env& env, const std::vector<std::string>& arguments) {
  UserArguments args;
  CLI::App app("Adds a user and prints a link, good once and for two days, to choose a password with.", "tocsin user add");
  args.data.add_to(app, false);
  app.add_option("NAME", args.name, "as the user logs in")->required();
  app.add_option("--role", args.role, "what the user may do")->check(CLI::IsMember(role_words()))->required();
  args.add_link_options(app);
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  AccountsHere here;
  if (!here.open(env, args.data)) return kUsage;
  if (const Status good = api::check_account_name(args.name); !good) return tell(good.error());
  const Status added = here.accounts->add_user({.name = args.name, .role = args.role, .added = here.by.time}, here.by);
  if (!added) return tell(added.error());
  return print_link(env, args, here);
}

int reset(Env& env, const std::vector<std::string>& arguments) {
  UserArguments args;
  CLI::App app("Prints a link, good once and for two days, with which a user chooses a new password; it takes the second factor away.", "tocsin user reset");
  args.data.add_to(app, false);
  app.add_option("NAME", args.name, "as `tocsin user list` shows it")->required();
  args.add_link_options(app);
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  AccountsHere here;
  if (!here.open(env, args.data)) return kUsage;
  const Result<std::optional<UserRecord>> user = here.accounts->user(args.name);
  if (!user) return tell(user.error());
  if (!*user) return complain(fmt::format("there is no user named '{}'", args.name)), kUsage;
  args.role = (*user)->role;
  return print_link(env, args, here);
}

int set_role(Env& env, const std::vector<std::string>& arguments) {
  UserArguments args;
  CLI::App app("Gives a user another role, from the next request on.", "tocsin user role");
  args.data.add_to(app, false);
  app.add_option("NAME", args.name, "as `tocsin user list` shows it")->required();
  app.add_option("--role", args.role, "what the user may do")->check(CLI::IsMember(role_words()))->required();
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  AccountsHere here;
  if (!here.open(env, args.data)) return kUsage;
  const Status set = here.accounts->set_role(args.name, args.role, here.by);
  return set ? kDone : tell(set.error());
}

int remove(Env& env, const std::vector<std::string>& arguments) {
  UserArguments args;
  CLI::App app("Removes a user, who is logged out at once.", "tocsin user remove");
  args.data.add_to(app, false);
  app.add_option("NAME", args.name, "as `tocsin user list` shows it")->required();
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  AccountsHere here;
  if (!here.open(env, args.data)) return kUsage;
  const Status removed = here.accounts->remove_user(args.name, here.by);
  return removed ? kDone : tell(removed.error());
}

int set_disabled(Env& env, const std::vector<std::string>& arguments, bool disabled) {
  UserArguments args;
  CLI::App app(disabled ? "Keeps a user out, from now on and through a provider too." : "Lets a user log in again.", disabled ? "tocsin user disable" : "tocsin user enable");
  args.data.add_to(app, false);
  app.add_option("NAME", args.name, "as `tocsin user list` shows it")->required();
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  AccountsHere here;
  if (!here.open(env, args.data)) return kUsage;
  const Status set = here.accounts->set_disabled(args.name, disabled, here.by);
  return set ? kDone : tell(set.error());
}

std::string_view way_in(const UserRecord& user) {
  if (user.disabled) return "disabled";
  if (!user.is_local()) return "provider";
  return user.password.empty() ? "no password" : "password";
}

int list(Env& env, const std::vector<std::string>& arguments) {
  DataOptions data;
  CLI::App app("Lists the users.", "tocsin user list");
  data.add_to(app, false);
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  AccountsHere here;
  if (!here.open(env, data)) return kUsage;
  const Result<std::vector<UserRecord>> users = here.accounts->users();
  if (!users) return tell(users.error());
  for (const UserRecord& user : *users) {
    fmt::print("{:<32} {:<10} {:<14} {:<14} since {}\n", user.name, user.role, way_in(user),
               user.totp.empty() ? "one factor" : "two factors", format_time(user.added));
  }
  return kDone;
}

constexpr const char* kHelp =
    "Who may log in to API and console.\n\n"
    "  tocsin user add NAME --role ROLE     prints a link to choose a password with, good once\n"
    "  tocsin user reset NAME               the same for somebody who lost password or second factor\n"
    "  tocsin user role NAME --role ROLE    viewer, analyst, responder, approver or admin\n"
    "  tocsin user disable NAME             keeps somebody out; `enable` lets in again\n"
    "  tocsin user list\n"
    "  tocsin user remove NAME\n";

}  // namespace

int run_user(Env& env, const std::vector<std::string>& arguments) {
  const auto disable = [](Env& to, const std::vector<std::string>& rest) { return set_disabled(to, rest, true); };
  const auto enable = [](Env& to, const std::vector<std::string>& rest) { return set_disabled(to, rest, false); };
  return run_sub_verb(env, arguments, "user",
                      {{"add", add}, {"reset", reset}, {"role", set_role}, {"disable", disable}, {"enable", enable}, {"list", list}, {"remove", remove}}, kHelp);
}

}  // namespace tocsin::cli
