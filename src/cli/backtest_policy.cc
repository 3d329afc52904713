#include "cli/backtest_policy.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "analyze/incident_book.h"
#include "api/incident_view.h"
#include "base/text.h"
#include "cli/alert_lines.h"
#include "cli/decision_case.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "cli/verdict_file.h"
#include "event/entity_names.h"
#include "report/json_text.h"
#include "report/page.h"
#include "respond/policy/decision_maker.h"
#include "respond/policy/policy_tally.h"

namespace tocsin::cli {

namespace {

constexpr std::size_t kActsShown = 20;

/// What was alerted, what was said of it, and what the service knows of both.
struct Past {
  analyze::IncidentBook book;
  std::vector<AlertVerdict> verdicts;
};

int read_past(Env& env, const PolicyBacktest& wanted, Past& past) {
  AlertLines lines(past.book);
  std::optional<std::vector<AlertVerdict>> said = load_verdicts(env, wanted.verdicts);
  if (!said) return kUsage;
  past.verdicts = std::move(*said);
  if (!wanted.alerts.empty()) {
    const bool whole = read_alert_files(env, wanted.alerts, lines);
    return whole && lines.is_whole() ? kDone : kIncomplete;
  }
  const Result<std::unique_ptr<State>> state = State::open(wanted.data.folder().state(), State::IfMissing::kFail);
  if (!state) return complain(state.error().message), kUsage;
  CaseLog acts(**state);
  const Result<std::shared_ptr<const analyze::CaseBook>> cases = api::read_cases(acts);
  if (!cases) return complain(cases.error().message), kIncomplete;
  if (wanted.verdicts.empty()) past.verdicts = (*cases)->verdicts();
  const int exit = read_stored_alerts(**state, {.since = wanted.since, .until = wanted.until}, lines);
  return exit == kDone && !lines.is_whole() ? kIncomplete : exit;
}

std::string_view name_of(EntityType type) {
  const auto found = std::ranges::find(kEntityNames, type, &EntityName::type);
  return found == kEntityNames.end() ? "" : found->name;
}

void append_named(std::string& out, std::string_view name, std::string_view text) {
  out.append(",\"").append(name).append("\":");
  append_string(out, text);
}

std::string decision_line(const Decision& decision, Verdict verdict) {
  std::string line = R"({"schema":"tocsin.decision/1","decision":)";
  append_string(line, word_of(decision.kind));
  append_named(line, "action", decision.action);
  append_named(line, "target_type", name_of(decision.target_type));
  append_named(line, "target", decision.target);
  append_named(line, "alert", decision.alert);
  line += ",\"time\":";
  append_time_or_null(line, decision.time);
  append_named(line, "cause", word_of(decision.cause));
  append_named(line, "reason", decision.reason);
  append_named(line, "verdict", word_of(verdict));
  return line + "}\n";
}

std::string tally_line(const respond::ActionTally& tally) {
  std::string line = R"({"schema":"tocsin.policy_backtest/1","action":)";
  append_string(line, tally.action);
  line += fmt::format(R"(,"acted":{},"right":{},"wrong":{},"unjudged":{},"wrong_at_most":{:.6f})", tally.acted, tally.right, tally.wrong, tally.unjudged(), tally.wrong_at_most());
  for (std::size_t i = 0; i < kDecisionWords.size(); ++i) line += fmt::format(R"(,"{}":{})", kDecisionWords[i], tally.by_kind[i]);
  return line + "}\n";
}

/// What stood in the way most often, of what was not done.
std::string usual_cause(const respond::ActionTally& tally) {
  std::size_t most = 0;
  for (std::size_t i = 0; i < kDecisionCauseWords.size(); ++i) {
    if (i != static_cast<std::size_t>(DecisionCause::kNothing) && tally.by_cause[i] > tally.by_cause[most]) most = i;
  }
  return tally.by_cause[most] == 0 ? "" : std::string(kDecisionCauseWords[most]);
}

struct Decided {
  std::vector<Decision> decisions;
  std::vector<Verdict> verdicts;  // of their alerts
};

std::string page_text(const respond::DecisionPolicy& policy, const respond::PolicyTally& tally, const Decided& decided, std::size_t alerts, const SummaryStyle& style) {
  Page page(style);
  page.line("policy {}: {} alerts, {} decisions", policy.name, grouped(alerts), grouped(decided.decisions.size()));
  page.heading("What would have been done by itself, dry run or not");
  std::vector<std::vector<Page::Cell>> rows;
  for (const respond::ActionTally& action : tally.actions()) {
    const auto count = [&](DecisionKind kind) { return grouped(action.by_kind[static_cast<std::size_t>(kind)]); };
    rows.push_back({{action.action}, {grouped(action.acted)}, {grouped(action.right)}, {grouped(action.wrong)}, {grouped(action.unjudged())},
                    {action.acted == 0 ? "" : fmt::format("{:.1f} %", 100 * action.wrong_at_most())}, {count(DecisionKind::kAsk)}, {count(DecisionKind::kEscalate)}, {count(DecisionKind::kRecord)}, {usual_cause(action)}});
  }
  page.table({{"action"}, {"acted", true}, {"right", true}, {"wrong", true}, {"unjudged", true}, {"wrong at most", true}, {"asked", true}, {"escalated", true}, {"recorded", true}, {"mostly for"}}, rows, 0);
  page.line("  wrong at most: of those that were judged, with a confidence of 95 %");
  rows.clear();
  for (std::size_t i = 0; i < decided.decisions.size() && rows.size() < kActsShown; ++i) {
    const Decision& decision = decided.decisions[i];
    if (decision.kind != DecisionKind::kAct) continue;
    rows.push_back({{format_time(decision.time).substr(0, 16)}, {decision.action}, {decision.target}, {std::string(word_of(decided.verdicts[i]))}, {page.cut(decision.alert, 12)}});
  }
  if (rows.empty()) return page.take();
  page.heading("The first of them");
  page.table({{"time (UTC)"}, {"action"}, {"target"}, {"its alert was"}, {"alert"}}, rows, 2);
  return page.take();
}

}  // namespace

int backtest_policy(Env& env, const PolicyBacktest& wanted) {
  const Result<respond::DecisionPolicy> policy = load_policy(env, wanted.policy);
  if (!policy) return complain_lines(policy.error().message), kUsage;
  Past past;
  const int exit = read_past(env, wanted, past);
  if (exit == kUsage) return exit;
  (void)past.book.incidents(past.verdicts);
  const std::vector<analyze::IncidentAlert>& alerts = past.book.alerts();
  const std::vector<Probability> confidences = past.book.confidences().as_they_came(alerts, past.verdicts);
  respond::DecisionMaker maker(*policy, respond::DecisionMaker::DryRun::kIgnore);
  respond::PolicyTally tally(*policy);
  Decided decided;
  for (std::size_t i = 0; i < alerts.size(); ++i) {
    const std::size_t before = decided.decisions.size();
    maker.decide(decision_case(alerts[i], confidences[i]), decided.decisions);
    const Verdict verdict = past.book.confidences().verdict_of(i);
    decided.verdicts.resize(decided.decisions.size(), verdict);
    for (std::size_t k = before; k < decided.decisions.size(); ++k) tally.add(decided.decisions[k], verdict);
  }
  const bool to_terminal = wanted.output.empty() && is_terminal(STDOUT_FILENO);
  std::string out;
  if (wanted.format == "table" || (wanted.format.empty() && to_terminal)) {
    out = page_text(*policy, tally, decided, alerts.size(), {to_terminal && wants_colour(STDOUT_FILENO), to_terminal ? terminal_width(STDOUT_FILENO) : 120, true});
  } else {
    for (std::size_t i = 0; i < decided.decisions.size(); ++i) out += decision_line(decided.decisions[i], decided.verdicts[i]);
    for (const respond::ActionTally& action : tally.actions()) out += tally_line(action);
  }
  const Result<std::unique_ptr<ByteSink>> sink = open_output(wanted.output);
  if (!sink) return complain(sink.error().message), kUsage;
  if (const Status status = (*sink)->write(out); !status) return complain(status.error().message), kIncomplete;
  return exit;
}

}  // namespace tocsin::cli
