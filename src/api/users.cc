// /api/v1/users and /api/v1/setup: who may use the service. Nobody sets a password for somebody else: an admin gives a link, and who opens it chooses one.
#include <fmt/format.h>

#include "api/account_rules.h"
#include "api/answer.h"
#include "api/route.h"
#include "api/secret.h"
#include "report/json_text.h"

namespace tocsin::api {

namespace {

Status check_role(const std::string& role) {
  if (role_of(role) != Role::kNone) return {};
  return Error{Code::kInvalid, "'role' is viewer, analyst, responder, approver or admin"};
}

Result<LinkRecord> wanted_link(const Fields& fields, const Call& call, Context& context) {
  const std::string token = TRY(fields.text("token", 256));
  std::optional<LinkRecord> link = TRY(context.accounts.link(secret_digest(token), call.request.received));
  if (!link) return Error{Code::kNotFound, "this link was used already, or is too old; ask for a new one"};
  return std::move(*link);
}

}  // namespace

Result<HttpReply> get_users(Call&, Context& context) {
  const std::vector<UserRecord> users = TRY(context.accounts.users());
  std::string body = R"({"users":[)";
  for (const UserRecord& user : users) {
    body += &user == users.data() ? "{" : ",{";
    append_part(body, "name", user.name);
    body += ',';
    append_part(body, "role", user.role);
    body += fmt::format(R"(,"by_provider":{},"disabled":{})", !user.is_local(), user.disabled);
    body += user.totp.empty() ? R"(,"totp":false,"has_password":)" : R"(,"totp":true,"has_password":)";
    body += user.password.empty() ? R"(false,"added":)" : R"(true,"added":)";
    append_time_or_null(body, user.added);
    body += '}';
  }
  return json_answer(200, body + "]}");
}

Result<HttpReply> post_user(Call& call, Context& context) {
  const Fields fields = TRY(Fields::read(call, {"name", "role"}));
  const std::string name = TRY(fields.text("name", kNameBytesMax)), role = TRY(fields.text("role", kNameBytesMax));
  TRY(check_account_name(name));
  TRY(check_role(role));
  TRY(context.accounts.add_user({.name = name, .role = role, .added = call.request.received}, call.actor()));
  const std::string link = TRY(make_link(context.accounts, name, role, call.actor(), context.origin));
  std::string body = "{";
  append_part(body, "name", name);
  body += ',';
  append_part(body, "role", role);
  body += ',';
  append_part(body, "link", link);
  return json_answer(201, body + '}');
}

Result<HttpReply> patch_user(Call& call, Context& context) {
  const Fields fields = TRY(Fields::read(call, {"role", "disabled"}));
  const std::string role = TRY(fields.text_or_none("role", kNameBytesMax));
  const std::optional<bool> disabled = TRY(fields.truth("disabled"));
  if (role.empty() == !disabled) return Error{Code::kInvalid, "one of 'role' and 'disabled' says what is to change"};
  if (disabled) {
    TRY(context.accounts.set_disabled(call.names[0], *disabled, call.actor()));
    return no_content();
  }
  TRY(check_role(role));
  TRY(context.accounts.set_role(call.names[0], role, call.actor()));
  return no_content();
}

Result<HttpReply> delete_user(Call& call, Context& context) {
  TRY(context.accounts.remove_user(call.names[0], call.actor()));
  return no_content();
}

Result<HttpReply> post_user_link(Call& call, Context& context) {
  const std::optional<UserRecord> user = TRY(context.accounts.user(call.names[0]));
  if (!user) return problem(404, "not_found", "there is no user of this name");
  const std::string link = TRY(make_link(context.accounts, user->name, user->role, call.actor(), context.origin));
  std::string body = "{";
  append_part(body, "link", link);
  return json_answer(201, body + '}');
}

Result<HttpReply> post_setup_check(Call& call, Context& context) {
  const Fields fields = TRY(Fields::read(call, {"token"}));
  const LinkRecord link = TRY(wanted_link(fields, call, context));
  std::string body = "{";
  append_part(body, "user", link.user);
  body += ',';
  append_part(body, "role", link.role);
  body += R"(,"expires":)";
  append_time_or_null(body, link.expires);
  return json_answer(200, body + '}');
}

Result<HttpReply> post_setup(Call& call, Context& context) {
  const Fields fields = TRY(Fields::read(call, {"token", "name", "password"}));
  const LinkRecord link = TRY(wanted_link(fields, call, context));
  const std::string given = TRY(fields.text_or_none("name", kNameBytesMax)), password = TRY(fields.text("password", kPasswordBytesMax));
  if (!link.user.empty() && !given.empty() && given != link.user) return problem(400, "invalid", "this link is for another user");
  const std::string name = link.user.empty() ? given : link.user;
  TRY(check_account_name(name));
  TRY(check_new_password(password, name));
  const std::string kept = TRY(hash_password(password));
  TRY(context.accounts.redeem(link, name, kept, {"user " + name, call.request.peer, call.request.received}));
  std::string body = "{";
  append_part(body, "name", name);
  body += ',';
  append_part(body, "role", link.role);
  return json_answer(201, body + '}');
}

}  // namespace tocsin::api
