#include "respond/policy/decision_maker.h"

#include <fmt/format.h>

#include <algorithm>

namespace tocsin::respond {

namespace {

bool any_of(const std::vector<std::string>& wanted, const std::vector<std::string>& said) {
  return wanted.empty() || std::ranges::any_of(said, [&](const std::string& one) { return std::ranges::find(wanted, one) != wanted.end(); });
}

bool fits(const Occasion& occasion, const DecisionCase& what) {
  return what.level >= occasion.level && any_of(occasion.tactics, what.tactics) && any_of(occasion.tags, what.tags) && any_of(occasion.rules, {what.rule});
}

std::string duration(std::int64_t us) {
  const std::int64_t minutes = us / 60'000'000;
  return minutes % 1440 == 0 ? fmt::format("{} d", minutes / 1440) : minutes % 60 == 0 ? fmt::format("{} h", minutes / 60) : fmt::format("{} min", minutes);
}

}  // namespace

void DecisionMaker::decide(const DecisionCase& what, std::vector<Decision>& decisions) {
  if (what.time != kNoTime) latest_ = std::max(latest_, what.time);
  for (std::size_t i = 0; i < policy_.actions.size(); ++i) {
    const ActionClass& action = policy_.actions[i];
    if (!fits(action.occasion, what)) continue;
    for (const auto& [type, target] : what.targets) {
      if (type != action.target || target.empty()) continue;
      Decision decision = decide_one(action, states_[i], what, target);
      const auto held = states_[i].held.find(target);
      if (held != states_[i].held.end() && latest_ < held->second.until && decision.kind <= held->second.kind) continue;
      hold(action, states_[i], decision);
      decisions.push_back(std::move(decision));
    }
  }
}

Decision DecisionMaker::decide_one(const ActionClass& action, State& state, const DecisionCase& what, const std::string& target) const {
  using Kind = DecisionKind;
  using Cause = DecisionCause;
  const auto said = [&](Kind kind, Cause cause, std::string why) { return Decision{kind, action.name, action.target, target, what.alert, latest_, cause, std::move(why), action.approvers}; };
  if (what.confidence < action.ask) return said(Kind::kRecord, Cause::kConfidenceLow, fmt::format("its confidence is {:.3f}, and from {:.3f} on somebody is asked", what.confidence, action.ask));
  if (const Protected* const shield = policy_.protection(action.target, target); shield != nullptr) {
    return said(Kind::kEscalate, Cause::kProtected, fmt::format("it is protected (by '{}')", shield->pattern));
  }
  if (!action.reversible) return said(Kind::kAsk, Cause::kNotReversible, "it cannot be undone");
  if (!action.confidence) return said(Kind::kAsk, Cause::kNeverAlone, "no confidence is enough to do it by itself");
  if (what.low < *action.confidence) {
    return said(Kind::kAsk, Cause::kBoundLow, fmt::format("the lower bound of its confidence is {:.3f}, and from {:.3f} on it is done by itself", what.low, *action.confidence));
  }
  if (action.hours && !action.hours->hold(latest_)) return said(Kind::kAsk, Cause::kOutsideHours, "it is outside of the hours in which it is done by itself");
  while (!state.acts.empty() && state.acts.front() <= latest_ - action.within_us) state.acts.pop_front();
  if (state.acts.size() >= action.targets) {
    return said(Kind::kEscalate, Cause::kBlastRadius, fmt::format("it was done to {} others within {} already, which is the most", state.acts.size(), duration(action.within_us)));
  }
  if (action.dry_run && dry_run_ == DryRun::kRespect) return said(Kind::kAsk, Cause::kDryRun, "it would be done by itself, but is in dry run");
  return said(Kind::kAct, Cause::kNothing, fmt::format("the lower bound of its confidence is {:.3f}, of {:.3f} that are needed", what.low, *action.confidence));
}

void DecisionMaker::hold(const ActionClass& action, State& state, const Decision& decision) {
  if (decision.kind == DecisionKind::kAct) state.acts.push_back(decision.time);
  state.held[decision.target] = {decision.time + action.lease_us, decision.kind};
  state.order.emplace_back(decision.time, decision.target);
  while (state.order.size() > kDecidedTargetsMax) {
    const auto& [when, target] = state.order.front();
    const auto held = state.held.find(target);
    if (held != state.held.end() && held->second.until == when + action.lease_us) state.held.erase(held);
    state.order.pop_front();
  }
}

}  // namespace tocsin::respond
