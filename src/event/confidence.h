// How probable it is that an alert, or an incident, is malicious activity, and why: what analyze works out and report shows. docs/confidence.md says what each piece of evidence is.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin {

/// One named reason. Weights are log-odds: plus 0.7 doubles the odds, plus 2.3 makes them ten times as high.
struct EvidenceItem {
  std::string_view name;  // of a table, for programs
  double weight = 0;
  std::string why;        // for a person
};

/// A probability with what it may as well be: nine times in ten it is between `low` and `high`.
struct Probability {
  double mean = 0, low = 0, high = 1;
};

struct AlertConfidence {
  Probability confidence;             // calibrated
  double score = 0, base = 0;         // log-odds before calibration: the base and all weights together, in their order
  std::vector<EvidenceItem> evidence;  // what moves something, the strongest first
  std::vector<std::string_view> missing;  // what the log source does not say: host, account, time, tactic
};

}  // namespace tocsin
