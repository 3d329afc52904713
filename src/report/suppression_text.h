// What hides alerts, for people to read and as JSON.
#pragma once

#include <string>
#include <vector>

#include "event/reach.h"
#include "event/suppression.h"

namespace tocsin {

/// "3 alerts are suppressed, 2 are of rules in shadow"; "" if none is.
std::string hidden_text(const HiddenAlerts& hidden);
/// A suppression in three lines: its number, what it covers and how long; what came of it; who and why. Safe for a terminal.
std::string suppression_text(const Suppression& suppression, TimeUs now);
/// `tocsin.suppression/1`, without a line end (docs/tuning.md).
void append_suppression(std::string& out, const Suppression& suppression, TimeUs now);

}  // namespace tocsin
