// What a canary is: a record of syslog (RFC 5424) that the service sends itself, and the rule that finds it, which is in every rule set of a service and in no list of rules. What makes it a
// canary is its nonce, 128 random bits that this process alone knows until it sends them: a record that only looks like one is a record like any other. It says no time and no host,
// so that it moves no window and is about nobody. Pure, but for the random bits.
//
//   TRY(add_canary_rule(set));                       // before the engine is made
//   const std::string line = TRY(new_canary());      // "<110>1 - - tocsin - canary - 5f0c…"
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "pipeline/engine.h"

namespace tocsin {

/// The source of canaries in journal and store. Sources of senders have a slash or are called like an input.
inline constexpr std::string_view kCanarySource = "canary";
inline constexpr std::string_view kCanaryRuleId = "3d0f3c1e-6d6e-4a53-9d0c-6a8f0c7be0d1";
inline constexpr std::size_t kCanaryNonceBytes = 16;

/// A new one, without the line feed. kIo if there are no random numbers.
Result<std::string> new_canary();

/// Behind the others, without pipelines and filters.
Status add_canary_rule(sigma::RuleSet& set);
/// Its card; nothing if the set was made without.
std::optional<std::uint32_t> canary_card(const Engine& engine);

}  // namespace tocsin
