#include <fmt/format.h>

#include <algorithm>

#include "api/incident_view.h"
#include "cli/alert_lines.h"
#include "cli/decision_case.h"
#include "cli/output.h"
#include "cli/report.h"
#include "respond/policy/decision_maker.h"
#include "store/alert_reach.h"

namespace tocsin::cli {

namespace {

constexpr std::size_t kStoredPage = 1'000;
constexpr std::size_t kIdBytesMin = 3;

int read_alerts(State& state, ReportFacts& facts) {
  const Result<std::int64_t> last = state.last_alert_number();
  if (!last) return complain(last.error().message), kIncomplete;
  const std::int64_t begin = std::max<std::int64_t>(0, *last - static_cast<std::int64_t>(analyze::kBookAlertsMax));
  facts.is_whole = begin == 0;
  AlertLines lines(facts.book);
  lines.begin("stored alerts");
  for (std::int64_t after = begin;;) {
    const Result<std::vector<StoredAlert>> page = state.alerts_added_after(after, kStoredPage, 0, WhichAlerts::kReaching);
    if (!page) return complain(page.error().message), kIncomplete;
    if (page->empty()) break;
    for (const StoredAlert& alert : *page) {
      after = alert.number;
      (void)lines.write(alert.body + '\n');
    }
  }
  return lines.is_whole() ? kDone : kIncomplete;
}

int read_times(State& state, ReportFacts& facts) {
  for (std::int64_t after = 0;;) {
    const Result<std::vector<AlertReach::Added>> page = AlertReach::added_after(state, after, kStoredPage);
    if (!page) return complain(page.error().message), kIncomplete;
    if (page->empty()) return kDone;
    for (const AlertReach::Added& one : *page) {
      after = one.number;
      if (one.when != kNoTime) facts.made.emplace(one.id, one.when);
    }
  }
}

}  // namespace

std::optional<int> ReportFacts::read(Env&, const DataOptions& data) {
  Result<std::unique_ptr<State>> opened = State::open(data.folder().state(), State::IfMissing::kFail);
  if (!opened) return complain(opened.error().message), kUsage;
  state = std::move(*opened);
  CaseLog acts(*state);
  const Result<std::shared_ptr<const analyze::CaseBook>> decided = api::read_cases(acts);
  if (!decided) return complain(decided.error().message), kIncomplete;
  cases = *decided;
  const Result<HiddenAlerts> counted = state->hidden_alerts({});
  if (!counted) return complain(counted.error().message), kIncomplete;
  hidden = *counted;
  if (const int exit = read_alerts(*state, *this); exit != kDone) return exit;
  if (const int exit = read_times(*state, *this); exit != kDone) return exit;
  book.decide(cases.get());
  incidents = book.incidents(cases->verdicts(), cases->calibration());
  return std::nullopt;
}

const Incident* ReportFacts::incident(const std::string& id) const {
  if (id.size() < kIdBytesMin) return complain(fmt::format("'{}' is too short for an id; write three characters of it or more", id)), nullptr;
  const auto named = [&](const Incident& one) { return one.id.starts_with(id); };
  const auto found = std::ranges::find_if(incidents, named);
  if (found == incidents.end()) return complain(fmt::format("there is no incident {}; `tocsin incidents --status all` lists them", id)), nullptr;
  if (std::ranges::count_if(incidents, named) > 1) return complain(fmt::format("there are several incidents {}…; give more of the id", id)), nullptr;
  return &*found;
}

TimeUs ReportFacts::made_at(const std::string& alert) const {
  const auto found = made.find(alert);
  return found == made.end() ? kNoTime : found->second;
}

std::optional<ReplayedPolicy> replay_policy(Env& env, const std::string& file, const ReportFacts& facts) {
  const Result<respond::DecisionPolicy> policy = load_policy(env, file);
  if (!policy) return complain_lines(policy.error().message), std::nullopt;
  const std::vector<analyze::IncidentAlert>& alerts = facts.book.alerts();
  const std::vector<Probability> confidences = facts.book.confidences().as_they_came(alerts, facts.cases->verdicts());
  respond::DecisionMaker maker(*policy);
  ReplayedPolicy replayed{policy->name, {}, {}};
  for (std::size_t i = 0; i < alerts.size(); ++i) {
    maker.decide(decision_case(alerts[i], confidences[i]), replayed.decisions);
    replayed.verdicts.resize(replayed.decisions.size(), facts.book.confidences().verdict_of(i));
  }
  return replayed;
}

IncidentReport incident_report(const ReportFacts& facts, const ReplayedPolicy& policy, const Incident& incident, TimeUs now) {
  IncidentReport report;
  report.now = now;
  report.incident = &incident;
  report.its = facts.cases->of(incident.id);
  for (const CaseAct& act : facts.cases->acts()) {
    const bool is_about = report.its != nullptr && std::ranges::binary_search(report.its->acts, act.number);
    const bool judges = act.kind == CaseActKind::kVerdict && act.incident.empty() && std::ranges::any_of(act.alerts, [&](const std::string& id) { return std::ranges::find(incident.alerts, id, &IncidentAlertLine::id) != incident.alerts.end(); });
    if (!is_about && !judges) continue;
    report.acts.push_back(act);
    report.counts.push_back(facts.cases->counts(act.number));
  }
  report.attachments = facts.cases->attachments(incident.id);
  for (const IncidentAlertLine& alert : incident.alerts) {
    report.made.push_back(facts.made_at(alert.id));
    report.reasons.push_back(facts.book.confidences().explain(alert.number, facts.book.alerts()[alert.number]));
  }
  report.policy = policy.name;
  std::vector<std::string> ids;
  for (const IncidentAlertLine& alert : incident.alerts) ids.push_back(alert.id);
  std::ranges::sort(ids);
  std::ranges::copy_if(policy.decisions, std::back_inserter(report.decisions), [&](const Decision& one) { return std::ranges::binary_search(ids, one.alert); });
  report.is_whole = facts.is_whole;
  return report;
}

}  // namespace tocsin::cli
