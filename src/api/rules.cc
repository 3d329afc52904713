// GET /api/v1/rules: what is in force.
#include <fmt/format.h>

#include "api/answer.h"
#include "api/route.h"
#include "event/level.h"
#include "report/json_text.h"

namespace tocsin::api {

Result<HttpReply> get_rules(Call&, Context& context) {
  const sigma::RuleSet& set = context.engine.rules();
  const std::size_t rules = set.rules.size();
  std::string body = R"({"rules":[)";
  for (std::size_t i = 0; i < context.engine.card_count(); ++i) {
    const RuleCard& card = context.engine.card(i);
    body += i == 0 ? "{" : ",{";
    append_part(body, "id", card.id);
    body += ',';
    append_part(body, "title", card.title);
    body += fmt::format(R"(,"kind":"{}","level":"{}",)", i < rules ? "detection" : "correlation", kLevelWords[card.level_rank]);
    append_part(body, "status", card.status);
    body += R"(,"tags":)";
    append_strings(body, card.tags);
    body += R"(,"log_source":)";
    if (i < rules) {
      append_log_source(body, set.rules[i].log_source);
    } else {
      body += "null";
    }
    body += '}';
  }
  body += fmt::format(R"(],"in_force":{},"rejected":{},"filters":{}}})", context.engine.card_count(), set.rejected, set.filters_applied);
  return json_answer(200, std::move(body));
}

}  // namespace tocsin::api
