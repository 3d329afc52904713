// What people said of alerts, from files of `tocsin.verdict/1` lines (analyze/verdict_line.h). A line that cannot be read may be a true positive, so it is an error: nothing must go on without it.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/env.h"
#include "cli/data_options.h"
#include "event/verdict.h"

namespace tocsin::cli {

/// Ten people who judge a thousand alerts a day for three months.
inline constexpr std::size_t kVerdictsMax = 1'000'000;
/// A verdict is some hundred bytes and what somebody wrote beside it.
inline constexpr std::size_t kVerdictLineMax = 64 << 10;

/// In their order, with those that take one back. `-` is standard input. Fails with file, line and what is wrong.
Result<std::vector<AlertVerdict>> read_verdict_files(Env& env, const std::vector<std::string>& paths);
/// The same; nothing, and said why, where it fails.
std::optional<std::vector<AlertVerdict>> load_verdicts(Env& env, const std::vector<std::string>& paths);
/// What people said to the service of this data folder; nothing where there is none.
Result<std::vector<AlertVerdict>> stored_verdicts(const DataOptions& data);

/// What confidences depend on beside alerts.
struct Said {
  std::vector<AlertVerdict> verdicts;
  std::uint32_t calibration_max = UINT32_MAX;
};
/// Of files; or where none is given what people said to `service`, if that is one. `calibration` as --calibration has it; "": as they chose. Nothing, and said why, where it fails.
std::optional<Said> load_said(Env& env, const std::vector<std::string>& paths, const std::string& calibration, const DataOptions* service);
/// By alert, those that were not taken back; the last word counts.
std::map<std::string, Verdict> by_alert(std::span<const AlertVerdict> verdicts);

}  // namespace tocsin::cli
