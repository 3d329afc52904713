// Verdicts as lines of `tocsin.verdict/1`, the form in which they are handed from one program to another:
//
//   {"schema":"tocsin.verdict/1","alert":ID,"verdict":"true_positive"|"benign"|"false_positive"|"none","why":TEXT,"by":NAME,"time":RFC 3339,"of_incident":true}
//
// `why`, `by`, `time` and `of_incident` (it was said of the incident as a whole) may be missing. Of several about one alert the last line counts; none takes back what was said.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "event/verdict.h"

namespace tocsin::analyze {

/// Fails with what is wrong of a line that is no `tocsin.verdict/1`.
Result<AlertVerdict> read_verdict(std::string_view line);
/// A line with its end.
void append_verdict(std::string& out, const AlertVerdict& verdict);

}  // namespace tocsin::analyze
