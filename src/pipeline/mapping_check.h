// Whether rules fit mappings of a user's own: the tests in the mappings are the events that are known of such a format, and a rule that could fire on none of them asks for
// something that the format does not have. Only rules on log sources of these tests are looked at, and those on log sources that no mapping yields. One thread.
//
//   const std::vector<sigma::Diagnostic> found = TRY(check_with_mappings(set, files));
#pragma once

#include <vector>

#include "base/result.h"
#include "detect/sigma/load.h"
#include "normalize/mapping_files.h"

namespace tocsin {

/// Warnings, in the order of the rules. kInvalid with file:line:column if the mappings do not load.
Result<std::vector<sigma::Diagnostic>> check_with_mappings(const sigma::RuleSet& set, const std::vector<MappingFile>& files);

}  // namespace tocsin
