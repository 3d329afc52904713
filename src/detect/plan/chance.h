// A guess, from the pattern alone, at the share of events that satisfy it. Only the order matters: it decides which part
// of a rule is asked first, never what the rule means.
#pragma once

#include <string_view>

#include "detect/sigma/rule.h"

namespace tocsin::plan {

double guess_chance(std::string_view field, const sigma::Pattern& pattern);

}  // namespace tocsin::plan
