// An alert as a decision policy sees it, and the policy that a file has: for the verbs that ask one. Pure, but for the file.
#pragma once

#include <string>

#include "analyze/incident_alert.h"
#include "base/env.h"
#include "event/confidence.h"
#include "respond/policy/decision_maker.h"

namespace tocsin::cli {

/// A policy of a few hundred actions and ten thousand names.
inline constexpr std::size_t kPolicyBytesMax = 4u << 20;

/// The one that is shipped where `file` is "". Fails with all mistakes, a line each.
Result<respond::DecisionPolicy> load_policy(Env& env, const std::string& file);
respond::DecisionCase decision_case(const analyze::IncidentAlert& alert, const Probability& confidence);

}  // namespace tocsin::cli
