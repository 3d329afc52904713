// Any bytes as a file of alerts, in each of the three forms, with verdicts and without; what is read is grouped and scored. Names are within their limit, times within the calendar, and labels decide no score.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "analyze/group_lines.h"
#include "base/check.h"
#include "base/memory_env.h"
#include "collect/alert_file.h"

namespace {

using namespace tocsin;

std::string score(Env& env, AlertForm form, bool with_verdicts) {
  analyze::AlertNames names;
  analyze::AlertGroups groups(names);
  const auto counts = read_alerts(env, "file", {form, with_verdicts}, [&](const AlertBrief& alert) {
    TOCSIN_CHECK(!alert.rule.empty() && alert.rule.size() <= kAlertNameBytesMax && alert.host.size() <= kAlertNameBytesMax);
    TOCSIN_CHECK(alert.time_s >= -62'135'596'800 && alert.time_s <= 253'402'300'799);
    TOCSIN_CHECK(with_verdicts || alert.verdict == Verdict::kNone);
    return groups.add(alert);
  });
  if (!counts || !groups.finish()) return {};
  const analyze::ConfidenceModel model;
  analyze::GroupScorer scorer(model, names);
  std::vector<analyze::ScoredGroup> scored;
  std::string out;
  analyze::for_each_window(groups.groups(), [&](std::span<const analyze::AlertGroup> window) {
    TOCSIN_CHECK(scorer.take(window, scored).has_value());
    for (std::size_t i = 0; i < window.size(); ++i) append_group_line(out, model, names, window[i], scored[i]);
  });
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  MemoryEnv env;
  env.add_file("file", std::string(reinterpret_cast<const char*>(data), size));
  for (const AlertForm form : {AlertForm::kAit, AlertForm::kOcsf, AlertForm::kEcs}) {
    const std::string with = score(env, form, true), without = score(env, form, false);
    TOCSIN_CHECK(with.empty() || with == without);
  }
  return 0;
}
