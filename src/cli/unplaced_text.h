// What of events has no place in OCSF, per format, as text: the end of `tocsin sources` and of `tocsin rules coverage`.
#pragma once

#include <string>
#include <vector>

#include "pipeline/source_survey.h"

namespace tocsin::cli {

/// The commonest ones say what a mapping would have to place first.
inline constexpr std::size_t kUnplacedShownMax = 5;

/// A line for each format, the inputs together, and none where all has its place; lines end with a break.
std::string unplaced_text(const std::vector<SurveyedInput>& inputs);

}  // namespace tocsin::cli
