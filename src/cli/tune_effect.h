// What a filter would have done: the alerts with it beside those without it, judged or not, and a page that says so.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/tune_run.h"
#include "event/verdict.h"

namespace tocsin::cli {

struct TuneEffect {
  struct Gone {
    std::string id;
    TuneAlert alert;
    Verdict verdict = Verdict::kNone;
  };
  std::vector<Gone> gone;      // true positives first, then what nobody judged, then the rest; within each by time
  std::size_t before = 0;      // alerts without the filter, of the rules that it concerns
  std::size_t correlated = 0;  // of `gone`: alerts of correlations that count what the filter takes away. They may come again with fewer events, as other alerts
  std::size_t new_alerts = 0;  // of correlations: those others

  std::size_t count(Verdict verdict) const;
  bool hides_attack() const { return count(Verdict::kTruePositive) > 0; }
};

/// `rules`: ids of those that the filter concerns; all other alerts are of correlations above them.
TuneEffect tune_effect(const TuneAlerts& without, const TuneAlerts& with, const std::map<std::string, Verdict>& verdicts, const std::set<std::string>& rules);

/// The counts in a sentence, then the alerts, `shown` of them at most.
std::string effect_text(const TuneEffect& effect, std::size_t shown);

}  // namespace tocsin::cli
