// /api/v1/reveals: what tokens stand for. The core has the keys and does it; here is who asks. As `tocsin protect reveal` on the command line.
#include "api/answer.h"
#include "api/route.h"
#include "event/tokens.h"
#include "pipeline/token_desk.h"
#include "report/json_text.h"

namespace tocsin::api {

namespace {

constexpr std::size_t kIncidentBytesMax = 100;

std::map<std::string, std::string> asked_by(const Call& call) {
  const Actor actor = call.actor();
  return {{"who", actor.who}, {"address", actor.address}};
}

/// What the core refuses, it refuses in words: that a second person has to approve it, that there is no such token.
Result<HttpReply> refused(const Error& error) {
  if (error.code != Code::kDenied) return error;
  return problem(409, "refused", error.message);
}

}  // namespace

Result<HttpReply> get_reveals(Call&, Context& context) { return json_answer(200, TRY(context.service.ask("reveals"))); }

/// 409 while a second person has to approve it, with the words that say so.
Result<HttpReply> post_reveal(Call& call, Context& context) {
  const Fields fields = TRY(Fields::read(call, {"token", "reason", "incident"}));
  std::map<std::string, std::string> arguments = asked_by(call);
  arguments["action"] = name_of(TokenAction::kReveal);
  arguments["what"] = TRY(fields.text("token", kTokenBytes));
  arguments["reason"] = TRY(fields.text("reason", kTokenReasonBytesMax));
  if (fields.has("incident")) arguments["incident"] = TRY(fields.text("incident", kIncidentBytesMax));
  std::string body = "{";
  append_part(body, "token", arguments["what"]);
  const Result<std::string> value = context.service.ask("tokens", std::move(arguments));
  if (!value) return refused(value.error());
  return json_answer(200, body + R"(,"value":)" + *value + "}");
}

Result<HttpReply> post_reveal_approval(Call& call, Context& context) {
  std::map<std::string, std::string> arguments = asked_by(call);
  arguments["token"] = call.names[0];
  const Result<std::string> approved = context.service.ask("approve-reveal", std::move(arguments));
  if (!approved) return refused(approved.error());
  return no_content();
}

}  // namespace tocsin::api
