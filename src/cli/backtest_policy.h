// tocsin backtest --policy: what a decision policy would have done to the alerts that there were. Its options are those of the verb.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/env.h"
#include "base/time.h"
#include "cli/data_options.h"

namespace tocsin::cli {

struct PolicyBacktest {
  DataOptions data;
  std::string policy;                        // a file
  std::vector<std::string> alerts, verdicts;  // files; none: what the service stored, and what people said there
  std::optional<TimeUs> since, until;
  std::string format, output;
};

/// What to exit with.
int backtest_policy(Env& env, const PolicyBacktest& wanted);

}  // namespace tocsin::cli
