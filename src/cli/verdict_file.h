// What people said of alerts, from files of `tocsin.verdict/1` lines (analyze/verdict_line.h). A line that cannot be read may be a true positive, so it is an error: tuning must not go on without it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/env.h"
#include "event/verdict.h"

namespace tocsin::cli {

/// Ten people who judge a thousand alerts a day for three months.
inline constexpr std::size_t kVerdictsMax = 1'000'000;
/// A verdict is some hundred bytes and what somebody wrote beside it.
inline constexpr std::size_t kVerdictLineMax = 64 << 10;

/// By alert, those that were not taken back; the last word counts, of the last file. `-` is standard input. Fails with file, line and what is wrong.
Result<std::map<std::string, Verdict>> read_verdict_files(Env& env, const std::vector<std::string>& paths);

}  // namespace tocsin::cli
