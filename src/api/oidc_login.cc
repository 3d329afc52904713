// /api/v1/login: which ways in there are; and the way through a provider (OpenID Connect): there, and back with a code. A browser follows both by itself, so what goes wrong is told by
// the console, which gets a word behind '#'; what exactly it was stands in the audit log, or on standard error. A ticket in a cookie binds the two
// together (api/login_tickets.h).
#include <fmt/format.h>

#include "api/account_rules.h"
#include "api/answer.h"
#include "api/provider_login.h"
#include "api/route.h"
#include "api/sign_in.h"
#include "api/throttle.h"
#include "base/text.h"
#include "report/json_text.h"

namespace tocsin::api {

namespace {

HttpReply go_to(const std::string& address) {
  HttpReply reply = no_content();
  reply.status = 303;
  reply.headers += "Location: " + address + "\r\n";
  return reply;
}

/// The console says what the word means.
HttpReply back_with(std::string_view word) {
  HttpReply reply = go_to(fmt::format("/#refused={}", word));
  reply.headers += ticket_cookie_gone();
  return reply;
}

HttpReply no_provider() { return problem(404, "no_provider", "the service knows no provider to log in with; the settings oidc.* name one"); }

/// For whoever looks after the service; the person who wanted to come in gets a word.
std::string_view trouble(ProviderLogin& login, const Error& error) {
  if (login.may_tell()) fmt::print(stderr, "tocsin: log-in through the provider: {}\n", terminal_safe(error.message));
  switch (error.code) {
    case Code::kIo: return "unreachable";
    case Code::kDenied: return "code";
    default: return "untrusted";
  }
}

/// Whom the provider sent back, if all is as it has to be.
Result<oidc::IdToken> vouched_token(const Call& call, ProviderLogin& login, const oidc::Attempt& attempt) {
  if (!TRY(login.provider().is_answer_of(call.parameter("iss")))) return Error{Code::kInvalid, "the answer is another provider's: its 'iss' is not the issuer"};
  return login.provider().redeem(call.parameter("code"), attempt, call.request.received);
}

/// Somebody who tries again and again gets the word, and a line in the audit log now and then.
Result<HttpReply> refuse(const Call& call, Context& context, const std::string& subject, const std::string& name, std::string_view word, const std::string& why) {
  const std::string who = "subject " + subject;
  const std::int64_t now_ns = context.env.monotonic_ns();
  if (context.throttle.wait_seconds(who, who, now_ns) > 0) return back_with(word);
  context.throttle.failed(who, who, now_ns);
  TRY(context.accounts.note({"provider", call.request.peer, call.request.received}, "login.refused", name, why));
  return back_with(word);
}

Result<HttpReply> let_in(const Call& call, Context& context, const oidc::IdToken& token) {
  const ProviderLoginSettings& settings = context.provider_login->settings();
  const Vouched who = vouched_for(settings, token);
  const std::string shown = who.name.empty() ? token.subject : who.name;
  if (!who.refused.empty()) return refuse(call, context, token.subject, shown, who.refused, who.why);
  const Actor by{"provider", call.request.peer, call.request.received};
  const Result<std::string> name = context.accounts.see_provider_user({settings.provider.issuer, token.subject, who.name, who.role}, by);
  if (!name && name.error().code == Code::kInvalid) return refuse(call, context, token.subject, shown, "name_taken", name.error().message);
  if (!name && name.error().code == Code::kDenied) return refuse(call, context, token.subject, shown, "disabled", name.error().message);
  if (!name) return name.error();
  const std::string cookie = TRY(begin_session(call, context, *name, who.role, "by the provider"));
  HttpReply reply = go_to("/");
  reply.headers += cookie + ticket_cookie_gone();
  return reply;
}

}  // namespace

Result<HttpReply> get_login(Call&, Context& context) {
  if (context.provider_login == nullptr) return json_answer(200, R"({"provider":null})");
  const ProviderLoginSettings& settings = context.provider_login->settings();
  std::string body = R"({"provider":{)";
  append_part(body, "name", settings.name);
  body += ',';
  append_part(body, "roles_claim", settings.roles_claim);
  return json_answer(200, body + "}}");
}

Result<HttpReply> get_oidc_login(Call& call, Context& context) {
  if (context.provider_login == nullptr) return no_provider();
  ProviderLogin& login = *context.provider_login;
  const TimeUs now = call.request.received;
  const std::string ticket = TRY(login.tickets().make(now));
  const std::optional<oidc::Attempt> attempt = login.tickets().open(ticket, now);
  const Result<std::string> address = login.provider().login_address(*attempt);
  if (!address) return back_with(trouble(login, address.error()));
  HttpReply reply = go_to(*address);
  reply.headers += ticket_cookie(ticket);
  return reply;
}

/// What is not of a log-in that began here, in this browser and a moment ago, costs nothing: no line, no question to the provider.
Result<HttpReply> get_oidc_callback(Call& call, Context& context) {
  if (context.provider_login == nullptr) return no_provider();
  ProviderLogin& login = *context.provider_login;
  const TimeUs now = call.request.received;
  const std::int64_t now_ns = context.env.monotonic_ns();
  const std::string& peer = call.request.peer;
  if (context.throttle.wait_seconds(peer, peer, now_ns) > 0) return back_with("wait");
  const std::string_view ticket = cookie_value(call.request.head.cookie, kTicketCookie);
  const std::optional<oidc::Attempt> attempt = login.tickets().open(ticket, now);
  if (!attempt || call.parameter("state") != attempt->state) return back_with("stale");
  if (!login.tickets().use(ticket, now)) return back_with("used");
  if (!call.parameter("error").empty() || call.parameter("code").empty()) {
    return back_with(trouble(login, {Code::kDenied, fmt::format("the provider lets nobody in: '{}'", call.parameter("error").substr(0, 64))}));
  }
  const Result<oidc::IdToken> token = vouched_token(call, login, *attempt);
  if (token) return let_in(call, context, *token);
  if (token.error().code != Code::kIo) context.throttle.failed(peer, peer, now_ns);
  return back_with(trouble(login, token.error()));
}

}  // namespace tocsin::api
