// How well confidences held, as metrics: the Brier score, the calibration error and the reliability diagram of what was said of groups of alerts before their verdict (analyze/calibration.h). docs/confidence.md names them.
#pragma once

#include <string>

#include "analyze/calibration.h"

namespace tocsin::api {

/// In Prometheus' text format 0.0.4. Scores only where there is a verdict: none is not a good one.
void append_confidence_metrics(std::string& text, const analyze::Calibrator& calibrator);

}  // namespace tocsin::api
