// `tocsin explain alert ID`: why an alert was made, from what was written down with it, how probable it is that it is malicious, and the record it is about.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/env.h"
#include "cli/data_options.h"

namespace tocsin::cli {

/// How probable it is takes the alerts before it.
struct AlertQuestion {
  std::string id;                              // or the beginning of one
  std::vector<std::string> alerts, verdicts;   // files; no alerts: those that the service stored
  std::string calibration;
  std::string policy;                          // a file; "": the one that is shipped
  std::optional<double> bar;                   // what would take the confidence over it
};

/// What to exit with.
int explain_alert(Env& env, const DataOptions& data, const AlertQuestion& question);

}  // namespace tocsin::cli
