#include "respond/policy/policy_tally.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tocsin::respond {
namespace {

Decision of(DecisionKind kind, DecisionCause cause = DecisionCause::kNothing, std::string action = "a") {
  Decision decision;
  decision.kind = kind;
  decision.cause = cause;
  decision.action = std::move(action);
  return decision;
}

DecisionPolicy policy() {
  DecisionPolicy policy;
  policy.actions.resize(2);
  policy.actions[0].name = "a";
  policy.actions[1].name = "b";
  return policy;
}

TEST(PolicyTally, CountsWhatWasJudged) {
  PolicyTally tally(policy());
  tally.add(of(DecisionKind::kAct), Verdict::kTruePositive);
  tally.add(of(DecisionKind::kAct), Verdict::kBenign);
  tally.add(of(DecisionKind::kAct), Verdict::kFalsePositive);
  tally.add(of(DecisionKind::kAct), Verdict::kNone);
  tally.add(of(DecisionKind::kAsk, DecisionCause::kBoundLow), Verdict::kFalsePositive);
  tally.add(of(DecisionKind::kEscalate, DecisionCause::kProtected, "b"), Verdict::kTruePositive);
  const ActionTally& a = tally.actions()[0];
  EXPECT_EQ(a.acted, 4u);
  EXPECT_EQ(a.right, 1u);
  EXPECT_EQ(a.wrong, 2u);
  EXPECT_EQ(a.unjudged(), 1u);
  EXPECT_EQ(a.by_kind[static_cast<std::size_t>(DecisionKind::kAsk)], 1u);
  EXPECT_EQ(a.by_cause[static_cast<std::size_t>(DecisionCause::kBoundLow)], 1u);
  EXPECT_EQ(tally.actions()[1].acted, 0u);
  EXPECT_EQ(tally.actions()[1].by_kind[static_cast<std::size_t>(DecisionKind::kEscalate)], 1u);
}

/// Where nothing was wrong it is 1 - 0.05^(1/n), which can be worked out by hand; where something was, the binomial tail says whether it is right.
TEST(PolicyTally, TheBoundIsClopperAndPearsons) {
  ActionTally tally;
  EXPECT_EQ(tally.wrong_at_most(), 1);
  tally.wrong = 3;
  EXPECT_EQ(tally.wrong_at_most(), 1) << "nothing was right";
  tally.wrong = 0;
  for (const int n : {1, 10, 59, 1000}) {
    tally.right = static_cast<std::uint64_t>(n);
    EXPECT_NEAR(tally.wrong_at_most(), 1 - std::pow(0.05, 1.0 / n), 1e-9) << n;
  }
  for (const auto& [wrong, right] : {std::pair(1, 99), std::pair(5, 20), std::pair(30, 400)}) {
    tally.wrong = static_cast<std::uint64_t>(wrong);
    tally.right = static_cast<std::uint64_t>(right);
    const double p = tally.wrong_at_most();
    const int n = wrong + right;
    double tail = 0;
    for (int k = 0; k <= wrong; ++k) tail += std::exp(std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1) + k * std::log(p) + (n - k) * std::log1p(-p));
    EXPECT_NEAR(tail, 0.05, 1e-9) << wrong << " of " << n;
  }
}

}  // namespace
}  // namespace tocsin::respond
