// The rules that a filter is about, cut out of a set: the rule, the correlations that count what it finds, and what those need besides. A filter on a rule takes events from such a correlation, too, and with
// them perhaps an alert that was a true positive. Pure functions.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "detect/sigma/load.h"

namespace tocsin::cli {

/// The rule of this id or name, or title where only one has it. Fails with what is to be typed instead.
Result<const sigma::Rule*> find_rule(const sigma::RuleSet& set, const std::string& text);

/// What is needed to know which alerts these rules make, and the correlations above them.
sigma::RuleSet cut_out(const sigma::RuleSet& set, const std::set<std::string>& ids);

/// The rules that are other rules with a filter than without it: ids of those that have more filters in `with`.
std::set<std::string> filtered_rules(const sigma::RuleSet& without, const sigma::RuleSet& with);

/// The fields that a rule asks for, but for what it excludes.
std::set<std::string> asked_fields(const sigma::Rule& rule);
/// The fields of what the filter added.
std::set<std::string> filter_fields(const sigma::Rule& with, const sigma::Rule& without);

}  // namespace tocsin::cli
