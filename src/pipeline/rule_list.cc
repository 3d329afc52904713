#include "pipeline/rule_list.h"

#include <fmt/format.h>

#include "event/level.h"
#include "pipeline/canary_rule.h"
#include "report/json_text.h"

namespace tocsin {

std::string rules_json(const Engine& engine) {
  const sigma::RuleSet& set = engine.rules();
  const std::size_t rules = set.rules.size();
  std::string body = R"({"rules":[)";
  const std::optional<std::uint32_t> canary = canary_card(engine);
  for (std::size_t i = 0; i < engine.card_count(); ++i) {
    if (i == canary) continue;
    const RuleCard& card = engine.card(i);
    body += body.ends_with('[') ? "{" : ",{";
    append_part(body, "id", card.id);
    body += ',';
    append_part(body, "title", card.title);
    body += fmt::format(R"(,"kind":"{}","level":"{}",)", i < rules ? "detection" : "correlation", kLevelWords[card.level_rank]);
    append_part(body, "status", card.status);
    body += set.shadow.contains(card.id) ? R"(,"shadow":true)" : R"(,"shadow":false)";
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
  return body + fmt::format(R"(],"in_force":{},"rejected":{},"filters":{}}})", engine.card_count() - (canary ? 1 : 0), set.rejected, set.filters_applied);
}

}  // namespace tocsin
