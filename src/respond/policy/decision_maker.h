// Decides, alert by alert in the order of time, what the policy says to do. Everything that stands in the way of acting is looked at in the order of this list, and the first one decides and is the reason:
//
//   the confidence is below `ask`                         record
//   the target is protected                               escalate
//   it cannot be undone, or no confidence is named        ask
//   the lower bound of the confidence is too low          ask
//   it is outside of its hours                            ask
//   the blast radius is used up                           escalate
//   it is in dry run                                      ask
//   nothing                                               act
//
// What was decided about a target holds for the action's lease: until then nothing weaker or equal is said of it again. The same alerts give the same decisions. One thread.
//
//   DecisionMaker maker(policy);
//   maker.decide(what, decisions);   // appends
#pragma once

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "event/decision.h"
#include "respond/policy/decision_policy.h"

namespace tocsin::respond {

/// Targets of one action that are remembered for its lease; beyond, the one decided about longest ago goes, and may be decided about again.
inline constexpr std::size_t kDecidedTargetsMax = 100'000;

/// An alert, as far as deciding needs it.
struct DecisionCase {
  std::string alert, rule;
  TimeUs time = kNoTime;
  double confidence = 0, low = 0;  // and the lower bound of its interval
  std::uint8_t level = 0;
  std::vector<std::string> tactics, tags;
  std::vector<std::pair<EntityType, std::string>> targets;
};

class DecisionMaker {
 public:
  /// What is in dry run is asked; or, to see what would come of it, done like all else.
  enum class DryRun : std::uint8_t { kRespect, kIgnore };
  /// The policy outlives it.
  explicit DecisionMaker(const DecisionPolicy& policy, DryRun dry_run = DryRun::kRespect) : policy_(policy), dry_run_(dry_run), states_(policy.actions.size()) {}

  /// An alert without a time is as late as the latest so far.
  void decide(const DecisionCase& what, std::vector<Decision>& decisions);

 private:
  struct Held {
    TimeUs until = 0;
    DecisionKind kind = DecisionKind::kRecord;
  };
  struct State {
    std::map<std::string, Held, std::less<>> held;  // by target
    std::deque<std::pair<TimeUs, std::string>> order;  // in which targets were decided about
    std::deque<TimeUs> acts;                        // within the blast radius
  };
  Decision decide_one(const ActionClass& action, State& state, const DecisionCase& what, const std::string& target) const;
  void hold(const ActionClass& action, State& state, const Decision& decision);

  const DecisionPolicy& policy_;
  DryRun dry_run_;
  TimeUs latest_ = 0;
  std::vector<State> states_;  // by action
};

}  // namespace tocsin::respond
