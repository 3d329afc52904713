#include "api/confidence_metrics.h"

#include <fmt/format.h>

#include "pipeline/metrics.h"

namespace tocsin::api {

namespace {

using Bin = analyze::Reliability::Bin;

template <class Value>
void per_bin(std::string& text, const analyze::Reliability& held, std::string_view name, std::string_view help, Value&& value) {
  append_metric_head(text, name, "gauge", help);
  for (std::size_t i = 0; i < held.bins.size(); ++i) {
    const auto edge = [&](std::size_t place) { return static_cast<double>(place) / static_cast<double>(held.bins.size()); };
    text += fmt::format("tocsin_{}{{from=\"{}\",to=\"{}\"}} {}\n", name, edge(i), edge(i + 1), value(held.bins[i]));
  }
}

}  // namespace

void append_confidence_metrics(std::string& text, const analyze::Calibrator& calibrator) {
  const analyze::Reliability held = analyze::reliability_of(calibrator.predictions(), calibrator.labels());
  append_metric(text, "confidence_calibration_version", "gauge", "Calibration that counts; 0 is none.", calibrator.current().version);
  append_metric(text, "confidence_labels", "gauge", "Groups of alerts that have a verdict.", static_cast<double>(held.count));
  if (held.count == 0) return;
  append_metric(text, "confidence_label_attacks", "gauge", "Those of them that are attacks.", static_cast<double>(held.attacks));
  append_metric(text, "confidence_brier_score", "gauge", "Of what was said before the verdicts; 0 is best.", held.brier);
  append_metric(text, "confidence_brier_score_of_share", "gauge", "Of whoever always says the share of attacks.", held.brier_of_share);
  append_metric(text, "confidence_calibration_error", "gauge", "Expected calibration error, ten bins; 0 is best.", held.calibration_error);
  per_bin(text, held, "confidence_reliability_groups", "Groups of which such a probability was said.", [](const Bin& bin) { return bin.count; });
  per_bin(text, held, "confidence_reliability_attacks", "Those of them that were attacks.", [](const Bin& bin) { return bin.attacks; });
  per_bin(text, held, "confidence_reliability_said_sum", "The probabilities that were said of them, added up.", [](const Bin& bin) { return bin.sum; });
}

}  // namespace tocsin::api
