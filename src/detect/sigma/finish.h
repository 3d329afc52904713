// The last step of a rule: drafts become the patterns that evaluators read. Here placeholders must be gone, regular
// expressions must compile, and what a pipeline emptied leaves the condition.
#pragma once

#include <optional>

#include "detect/sigma/draft.h"

namespace tocsin::sigma {

/// The finished rule, or nothing after a diagnostic. Of the draft, only what refers to it stays: id, name and place.
std::optional<Rule> finish_rule(DraftRule& draft, Diagnostics& diagnostics);

/// True if no value has a placeholder left; each that has one is a diagnostic.
bool check_placeholders(const DraftSelection& selection, Diagnostics& diagnostics);
/// True if every regular expression without a placeholder compiles; each that does not is a diagnostic.
bool check_regexes(const DraftSelection& selection, Diagnostics& diagnostics);

}  // namespace tocsin::sigma
