#include "cli/decision_case.h"

#include <set>

#include "event/attack_stages.h"
#include "base/text.h"

namespace tocsin::cli {

namespace {

/// Everything that it names and that something can be done to; once each.
std::vector<std::pair<EntityType, std::string>> targets_of(const analyze::IncidentAlert& alert) {
  std::vector<std::pair<EntityType, std::string>> targets;
  std::set<std::pair<EntityType, std::string>> seen;
  const auto add = [&](EntityType type, const std::string& value) {
    if (!value.empty() && seen.emplace(type, folded(value)).second) targets.emplace_back(type, value);
  };
  add(EntityType::kHost, alert.said(ContextRole::kHost));
  const std::string& domain = alert.said(ContextRole::kActorDomain);
  const std::string& actor = alert.said(ContextRole::kActorName);
  if (!actor.empty()) add(EntityType::kUser, domain.empty() ? actor : domain + "\\" + actor);
  add(EntityType::kIp, alert.said(ContextRole::kSourceIp));
  add(EntityType::kIp, alert.said(ContextRole::kDestinationIp));
  for (const AlertEntity& entity : alert.entities) {
    if (entity.type != EntityType::kUser || actor.empty()) add(entity.type, entity.value);
  }
  return targets;
}

}  // namespace

Result<respond::DecisionPolicy> load_policy(Env& env, const std::string& file) {
  if (file.empty()) return respond::read_decision_policy("the shipped policy", respond::shipped_decision_policy());
  return respond::read_decision_policy(file, TRY(env.read_file(file, kPolicyBytesMax)));
}

respond::DecisionCase decision_case(const analyze::IncidentAlert& alert, const Probability& confidence) {
  respond::DecisionCase what{alert.id, alert.rule_id, alert.time, confidence.mean, confidence.low, alert.level, {}, alert.tags, targets_of(alert)};
  for (const std::string& tag : alert.tags) {
    if (const Tactic* const tactic = tactic_of(tag); tactic != nullptr) what.tactics.emplace_back(tactic->name);
  }
  return what;
}

}  // namespace tocsin::cli
