// Whether filters fit the rules that they are joined to: a filter outlives its rule's versions, and one that asks for a field which the rule's log source does not have hides nothing, silently. What a log source has
// nobody lists; what hundreds of rules on it ask for comes close. So a field is doubted if no rule on the same log source asks for it and rules on others do. Hosts, accounts and addresses, which every source has and
// few rules name, are not. A pure function.
#pragma once

#include <vector>

#include "detect/sigma/load.h"
#include "event/path_table.h"

namespace tocsin {

/// So many rules on a log source say what it has; fewer say nothing.
inline constexpr std::size_t kRulesThatTell = 20;

/// Warnings, in the order of the rules.
std::vector<sigma::Diagnostic> check_filter_fields(const sigma::RuleSet& set, const Naming& naming);

}  // namespace tocsin
