// What a policy would have done over a stretch of time, and how often it would have been wrong, by what people said of the alerts. Pure.
//
//   PolicyTally tally(policy);
//   for (…) tally.add(decision, verdict_of(decision.alert));
//   tally.actions()[0].wrong_at_most();   // an automatic action is switched on with this number, not with a feeling
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "event/decision.h"
#include "event/verdict.h"
#include "respond/policy/decision_policy.h"

namespace tocsin::respond {

struct ActionTally {
  std::string action;
  std::uint64_t acted = 0;                   // by itself
  std::uint64_t right = 0, wrong = 0;        // of those: by the verdict on their alert; the rest was not judged
  std::array<std::uint64_t, kDecisionWords.size()> by_kind{};
  std::array<std::uint64_t, kDecisionCauseWords.size()> by_cause{};

  std::uint64_t unjudged() const { return acted - right - wrong; }
  /// The share of wrong ones among those that were judged is below this with a confidence of 95 % (Clopper and Pearson 1934, one side): 1 where none was judged. It says something of the others only if who judged
  /// did not choose which.
  double wrong_at_most() const;
};

class PolicyTally {
 public:
  explicit PolicyTally(const DecisionPolicy& policy);

  void add(const Decision& decision, Verdict verdict);
  /// As the policy has them.
  const std::vector<ActionTally>& actions() const { return actions_; }

 private:
  std::vector<ActionTally> actions_;
};

}  // namespace tocsin::respond
