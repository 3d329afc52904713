// The confidence of an alert as a line of `tocsin.confidence/1`, and how well confidences held as a page: Brier score, calibration error, a reliability diagram in text. docs/confidence.md. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "event/confidence.h"
#include "event/verdict.h"

namespace tocsin {

/// Line end included: {"schema","alert","confidence","low","high","score","base","evidence","missing","verdict","calibration"}.
void append_confidence_ndjson(std::string& out, std::string_view alert, const AlertConfidence& confidence, Verdict verdict, std::uint32_t calibration);
/// ,"confidence":…,"low":…,"high":…
void append_probability(std::string& out, const Probability& probability);
/// ,"evidence":[{"name","weight","why"}]
void append_evidence(std::string& out, const std::vector<EvidenceItem>& evidence);

/// What was said of groups of alerts before their verdict, and what came out.
struct ReliabilityTable {
  std::uint64_t count = 0, attacks = 0;
  double brier = 0, brier_of_share = 0, calibration_error = 0;
  struct Bin {
    std::uint64_t count = 0, attacks = 0;
    double sum = 0;  // of the probabilities
  };
  std::vector<Bin> bins;                  // of equal width, from 0 to 1
  std::vector<std::string> calibrations;  // each a line of JSON, the oldest first
  std::size_t in_use = 0;                 // of them
};
std::string reliability_text(const ReliabilityTable& table);

}  // namespace tocsin
