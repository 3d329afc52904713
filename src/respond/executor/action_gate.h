// The last look at an action, by the process that does it, whoever asks: it takes the core for somebody who may have been talked into something. Nothing is done to what is protected, nothing more often than the policy lets it,
// nothing without as many people as it wants, no call but the one that was decided on, and nothing twice that may be done once. One thread.
//
//   ActionGate gate(policy, all_actions());
//   if (const Status may = gate.may(order, now); !may) refuse(may.error().message);
//   gate.done(order, result);
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "base/time.h"
#include "respond/connector/action_order.h"
#include "respond/policy/decision_policy.h"

namespace tocsin::respond {

/// Orders that are remembered with what came of them; those under way are always.
inline constexpr std::size_t kOrdersRememberedMax = 50'000;
/// People may say yes to so many times what may be done by itself: beyond that somebody has to change the policy.
inline constexpr std::uint32_t kApprovedCapFactor = 10;
/// No network is wider: a /16, or a /32 of IPv6.
inline constexpr unsigned kNetworkBitsMinV4 = 96 + 16, kNetworkBitsMinV6 = 32;

class ActionGate {
 public:
  /// Both must outlive it.
  ActionGate(const DecisionPolicy& policy, std::span<const ActionSpec> table) : policy_(policy), table_(table) {}

  /// kDenied, in words; what passes is counted.
  Status may(const ActionOrder& order, TimeUs now);
  /// What came of the same order before; nullptr: nothing is known of it, or that it failed.
  const ActionResult* known(const ActionOrder& order) const;
  void done(const ActionKey& key, const ActionResult& result);

 private:
  struct Seen {
    Sha256 hash = {};
    std::optional<ActionResult> result;
  };
  Status check_targets(const ActionSpec& spec, const ActionCall& call) const;
  Status check_target(EntityType type, std::string_view value) const;
  Status count(const ActionSpec& spec, const ActionOrder& order, TimeUs now);

  const DecisionPolicy& policy_;
  const std::span<const ActionSpec> table_;
  std::map<ActionKey, Seen> seen_;
  std::deque<ActionKey> order_;  // of seen_, the oldest first
  struct Times {
    std::deque<TimeUs> alone, approved;
  };
  std::map<std::string, Times, std::less<>> times_;  // by class of the policy
};

}  // namespace tocsin::respond
