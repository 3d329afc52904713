// Which rules could not have fired on the data that was read, and why: no event of the log source a rule asks for, or none
// that carried a field without which its condition cannot become true.
#pragma once

#include <vector>

#include "detect/match/matcher.h"
#include "detect/sigma/load.h"
#include "event/log_source.h"
#include "event/summary.h"

namespace tocsin {

/// `seen` of all workers. In order of the rules; rules that only feed correlations are included.
std::vector<SilentRule> silent_rules(const sigma::RuleSet& set, const LogSourceTable& log_sources,
                                     const std::vector<match::Matcher::Seen>& seen);

}  // namespace tocsin
