// tocsin report period: what a week, a month or a year came to. docs/reports.md.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <unordered_set>

#include "base/text.h"
#include "cli/action_record.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/verb.h"
#include "pipeline/control_socket.h"
#include "pipeline/status.h"
#include "report/period_report.h"
#include "store/suppressions.h"

namespace tocsin::cli {

namespace {

namespace json = boost::json;

/// The month before the one that `now` is in, in UTC.
void last_month(TimeUs now, TimeUs& from, TimeUs& to) {
  CivilTime begin = to_civil(now);
  begin = {begin.year, begin.month, 1, 0, 0, 0, 0};
  to = to_time(begin);
  begin.year -= begin.month == 1 ? 1 : 0;
  begin.month = begin.month == 1 ? 12 : begin.month - 1;
  from = to_time(begin);
}

bool is_by_person(CaseActKind kind) { return kind != CaseActKind::kModel && kind != CaseActKind::kCalibration && kind != CaseActKind::kUndo; }

/// When each incident was first acted on and when it was closed, from the acts that count.
class ActTimes {
 public:
  explicit ActTimes(const ReportFacts& facts) {
    std::unordered_map<std::string, std::string> of_alert;
    for (const Incident& incident : facts.incidents) {
      for (const IncidentAlertLine& alert : incident.alerts) of_alert.emplace(alert.id, incident.id);
    }
    for (const CaseAct& act : facts.cases->acts()) {
      if (!facts.cases->counts(act.number) || !is_by_person(act.kind)) continue;
      see(act.incident, act.time);
      see(act.other, act.time);
      if (act.kind == CaseActKind::kVerdict && act.incident.empty()) {
        for (const std::string& alert : act.alerts) {
          if (const auto found = of_alert.find(alert); found != of_alert.end()) see(found->second, act.time);
        }
      }
      if (act.kind == CaseActKind::kStatus) closed_[act.incident] = act.status == CaseStatus::kClosed ? act.time : kNoTime;
    }
  }
  TimeUs acknowledged(const std::string& incident) const { return of(acknowledged_, incident); }
  TimeUs closed(const std::string& incident) const { return of(closed_, incident); }

 private:
  using Times = std::unordered_map<std::string, TimeUs>;
  static TimeUs of(const Times& times, const std::string& incident) {
    const auto found = times.find(incident);
    return found == times.end() ? kNoTime : found->second;
  }
  void see(const std::string& incident, TimeUs time) {
    if (!incident.empty()) acknowledged_.emplace(incident, time);  // acts come in their order: the first stays
  }

  Times acknowledged_, closed_;
};

bool is_in(const PeriodReport& report, TimeUs time) { return time != kNoTime && time >= report.from && time < report.to; }

std::vector<std::pair<std::string, std::uint64_t>> most_named(const std::map<std::string, std::uint64_t>& counts) {
  std::vector<std::pair<std::string, std::uint64_t>> names(counts.begin(), counts.end());
  std::ranges::stable_sort(names, std::greater<>(), [](const auto& name) { return name.second; });
  names.resize(std::min(names.size(), kPeriodNamesMax));
  return names;
}

void add_incidents(const ReportFacts& facts, PeriodReport& report) {
  const ActTimes times(facts);
  std::map<std::string, std::uint64_t> hosts, accounts;
  std::map<std::string, RulePrecision> rules;
  for (const Incident& incident : facts.incidents) {
    PeriodIncident one{&incident, kNoTime, times.acknowledged(incident.id), incident.status == CaseStatus::kClosed ? times.closed(incident.id) : kNoTime};
    for (const IncidentAlertLine& alert : incident.alerts) {
      const TimeUs made = facts.made_at(alert.id);
      if (made == kNoTime) ++report.alerts_undated;
      if (made != kNoTime && (one.detected == kNoTime || made < one.detected)) one.detected = made;
      if (!is_in(report, made)) continue;
      ++report.alerts_by_level[std::min<std::size_t>(alert.level, 4)];
      if (!alert.host.empty()) ++hosts[alert.host];
      RulePrecision& rule = rules[alert.rule_id];
      rule.id = alert.rule_id;
      rule.title = alert.title;
      ++rule.alerts;
      if (alert.verdict == Verdict::kTruePositive) ++rule.true_positive;
      if (alert.verdict == Verdict::kBenign) ++rule.benign;
      if (alert.verdict == Verdict::kFalsePositive) ++rule.false_positive;
    }
    if (is_in(report, one.detected)) {
      report.incidents.push_back(one);
      for (const IncidentEntity& account : incident.accounts) accounts[account.value] += account.alerts;
    }
    if (incident.status != CaseStatus::kClosed) report.open.push_back(one);
  }
  const auto earlier = [](const PeriodIncident& one, const PeriodIncident& other) { return std::pair(one.detected, one.incident->id) < std::pair(other.detected, other.incident->id); };
  std::ranges::sort(report.incidents, earlier);
  std::ranges::sort(report.open, earlier);
  for (auto& [id, rule] : rules) report.rules.push_back(std::move(rule));
  std::ranges::stable_sort(report.rules, std::greater<>(), &RulePrecision::alerts);
  report.hosts = most_named(hosts);
  report.accounts = most_named(accounts);
}

void add_decisions(const ReportFacts& facts, const ReplayedPolicy& policy, PeriodReport& report) {
  report.policy = policy.name;
  std::map<std::string, ActionShare> shares;
  for (std::size_t i = 0; i < policy.decisions.size(); ++i) {
    const Decision& one = policy.decisions[i];
    if (!is_in(report, facts.made_at(one.alert))) continue;
    ActionShare& share = shares[one.action];
    share.action = one.action;
    ++share.by_kind[static_cast<std::size_t>(one.kind)];
    if (one.kind != DecisionKind::kAct || policy.verdicts[i] == Verdict::kNone) continue;
    ++share.judged_of_acts;
    if (policy.verdicts[i] != Verdict::kTruePositive) ++share.wrong_of_acts;
  }
  for (auto& [action, share] : shares) report.decisions.push_back(std::move(share));
}

Status add_stored(State& state, PeriodReport& report) {
  const State::Stored stored = TRY(state.stored());
  for (const store::Segment& segment : stored.segments) {
    const bool is_within = segment.first_received >= report.from && segment.last_received < report.to;
    const bool overlaps = segment.last_received >= report.from && segment.first_received < report.to;
    if (is_within) report.events_least += segment.rows;
    if (overlaps) report.events_most += segment.rows;
  }
  Suppressions suppressions(state);
  for (Suppression& one : TRY(suppressions.all())) {
    if (is_in(report, one.made)) ++report.suppressions_made;
    if (state_of(one, report.now) == SuppressionState::kInForce) report.suppressions.push_back(std::move(one));
  }
  report.hidden = TRY(state.hidden_alerts({.since = report.from}));
  return {};
}

Result<std::string> status_of(Env& env, const DataOptions& data) {
  Result<std::string> told = ask_service(data.folder().control(), {"status", {}});
  if (told) return told;
  Seal master(TRY(read_key(env, data.key_file())));
  return status_json(TRY(read_status(env, data.folder(), master)));
}

/// What the service says of its sources, or the files; why not, if neither does.
void add_sources(Env& env, const DataOptions& data, PeriodReport& report) {
  const Result<std::string> status = status_of(env, data);
  boost::system::error_code error;
  const json::value value = status ? json::parse(*status, error) : json::value();
  const json::object* const object = value.if_object();
  const json::value* const sources = object == nullptr ? nullptr : object->if_contains("sources");
  if (sources == nullptr || !sources->is_array()) {
    report.sources_unknown = status ? "the service's answer cannot be read" : status.error().message;
    return;
  }
  const json::value* const service = object->if_contains("service");
  const json::value* const running = service != nullptr && service->is_object() ? service->get_object().if_contains("running") : nullptr;
  report.is_running = running != nullptr && running->is_bool() && running->get_bool();
  for (const json::value& item : sources->get_array()) {
    const json::object* const source = item.if_object();
    if (source == nullptr) continue;
    SourceFlow flow;
    const auto count = [&](const char* key) {
      const json::value* const found = source->if_contains(key);
      return found != nullptr && found->is_number() ? found->to_number<std::uint64_t>(error) : 0;
    };
    const auto text = [](const json::object& of, const char* key) {
      const json::value* const found = of.if_contains(key);
      return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
    };
    flow.name = text(*source, "source");
    flow.received = count("received");
    flow.stored = count("stored");
    flow.refused = count("refused");
    flow.dropped = count("dropped");
    if (const json::value* const silent = source->if_contains("silent"); silent != nullptr && silent->is_object()) flow.silent = text(silent->get_object(), "text");
    report.sources.push_back(std::move(flow));
  }
}

/// --from and --to, or the last month. False, and said why, if they are none.
bool read_period(const std::string& from, const std::string& to, PeriodReport& report) {
  std::optional<TimeUs> begin, end;
  if (!read_time_option("--from", from, report.now, begin) || !read_time_option("--to", to, report.now, end)) return false;
  if (!begin && !end) {
    last_month(report.now, report.from, report.to);
    return true;
  }
  if (!begin) return complain("--to wants --from: the time at which the period begins"), false;
  report.from = *begin;
  report.to = end.value_or(report.now);
  if (report.from >= report.to) return complain("--from is not before --to: nothing would be in the period"), false;
  return true;
}

}  // namespace

int run_report_period(Env& env, const std::vector<std::string>& arguments) {
  ReportOptions options;
  std::string from, to;
  CLI::App app("What a period came to: times to detect, acknowledge and resolve, precision of rules, what is open.", "tocsin report period");
  options.add_to(app, {"markdown", "html", "json"}, true);
  app.add_option("--from", from, "its first moment: RFC 3339, a date, or 24h, 7d, 30d before now (default: the last whole month, UTC)")->type_name("TIME");
  app.add_option("--to", to, "the first moment after it (default: now)")->type_name("TIME");
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  PeriodReport report;
  const std::optional<TimeUs> now = options.made_at(env);
  if (!now) return kUsage;
  report.now = *now;
  report.is_redacted = options.redact;
  if (!read_period(from, to, report)) return kUsage;
  ReportFacts facts;
  if (const auto exit = facts.read(env, options.data)) return *exit;
  const std::optional<ReplayedPolicy> policy = replay_policy(env, options.policy, facts);
  if (!policy) return kUsage;
  report.is_whole = facts.is_whole;
  add_incidents(facts, report);
  add_decisions(facts, *policy, report);
  if (const Status status = add_stored(*facts.state, report); !status) return complain(status.error().message), kIncomplete;
  add_sources(env, options.data, report);
  const Result<std::vector<ActionTaken>> taken = actions_taken(env, options.data.folder());
  if (!taken) return complain(taken.error().message), kIncomplete;
  std::ranges::copy_if(*taken, std::back_inserter(report.actions), [&](const ActionTaken& one) { return is_in(report, one.time); });
  for (const CaseAct& act : facts.cases->acts()) report.acts[static_cast<std::size_t>(act.kind)] += is_in(report, act.time) ? 1 : 0;
  std::optional<ReportRedactor> redactor;
  if (options.redact) {
    std::vector<const Incident*> all;
    for (const Incident& incident : facts.incidents) all.push_back(&incident);
    redactor.emplace(all, *facts.cases);
  }
  if (options.format != "json") return write_report(options, document_text(options, period_document(report), redactor ? &*redactor : nullptr));
  if (!redactor) return write_report(options, period_report_json(report));
  const Result<std::string> redacted = redactor->json(period_report_json(report));
  if (!redacted) return complain(redacted.error().message), kIncomplete;
  return write_report(options, *redacted);
}

}  // namespace tocsin::cli
