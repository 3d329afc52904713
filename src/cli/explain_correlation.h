// What a correlation asks, in words, for `tocsin explain rule ID`: what it counts, of which rules, in which groups and window,
// under which condition, and when that is judged. Pure; for a terminal, texts from rules are made safe.
#pragma once

#include <string>
#include <vector>

#include "detect/sigma/load.h"

namespace tocsin::cli {

std::string explain_correlation(const sigma::RuleSet& rules, std::uint32_t correlation);

/// The rules at the bottom of it (indexes into RuleSet::rules), each once, in the order in which they are named.
std::vector<std::uint32_t> rules_below(const sigma::RuleSet& rules, std::uint32_t correlation);

}  // namespace tocsin::cli
