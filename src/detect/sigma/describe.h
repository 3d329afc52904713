// A rule as the loader understood it, as text for people: `tocsin explain rule` and the data tests print it.
//
//   title "Whoami" id 929a690e-… level high log source windows/process_creation/
//   condition: selection and not filter
//   selection:
//     - Image|endswith: * "\whoami.exe"
//
// Text from rules is made safe for a terminal. Pure functions.
#pragma once

#include <string>

#include "detect/sigma/rule.h"

namespace tocsin::sigma {

/// What one pattern accepts, with modifiers applied.
std::string describe(const Pattern& pattern);
/// The condition over the rule's selections, quantifiers written out.
std::string describe_condition(const Rule& rule);
std::string describe(const Rule& rule);
std::string describe(const Correlation& correlation);

}  // namespace tocsin::sigma
