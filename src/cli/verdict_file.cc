#include "cli/verdict_file.h"

#include <fmt/format.h>

#include "analyze/verdict_line.h"
#include "api/incident_view.h"
#include "cli/alert_lines.h"
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

namespace {

/// What people did in the service of this data folder; nobody anything where there is none.
Result<std::shared_ptr<const analyze::CaseBook>> stored_cases(const DataOptions& data) {
  const Result<std::unique_ptr<State>> state = State::open(data.folder().state(), State::IfMissing::kFail);
  if (!state && state.error().code == Code::kNotFound) return std::shared_ptr<const analyze::CaseBook>(std::make_shared<analyze::CaseBook>());
  if (!state) return state.error();
  CaseLog acts(**state);
  return api::read_cases(acts);
}

std::nullopt_t none_used(const Error& error) {
  complain(error.message + "; no verdict was used");
  return std::nullopt;
}

}  // namespace

std::optional<std::vector<AlertVerdict>> load_verdicts(Env& env, const std::vector<std::string>& paths) {
  Result<std::vector<AlertVerdict>> verdicts = read_verdict_files(env, paths);
  if (!verdicts) return none_used(verdicts.error());
  return std::move(*verdicts);
}

Result<std::vector<AlertVerdict>> stored_verdicts(const DataOptions& data) { return TRY(stored_cases(data))->verdicts(); }

std::optional<Said> load_said(Env& env, const std::vector<std::string>& paths, const std::string& calibration, const DataOptions* service) {
  const std::optional<std::uint32_t> most = calibration_max(calibration);
  if (!most) return std::nullopt;
  if (!paths.empty() || service == nullptr) {
    std::optional<std::vector<AlertVerdict>> verdicts = load_verdicts(env, paths);
    if (!verdicts) return std::nullopt;
    return Said{std::move(*verdicts), *most};
  }
  const Result<std::shared_ptr<const analyze::CaseBook>> cases = stored_cases(*service);
  if (!cases) return none_used(cases.error());
  return Said{(*cases)->verdicts(), calibration.empty() ? (*cases)->calibration() : *most};
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
