#include "cli/verdict_file.h"

#include <fmt/format.h>

#include "analyze/verdict_line.h"
#include "api/incident_view.h"
#include "cli/line_file.h"
#include "cli/output.h"
#include "store/case_log.h"
#include "store/state.h"

namespace tocsin::cli {

Result<std::vector<AlertVerdict>> read_verdict_files(Env& env, const std::vector<std::string>& paths) {
  std::vector<AlertVerdict> verdicts;
  const auto take = [&](std::string_view line, std::uint64_t) -> Status {
    verdicts.push_back(TRY(analyze::read_verdict(line)));
    if (verdicts.size() > kVerdictsMax) return Error{Code::kLimit, fmt::format("there are more than {} verdicts", kVerdictsMax)};
    return {};
  };
  for (const std::string& path : paths) TRY(for_each_line(env, path, kVerdictLineMax, take));
  return verdicts;
}

std::optional<std::vector<AlertVerdict>> load_verdicts(Env& env, const std::vector<std::string>& paths, const DataOptions* service) {
  Result<std::vector<AlertVerdict>> verdicts = paths.empty() && service != nullptr ? stored_verdicts(*service) : read_verdict_files(env, paths);
  if (verdicts) return std::move(*verdicts);
  complain(verdicts.error().message + "; no verdict was used");
  return std::nullopt;
}

Result<std::vector<AlertVerdict>> stored_verdicts(const DataOptions& data) {
  const Result<std::unique_ptr<State>> state = State::open(data.folder().state(), State::IfMissing::kFail);
  if (!state && state.error().code == Code::kNotFound) return std::vector<AlertVerdict>();
  if (!state) return state.error();
  CaseLog acts(**state);
  return TRY(api::read_cases(acts))->verdicts();
}

std::map<std::string, Verdict> by_alert(std::span<const AlertVerdict> verdicts) {
  std::map<std::string, Verdict> standing;
  for (const AlertVerdict& verdict : verdicts) {
    if (verdict.verdict == Verdict::kNone) standing.erase(verdict.alert);
    else standing[verdict.alert] = verdict.verdict;
  }
  return standing;
}

}  // namespace tocsin::cli
