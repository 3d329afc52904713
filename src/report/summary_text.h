// The end of a scan for people: what was found, where to look first, what needs no look, and which rules could not have
// fired and why. Plain text, or with colours for a terminal; every text from the logs is made safe for a terminal.
#pragma once

#include <functional>
#include <string>

#include "event/alert.h"
#include "event/summary.h"

namespace tocsin {

struct SummaryStyle {
  bool colour = false;
  std::size_t width = 100;     // columns; at least 60
  bool unicode = true;         // bars and rules drawn with block characters
};

/// `card` gives the rule of an index of ScanSummary::by_rule. `seconds` is how long the scan took.
std::string summary_text(const ScanSummary& summary, const std::function<const RuleCard&(std::size_t)>& card,
                         double seconds, const SummaryStyle& style);

}  // namespace tocsin
