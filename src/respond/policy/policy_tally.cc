#include "respond/policy/policy_tally.h"

#include <algorithm>

#include "base/beta_quantile.h"

namespace tocsin::respond {

namespace {

constexpr double kBoundConfidence = 0.95;

}  // namespace

double ActionTally::wrong_at_most() const {
  if (right == 0) return 1;
  return beta_quantile(kBoundConfidence, static_cast<double>(wrong) + 1, static_cast<double>(right));
}

PolicyTally::PolicyTally(const DecisionPolicy& policy) {
  for (const ActionClass& action : policy.actions) actions_.push_back({.action = action.name});
}

void PolicyTally::add(const Decision& decision, Verdict verdict) {
  const auto action = std::ranges::find(actions_, decision.action, &ActionTally::action);
  if (action == actions_.end()) return;
  ++action->by_kind[static_cast<std::size_t>(decision.kind)];
  ++action->by_cause[static_cast<std::size_t>(decision.cause)];
  if (decision.kind != DecisionKind::kAct) return;
  ++action->acted;
  if (verdict == Verdict::kTruePositive) ++action->right;
  if (verdict == Verdict::kBenign || verdict == Verdict::kFalsePositive) ++action->wrong;
}

}  // namespace tocsin::respond
