// One group with its confidence and the reasons, as a line of JSON: {"rule","host","start","alerts","confidence","evidence":[{"name","weight","why"}]}. Weights are log-odds; those of a line add up to
// the log-odds of its confidence. They stand in the order of their size, the base behind them. "why" is for a person; names are for programs (docs/score.md). Pure.
#pragma once

#include <string>

#include "analyze/group_scorer.h"

namespace tocsin::analyze {

/// With its line end. Numbers are written as short as they can be read back the same.
void append_group_line(std::string& out, const ConfidenceModel& model, const AlertNames& names, const AlertGroup& group, const ScoredGroup& scored);

/// In a list of evidence.
std::string_view name_of(Evidence evidence);

}  // namespace tocsin::analyze
