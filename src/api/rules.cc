// GET /api/v1/rules: what is in force, and which rules in shadow were promoted.
#include "api/answer.h"
#include "api/route.h"
#include "report/json_text.h"
#include "store/suppressions.h"

namespace tocsin::api {

Result<HttpReply> get_rules(Call&, Context& context) {
  std::string body = TRY(context.service.ask("rules"));
  Suppressions suppressions(context.state);
  std::vector<std::string> promoted;
  for (PromotedRule& one : TRY(suppressions.promoted())) promoted.push_back(std::move(one.rule));
  const std::size_t end = body.rfind('}');
  if (end == std::string::npos) return Error{Code::kInvalid, "the service's rules are no JSON"};
  body.resize(end);
  body += R"(,"promoted":)";
  append_strings(body, promoted);
  body += R"(,"shadow_alerts":{)";
  const std::vector<ShadowCount> counts = TRY(suppressions.shadow_counts(kNoTime));
  for (const ShadowCount& count : counts) {
    if (&count != counts.data()) body += ',';
    append_string(body, count.rule);
    body += ':' + std::to_string(count.alerts);
  }
  return json_answer(200, body + "}}");
}

}  // namespace tocsin::api
