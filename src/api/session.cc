// Logging in and out, and what users change of their own account. A wrong password and a user who is not there have one answer, and take as long.
#include <fmt/format.h>

#include "api/account_rules.h"
#include "api/answer.h"
#include "api/route.h"
#include "api/secret.h"
#include "api/sign_in.h"
#include "api/throttle.h"
#include "api/totp.h"
#include "report/json_text.h"

namespace tocsin::api {

namespace {

HttpReply too_many(int seconds) {
  HttpReply reply = problem(429, "wait", fmt::format("too many failures; wait {} s", seconds));
  reply.headers += fmt::format("Retry-After: {}\r\n", seconds);
  return reply;
}

HttpReply refused() { return problem(401, "login_failed", "user, password or code is wrong"); }

std::string person(const UserRecord& user) {
  std::string body = "{";
  append_part(body, "name", user.name);
  body += ',';
  append_part(body, "role", user.role);
  return body + fmt::format(R"(,"totp":{},"by_provider":{}}})", !user.totp.empty(), !user.is_local());
}

Error not_local() { return {Code::kInvalid, "you log in through a provider, which looks after your password and second factor"}; }

/// The user behind a call, with a password shown again.
Result<UserRecord> reassured(const Call& call, const Fields& fields, Context& context) {
  const std::string password = TRY(fields.text("password", kPasswordBytesMax));
  const std::int64_t now_ns = context.env.monotonic_ns();
  if (context.throttle.wait_seconds(call.who.name, call.request.peer, now_ns) > 0) return Error{Code::kLimit, "too many failures; wait a little"};
  std::optional<UserRecord> user = TRY(context.accounts.user(call.who.name));
  if (user && !user->is_local()) return not_local();
  if (user && is_password(user->password, password)) return std::move(*user);
  context.throttle.failed(call.who.name, call.request.peer, now_ns);
  return Error{Code::kDenied, "the password is wrong"};
}

}  // namespace

Result<HttpReply> post_login(Call& call, Context& context) {
  const Fields fields = TRY(Fields::read(call, {"user", "password", "code"}));
  const std::string name = TRY(fields.text("user", kNameBytesMax)), password = TRY(fields.text("password", kPasswordBytesMax));
  const std::string code = TRY(fields.text_or_none("code", 6));
  const std::string& peer = call.request.peer;
  const std::int64_t now_ns = context.env.monotonic_ns();
  if (const int seconds = context.throttle.wait_seconds(name, peer, now_ns); seconds > 0) return too_many(seconds);
  const std::optional<UserRecord> user = TRY(context.accounts.user(name));
  const Actor by{"user " + name, peer, call.request.received};
  bool good = is_password(user && !user->disabled ? user->password : std::string(), password);
  if (good && !user->totp.empty()) {
    if (code.empty()) return problem(401, "totp_needed", "the code of the authenticator is needed besides");
    good = TRY(is_totp(context, *user, code, call.request.received));
  }
  if (!good) {
    context.throttle.failed(name, peer, now_ns);
    if (user) TRY(context.accounts.note(by, "login.refused", name, ""));  // of names that are none, no one can fill the log
    return refused();
  }
  context.throttle.succeeded(name, peer);
  const std::string cookie = TRY(begin_session(call, context, name, user->role, ""));
  HttpReply reply = json_answer(200, person(*user));
  reply.headers += cookie;
  return reply;
}

Result<HttpReply> post_logout(Call& call, Context& context) {
  TRY(context.accounts.remove_session(call.who.session));
  TRY(context.accounts.note(call.actor(), "logout", call.who.name, ""));
  HttpReply reply = no_content();
  reply.headers += session_cookie_gone();
  return reply;
}

Result<HttpReply> get_me(Call& call, Context& context) {
  const std::optional<UserRecord> user = TRY(context.accounts.user(call.who.name));
  if (!user) return problem(404, "not_found", "there is no such user any more");
  return json_answer(200, person(*user));
}

Result<HttpReply> post_password(Call& call, Context& context) {
  const Fields fields = TRY(Fields::read(call, {"password", "new_password"}));
  const UserRecord user = TRY(reassured(call, fields, context));
  const std::string password = TRY(fields.text("new_password", kPasswordBytesMax));
  TRY(check_new_password(password, user.name));
  const std::string kept = TRY(hash_password(password));
  TRY(context.accounts.set_password(user.name, kept, call.who.session, call.actor()));
  return no_content();
}

/// Only the app and the client know it until it is confirmed.
Result<HttpReply> post_totp(Call& call, Context& context) {
  const std::optional<UserRecord> user = TRY(context.accounts.user(call.who.name));
  if (user && !user->is_local()) return not_local();
  const std::string secret = TRY(new_totp_secret());
  std::string body = "{";
  append_part(body, "secret", base32(secret));
  body += ',';
  append_part(body, "link", totp_link(secret, call.who.name));
  return json_answer(200, body + '}');
}

Result<HttpReply> post_totp_confirm(Call& call, Context& context) {
  const Fields fields = TRY(Fields::read(call, {"secret", "code"}));
  const std::string shown = TRY(fields.text("secret", 64)), code = TRY(fields.text("code", 6));
  const std::string secret = TRY(read_base32(shown));
  const std::optional<UserRecord> user = TRY(context.accounts.user(call.who.name));
  if (!user || !user->totp.empty()) return problem(409, "has_totp", "there is a second factor already; remove it first");
  const std::optional<std::int64_t> step = totp_step(secret, code, call.request.received);
  if (!step) return problem(400, "wrong_code", "this is not the code for that secret now; is the clock of the device right?");
  const std::string sealed = TRY(seal_totp(context, user->name, secret));
  TRY(context.accounts.set_totp(user->name, sealed, call.actor()));
  TRY(context.accounts.use_totp(user->name, *step));
  return no_content();
}

Result<HttpReply> post_totp_remove(Call& call, Context& context) {
  const Fields fields = TRY(Fields::read(call, {"password"}));
  const UserRecord user = TRY(reassured(call, fields, context));
  TRY(context.accounts.set_totp(user.name, "", call.actor()));
  return no_content();
}

}  // namespace tocsin::api
