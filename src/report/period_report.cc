#include "report/period_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/beta_quantile.h"
#include "event/level.h"
#include "report/incident_report.h"
#include "report/page.h"

namespace tocsin {

namespace {

constexpr std::size_t kOpenShown = 50;

std::string spaced(std::string_view word) {
  std::string text(word);
  std::ranges::replace(text, '_', ' ');
  return text;
}

template <class Measure>
Spans measured(const std::vector<PeriodIncident>& incidents, bool attacks_only, const Measure& measure) {
  Spans spans;
  for (const PeriodIncident& one : incidents) {
    if (attacks_only && one.incident->classification != Verdict::kTruePositive) continue;
    measure(spans, one);
  }
  std::ranges::sort(spans.seconds);
  return spans;
}

std::string span_or_none(std::optional<double> seconds) { return seconds ? report_span(*seconds) : "none"; }

std::string left_out(const Spans& spans, std::string_view waiting) {
  std::string text;
  const auto add = [&](std::uint64_t count, std::string_view why) {
    if (count > 0) text += fmt::format("{}{} {}", text.empty() ? "" : "; ", grouped(count), why);
  };
  add(spans.waiting, waiting);
  add(spans.unknown, "with a time that is not known");
  add(spans.negative, "where clocks differ");
  return text.empty() ? "none" : text;
}

void add_times(Document& document, const PeriodReport& report) {
  document.heading("How long it took");
  std::vector<std::vector<std::string>> rows;
  const auto add = [&](const char* name, const Spans& spans, std::string_view waiting) {
    rows.push_back({name, grouped(spans.seconds.size()), span_or_none(spans.quantile(0.5)), span_or_none(spans.quantile(0.9)), left_out(spans, waiting)});
  };
  for (const bool attacks : {false, true}) {
    const std::string of = attacks ? ", true positives" : ", all incidents";
    add(("to detect (MTTD)" + of).c_str(), report.to_detect(attacks), "");
    add(("to acknowledge (MTTA)" + of).c_str(), report.to_acknowledge(attacks), "nobody has touched");
    add(("to resolve (MTTR)" + of).c_str(), report.to_resolve(attacks), "still open");
  }
  document.table({{"Time"}, {"Of", true}, {"Median", true}, {"p90", true}, {"Left out"}}, std::move(rows));
  document.list({"To detect: from the time of the first event of the incident, by the log's own clock, to the time at which the service added its first alert, by the service's. Logs that were loaded long after they were written count with that delay.",
                 "To acknowledge: from its first alert to the first act of a person about it that was not taken back. A model's words and the calibration are no such act.",
                 "To resolve: from its first alert to the act that closed it. Incidents that are open have no such time: the longest may be among them.",
                 "Incidents are counted in the period in which their first alert was added. Median and p90 are by nearest rank: real spans, none between two."});
}

void add_counts(Document& document, const PeriodReport& report) {
  document.heading("Alerts and incidents");
  std::array<std::uint64_t, 5> incidents{};
  for (const PeriodIncident& one : report.incidents) ++incidents[std::min<std::size_t>(one.incident->level, 4)];
  std::vector<std::vector<std::string>> rows;
  std::vector<DocumentBar> bars;
  for (std::size_t i = kLevelWords.size(); i-- > 0;) {
    rows.push_back({std::string(kLevelWords[i]), grouped(report.alerts_by_level[i]), grouped(incidents[i])});
    bars.push_back({std::string(kLevelWords[i]), static_cast<double>(report.alerts_by_level[i]), grouped(report.alerts_by_level[i]) + " alerts", static_cast<std::uint8_t>(i)});
  }
  document.bars(std::move(bars)).table({{"Level"}, {"Alerts", true}, {"Incidents", true}}, std::move(rows));
  std::array<std::uint64_t, kVerdictWords.size()> closed{};
  std::uint64_t open = 0;
  for (const PeriodIncident& one : report.incidents) one.incident->status == CaseStatus::kClosed ? ++closed[static_cast<std::size_t>(one.incident->classification)] : ++open;
  document.text(fmt::format("Of these incidents {} are open; closed as true positives {}, as benign {}, as false positives {}.", grouped(open), grouped(closed[3]), grouped(closed[2]), grouped(closed[1])));
  document.text(fmt::format("Besides, alerts that reached nobody (of events since the period began): {} suppressed, {} of rules in shadow.", grouped(report.hidden.suppressed), grouped(report.hidden.in_shadow)));
  if (report.alerts_undated > 0) document.note(fmt::format("{} alerts are in no figure: nobody wrote down when they were added.", grouped(report.alerts_undated)));
  if (!report.is_whole) document.note("Not all stored alerts were looked at: only the latest 500,000 are put together.");
}

void add_rules(Document& document, const PeriodReport& report) {
  document.heading("How right the rules were");
  std::vector<std::vector<std::string>> rows;
  for (const RulePrecision& rule : report.rules) {
    const std::uint64_t judged = rule.judged();
    std::string share = judged == 0 ? "no verdict" : "too few verdicts";
    if (judged >= kJudgedLeast) {
      const ShareRange range = share_range(rule.true_positive, judged);
      share = fmt::format("{} ({} to {})", percent(static_cast<double>(rule.true_positive) / static_cast<double>(judged)), percent(range.low), percent(range.high));
    }
    rows.push_back({rule.title, grouped(rule.alerts), grouped(rule.true_positive), grouped(rule.benign), grouped(rule.false_positive), share});
  }
  if (rows.empty()) document.text("No alert was added in the period.");
  else document.table({{"Rule"}, {"Alerts", true}, {"True", true}, {"Benign", true}, {"False", true}, {"Precision"}}, std::move(rows));
  document.note(fmt::format("Precision: true positives among the alerts of the period that have a verdict, theirs or their closed incident's, with its range (Clopper and Pearson, 95 %). Fewer than {} verdicts are too few to say one. Alerts of one incident are not independent, and people choose which to judge: "
                            "the true range is wider.",
                            kJudgedLeast));
}

void add_machine(Document& document, const PeriodReport& report) {
  document.heading("What was decided by machine");
  document.text(report.actions.empty() ? "Actions that were begun in the period: none is recorded. Nothing was automated." : fmt::format("Actions that were begun in the period: {}.", report.actions.size()));
  if (!report.actions.empty()) {
    const auto count = [&](auto&& what) { return static_cast<std::uint64_t>(std::ranges::count_if(report.actions, what)); };
    document.facts({{"By itself", grouped(count([](const ActionTaken& one) { return one.approved_by.empty(); }))},
                    {"Approved by a person", grouped(count([](const ActionTaken& one) { return !one.approved_by.empty(); }))},
                    {"Failed or unknown", grouped(count([](const ActionTaken& one) { return one.result == ActionResult::kFailed || one.result == ActionResult::kUnknown; }))},
                    {"Undone", grouped(count([](const ActionTaken& one) { return one.undone != kNoTime; }))}});
  }
  std::vector<std::vector<std::string>> rows;
  for (const ActionShare& one : report.decisions) {
    std::string wrong = one.judged_of_acts == 0 ? "nothing to judge by" : fmt::format("{} of {} judged, at most {}", one.wrong_of_acts, one.judged_of_acts, percent(share_range(one.wrong_of_acts, one.judged_of_acts).high));
    rows.push_back({one.action, grouped(one.by_kind[3]), grouped(one.by_kind[1]), grouped(one.by_kind[2]), grouped(one.by_kind[0]), wrong});
  }
  document.text(fmt::format("The decision policy \"{}\", replayed over the alerts of the period:", report.policy)).table({{"Action"}, {"Act", true}, {"Ask", true}, {"Escalate", true}, {"Record", true}, {"Wrong acts"}}, std::move(rows));
  document.heading("What people changed");
  rows.clear();
  for (std::size_t i = 0; i < kCaseActWords.size(); ++i) {
    if (report.acts[i] > 0) rows.push_back({std::string(kCaseActWords[i]), grouped(report.acts[i])});
  }
  if (rows.empty()) document.text("No person acted on an incident or an alert in the period.");
  else document.table({{"Act"}, {"Times", true}}, std::move(rows)).note("Of these confidence, merge, split, move and undo override what the machine, or a person before, had said.");
  document.text(fmt::format("Suppressions that were made in the period: {}. In force now:", grouped(report.suppressions_made)));
  rows.clear();
  for (const Suppression& one : report.suppressions) rows.push_back({std::to_string(one.number), words_of(one), one.owner, one.reason, report_time(one.until), grouped(one.hidden)});
  if (rows.empty()) document.text("None.");
  else document.table({{"No", true}, {"What"}, {"Owner"}, {"Why"}, {"Until"}, {"Hidden", true}}, std::move(rows));
}

void add_flow(Document& document, const PeriodReport& report) {
  document.heading("Events and sources");
  document.text(report.events_least == report.events_most ? fmt::format("Events that were received in the period and are stored: {}.", grouped(report.events_least))
                                                          : fmt::format("Events that were received in the period and are stored: between {} and {} (segments reach over its ends).", grouped(report.events_least), grouped(report.events_most)));
  if (!report.sources_unknown.empty()) {
    document.question("What came from each source, and which are silent, is not known here: " + report.sources_unknown);
    return;
  }
  std::vector<std::vector<std::string>> rows;
  for (const SourceFlow& one : report.sources) rows.push_back({one.name, grouped(one.received), grouped(one.stored), grouped(one.refused), grouped(one.dropped), report.is_running ? (one.silent.empty() ? "no" : one.silent) : "not known"});
  document.table({{"Source"}, {"Received", true}, {"Stored", true}, {"Refused", true}, {"Dropped", true}, {"Silent"}}, std::move(rows));
  document.note(std::string("Counted since the journal began, not in the period alone: nobody keeps these counts by day.") + (report.is_running ? "" : " No service runs: which sources are silent is not known."));
}

void add_names(Document& document, const char* heading, const std::vector<std::pair<std::string, std::uint64_t>>& names) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& [name, alerts] : names) rows.push_back({name, grouped(alerts)});
  if (!rows.empty()) document.table({{heading}, {"Alerts", true}}, std::move(rows));
}

void add_open(Document& document, const PeriodReport& report) {
  document.heading("Open incidents");
  std::vector<std::vector<std::string>> rows;
  for (std::size_t i = 0; i < std::min(report.open.size(), kOpenShown); ++i) {
    const PeriodIncident& one = report.open[i];
    rows.push_back({one.incident->id.substr(0, 12), one.detected == kNoTime ? "not known" : report_span(static_cast<double>(report.now - one.detected) / 1e6), std::string(kLevelWords[std::min<std::size_t>(one.incident->level, 4)]), spaced(word_of(one.incident->status)),
                    one.incident->assignee.empty() ? "nobody" : one.incident->assignee, percent(one.incident->judged), one.incident->rules.empty() ? "" : one.incident->rules.front().title});
  }
  if (rows.empty()) document.text("None.");
  else document.text(fmt::format("{}, the oldest first; their age since the first alert.", grouped(report.open.size()))).table({{"Incident"}, {"Age"}, {"Level"}, {"Status"}, {"Assigned to"}, {"Attack", true}, {"Gravest rule"}}, std::move(rows));
  if (report.open.size() > kOpenShown) document.note(fmt::format("{} more are not shown.", report.open.size() - kOpenShown));
}

}  // namespace

void Spans::add(TimeUs from, TimeUs to, bool may_wait) {
  if (from == kNoTime || (to == kNoTime && !may_wait)) {
    ++unknown;
  } else if (to == kNoTime) {
    ++waiting;
  } else if (to < from) {
    ++negative;
  } else {
    seconds.push_back(static_cast<double>(to - from) / 1e6);
  }
}

std::optional<double> Spans::quantile(double share) const {
  if (seconds.empty()) return std::nullopt;
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(seconds.size())));
  return seconds[std::max<std::size_t>(rank, 1) - 1];
}

ShareRange share_range(std::uint64_t hits, std::uint64_t all) {
  if (all == 0) return {};
  const auto k = static_cast<double>(hits), n = static_cast<double>(all);
  return {hits == 0 ? 0 : beta_quantile(kShareTail, k, n - k + 1), hits == all ? 1 : beta_quantile(1 - kShareTail, k + 1, n - k)};
}

Spans PeriodReport::to_detect(bool attacks_only) const {
  return measured(incidents, attacks_only, [](Spans& spans, const PeriodIncident& one) { spans.add(one.incident->first, one.detected, false); });
}
Spans PeriodReport::to_acknowledge(bool attacks_only) const {
  return measured(incidents, attacks_only, [](Spans& spans, const PeriodIncident& one) { spans.add(one.detected, one.acknowledged, true); });
}
Spans PeriodReport::to_resolve(bool attacks_only) const {
  return measured(incidents, attacks_only, [](Spans& spans, const PeriodIncident& one) { spans.add(one.detected, one.closed, true); });
}

Document period_document(const PeriodReport& report) {
  Document document(fmt::format("Security from {} to {}", report_time(report.from).substr(0, 16), report_time(report.to).substr(0, 16)),
                    fmt::format("Made by Tocsin on {}. Times are UTC; the end is not part of it. {}", report_time(report.now), report.is_redacted ? "Names, addresses and other personal data were replaced (--redact)." : "Personal data stands as the store has it: tokens stay tokens."));
  add_times(document, report);
  add_counts(document, report);
  add_open(document, report);
  add_rules(document, report);
  add_machine(document, report);
  document.heading("What it was about most");
  if (report.hosts.empty() && report.accounts.empty()) document.text("No alert of the period names a host or an account.");
  add_names(document, "Host", report.hosts);
  add_names(document, "Account", report.accounts);
  if (!report.accounts.empty()) document.note("Hosts: alerts that were added in the period. Accounts: all alerts of the incidents that began in it.");
  add_flow(document, report);
  return document;
}

}  // namespace tocsin
