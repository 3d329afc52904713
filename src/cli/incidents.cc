// tocsin incidents: the alerts of logs, put together. What belongs together and why is analyze/incident_linker.h; docs/incidents.md.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "analyze/incident_book.h"
#include "api/incident_view.h"
#include "base/text.h"
#include "cli/alert_lines.h"
#include "cli/data_options.h"
#include "cli/output.h"
#include "cli/parse.h"
#include "cli/progress_line.h"
#include "cli/scan_inputs.h"
#include "cli/verb.h"
#include "cli/verdict_file.h"
#include "report/alert_writer.h"
#include "report/incident_cut.h"
#include "report/incident_writer.h"
#include "report/page.h"
#include "report/suppression_text.h"
#include "store/state.h"

namespace tocsin::cli {

namespace {

struct IncidentArguments {
  ScanInputs inputs;
  DataOptions data;
  std::string format, output, show, calibration, status = "open";
  std::vector<std::string> verdicts;
  bool alerts = false;
  std::size_t top = 20, budget = 0;
};

void describe(CLI::App& app, IncidentArguments& args) {
  args.inputs.add_to(app)->description("logs, as for `tocsin scan`; none: the alerts that the service stored");
  args.data.add_to(app, false);
  app.add_flag("--alerts", args.alerts, "each PATH is alerts that `tocsin scan --format ndjson` wrote");
  app.add_option("--verdicts", args.verdicts, "what people judged of alerts: lines of tocsin.verdict/1; confidences are learnt from it")->type_name("FILE")->allow_extra_args(false);
  app.add_option("--calibration", args.calibration, "none, or the version of the calibration to use (otherwise as the service, or the newest)")->type_name("N");
  app.add_option("--budget", args.budget, "how many a day somebody can look at: the rest is counted, not listed")->check(CLI::Range(1, 100'000))->type_name("N");
  app.add_option("--show", args.show, "one incident whole, by the beginning of its id")->type_name("ID");
  app.add_option("--status", args.status, "of stored ones: open, closed or all")->check(CLI::IsMember({"open", "closed", "all"}))->capture_default_str();
  app.add_option("--top", args.top, "how many are listed")->check(CLI::Range(1, 10'000));
  app.add_option("--format", args.format, "table (on a terminal) or ndjson (else)")->check(CLI::IsMember({"table", "ndjson"}));
  app.add_option("--output", args.output, "write there instead of standard output")->type_name("FILE");
}

/// Alerts from logs.
int scan_logs(Env& env, const ScanInputs& inputs, AlertLines& lines) {
  std::optional<ScanOptions> options = inputs.options(env);
  if (!options) return kUsage;
  const std::unique_ptr<Engine> engine = inputs.engine(env, *options);
  if (engine == nullptr) return kUsage;
  std::vector<Error> unreadable;
  std::vector<FoundFile> files = inputs.files(env, unreadable);
  const Result<std::unique_ptr<enrich::HostTable>> hosts = inputs.hosts(env, options->worker.enricher, files);
  if (!hosts) return complain(hosts.error().message), kUsage;
  options->worker.hosts = hosts->get();
  const std::unique_ptr<AlertWriter> writer = make_ndjson_writer();
  Scan scan(env, *engine, *options, *writer, lines);
  const ProgressLine line([&] { return scan_progress_text(scan.progress()); }, is_terminal(STDERR_FILENO));
  const Result<ScanSummary> summary = scan.run(std::move(files));
  if (!summary) return complain(summary.error().message), kIncomplete;
  show_scan_problems(*summary, unreadable);
  return summary->inputs_failed + unreadable.size() > 0 ? kIncomplete : kDone;
}

/// The same from what the service stored: an incident is made of the alerts alone, so it is the one that it was when they came.
int read_stored(Env& env, const IncidentArguments& args, AlertLines& lines, std::shared_ptr<const analyze::CaseBook>& cases, HiddenAlerts& hidden) {
  std::optional<TimeUs> since, until;
  if (!read_time_option("--since", args.inputs.since, env.now_us(), since) || !read_time_option("--until", args.inputs.until, env.now_us(), until)) return kUsage;
  const int level_min = args.inputs.level.empty() ? 0 : *level_rank_of(args.inputs.level);
  const Result<std::unique_ptr<State>> state = State::open(args.data.folder().state(), State::IfMissing::kFail);
  if (!state) return complain(state.error().message), kUsage;
  CaseLog acts(**state);
  const Result<std::shared_ptr<const analyze::CaseBook>> decided = api::read_cases(acts);
  if (!decided) return complain(decided.error().message), kIncomplete;
  cases = *decided;
  const Result<HiddenAlerts> counted = (*state)->hidden_alerts({.level_min = level_min, .since = since.value_or(kNoTime)});
  if (!counted) return complain(counted.error().message), kIncomplete;
  hidden = *counted;
  return read_stored_alerts(**state, {.since = since, .until = until, .level_min = level_min}, lines);
}

std::uint64_t alerts_in(const std::vector<Incident>& incidents) {
  std::uint64_t alerts = 0;
  for (const Incident& incident : incidents) alerts += incident.alerts.size();
  return alerts;
}

/// With a budget what is left out is said: below the table, else on standard error.
std::string list(const IncidentArguments& args, const std::vector<Incident>& incidents, std::uint64_t alerts, const SummaryStyle& style) {
  const IncidentCut cut = args.budget == 0 ? IncidentCut{} : cut_by_budget(incidents, args.budget);
  const std::vector<Incident>& listed = args.budget == 0 ? incidents : cut.kept;
  if (args.format == "table") return incidents_text(listed, alerts, incidents.size(), args.top, style) + (args.budget == 0 ? "" : left_out_text(cut, args.budget));
  std::string out;
  for (const Incident& incident : listed) append_incident_ndjson(out, incident);
  if (args.budget > 0) fmt::print(stderr, "{}", left_out_text(cut, args.budget));
  return out;
}

/// Nothing if it is not there, or there are several (which was said).
std::optional<std::string> one(const IncidentArguments& args, const std::vector<Incident>& incidents, const SummaryStyle& style) {
  const auto named = [&](const Incident& incident) { return incident.id.starts_with(args.show); };
  const auto found = std::ranges::find_if(incidents, named);
  if (found == incidents.end()) return complain(fmt::format("there is no incident {}", args.show)), std::nullopt;
  if (std::ranges::count_if(incidents, named) > 1) return complain(fmt::format("there are several incidents {}…; give more of the id", args.show)), std::nullopt;
  if (args.format == "table") return incident_text(*found, style);
  std::string out;
  append_incident_ndjson(out, *found);
  return out;
}

}  // namespace

int run_incidents(Env& env, const std::vector<std::string>& arguments) {
  IncidentArguments args;
  CLI::App app("Puts the alerts of logs together: a short list of incidents, and why their alerts belong together.", "tocsin incidents");
  describe(app, args);
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  const bool to_terminal = args.output.empty() && is_terminal(STDOUT_FILENO);
  if (args.format.empty()) args.format = to_terminal ? "table" : "ndjson";
  std::optional<Said> said = load_said(env, args.verdicts, args.calibration, nullptr);
  if (!said) return kUsage;
  analyze::IncidentBook book;
  AlertLines lines(book);
  std::shared_ptr<const analyze::CaseBook> cases;  // what people decided about stored ones
  HiddenAlerts hidden;  // and are in no incident
  int exit = kDone;
  if (args.inputs.paths.empty() && args.alerts) return complain("--alerts wants a PATH: alerts that `tocsin scan --format ndjson` wrote"), kUsage;
  if (args.inputs.paths.empty()) {
    exit = read_stored(env, args, lines, cases, hidden);
    book.decide(cases.get());
  } else if (args.alerts) {
    exit = read_alert_files(env, args.inputs.paths, lines) ? kDone : kIncomplete;
  } else {
    exit = scan_logs(env, args.inputs, lines);
    lines.end();
  }
  if (exit == kUsage) return exit;
  if (!lines.is_whole()) exit = kIncomplete;
  if (cases != nullptr && args.verdicts.empty()) said->verdicts = cases->verdicts();
  if (cases != nullptr && args.calibration.empty()) said->calibration_max = cases->calibration();
  std::vector<Incident> incidents = book.incidents(said->verdicts, said->calibration_max);
  if (const std::size_t strangers = book.confidences().strangers(); strangers > 0 && !args.verdicts.empty()) complain(fmt::format("verdicts about alerts that are not here, which teach nothing: {}", strangers));
  std::size_t left_out = 0;
  if (args.status != "all" && args.show.empty()) left_out = std::erase_if(incidents, [&](const Incident& incident) { return (incident.status == CaseStatus::kClosed) != (args.status == "closed"); });
  const SummaryStyle style{to_terminal && wants_colour(STDOUT_FILENO), args.output.empty() ? terminal_width(STDOUT_FILENO) : 100, true};
  std::optional<std::string> text = args.show.empty() ? list(args, incidents, alerts_in(incidents), style) : one(args, incidents, style);
  if (!text) return kUsage;
  if (left_out > 0 && args.format == "table") *text += fmt::format("\n{} {} not listed (--status all)\n", grouped(left_out), args.status == "open" ? "closed ones are" : "others are");
  if (const std::string text_of_hidden = hidden_text(hidden); !text_of_hidden.empty() && args.format == "table") *text += fmt::format("\n{} and in no incident (`tocsin suppress list`)\n", text_of_hidden);
  const Result<std::unique_ptr<ByteSink>> sink = open_output(args.output);  // not before: what is there stays where something is wrong
  if (!sink) return complain(sink.error().message), kUsage;
  if (const Status status = (*sink)->write(*text); !status) return complain(status.error().message), kIncomplete;
  return exit;
}

}  // namespace tocsin::cli
