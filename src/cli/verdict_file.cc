#include "cli/verdict_file.h"

#include <fmt/format.h>

#include "analyze/verdict_line.h"
#include "cli/line_file.h"

namespace tocsin::cli {

Result<std::map<std::string, Verdict>> read_verdict_files(Env& env, const std::vector<std::string>& paths) {
  std::map<std::string, Verdict> verdicts;
  const auto take = [&](std::string_view line, std::uint64_t) -> Status {
    const AlertVerdict verdict = TRY(analyze::read_verdict(line));
    if (verdict.verdict == Verdict::kNone) {
      verdicts.erase(verdict.alert);
      return {};
    }
    if (verdicts.size() >= kVerdictsMax && !verdicts.contains(verdict.alert)) return Error{Code::kLimit, fmt::format("more than {} alerts are judged", kVerdictsMax)};
    verdicts[verdict.alert] = verdict.verdict;
    return {};
  };
  for (const std::string& path : paths) TRY(for_each_line(env, path, kVerdictLineMax, take));
  return verdicts;
}

}  // namespace tocsin::cli
