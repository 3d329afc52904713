#include "cli/tune_run.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "analyze/incident_alert.h"
#include "cli/line_file.h"
#include "cli/mapping_options.h"
#include "cli/output.h"
#include "cli/progress_line.h"
#include "cli/scan_inputs.h"
#include "cli/verdict_file.h"
#include "normalize/mapping_files.h"
#include "pipeline/kept_words.h"
#include "pipeline/rule_alerts.h"

namespace tocsin::cli {

namespace {

/// An alert of a correlation names up to 10,000 events.
constexpr std::size_t kAlertLineMax = std::size_t{16} << 20;
constexpr const char* kStoredSince = "30d";

const std::string& first_of(const analyze::IncidentAlert& alert, EntityType type) {
  static const std::string kNone;
  const auto found = std::ranges::find(alert.entities, type, &AlertEntity::type);
  return found == alert.entities.end() ? kNone : found->value;
}

TuneAlert short_alert(const analyze::IncidentAlert& alert) {
  const std::string &line = alert.said(ContextRole::kProcessCommandLine), &path = alert.said(ContextRole::kProcessPath);
  return {alert.rule_id, alert.title, first_of(alert, EntityType::kHost), first_of(alert, EntityType::kUser), line.empty() ? path : line, alert.time};
}

/// A line of alerts from a scan becomes an entry.
LineCutter into(TuneAlerts& alerts) {
  return {kAlertLineMax, [&alerts](std::string_view line, std::uint64_t) -> Status {
            const analyze::IncidentAlert alert = TRY(analyze::read_incident_alert(line));
            if (alerts.size() >= kTunedAlertsMax) return Error{Code::kLimit, fmt::format("more than {} alerts: read fewer events (--since), or change the rule", kTunedAlertsMax)};
            alerts.emplace(alert.id, short_alert(alert));
            return {};
          }};
}

}  // namespace

void TuneInputs::add_to(CLI::App& app) {
  app.add_option("--rules", rules.rules, "Sigma rules: a file, a folder, or 'builtin' (default)")->type_name("PATH")->allow_extra_args(false);
  app.add_option("--pipeline", rules.pipelines, "pySigma processing pipeline (YAML)")->type_name("FILE")->allow_extra_args(false);
  add_mappings_option(app, rules.mappings);
  add_timezone_option(app, rules.zones);
  add_source_option(app, sources);
  app.add_option("--verdicts", verdicts, "what people said of alerts: lines of tocsin.verdict/1, packed or not; '-': standard input (default: what they said to the service)")->type_name("FILE")->allow_extra_args(false);
  app.add_option("--since", since, "events from this time on: RFC 3339, or 24h, 30d before now (default: all of the logs; of what is stored 30d)")->type_name("TIME");
  app.add_option("--until", until, "events before this time")->type_name("TIME");
  app.add_option("--threads", threads, "threads that it may use")->check(CLI::Range(1, 256))->capture_default_str();
  data.add_to(app, true);
  app.add_option("LOG", logs, "logs, as for `tocsin scan`; none: what the service stored");
}

void TuneRun::complain_once(const std::string& what) {
  if (said_.insert(what).second) complain(what);
  complete_ = false;
}

/// Where a policy put tokens, rules ask for tokens. Without the key it is not known what the policy did, and a filter on what it put there would be about nothing.
Status TuneRun::say_in_kept_words(const Taxonomy& taxonomy, sigma::RuleSet& set) {
  Seal master(TRY(read_key(env_, inputs_.data.key_file())));
  const std::unique_ptr<Protection> protection = TRY(Protection::open_to_read(env_, inputs_.data.folder(), master));
  policy_ = protection->policy();
  KeptWords(*protection, taxonomy).translate(set);
  return {};
}

Result<std::unique_ptr<Engine>> TuneRun::engine(sigma::RuleSet set) {
  std::unique_ptr<const Taxonomy> taxonomy = TRY(load_taxonomy(env_, inputs_.rules.mappings, false, inputs_.rules.zones));
  if (inputs_.stored()) TRY(say_in_kept_words(*taxonomy, set));
  return std::make_unique<Engine>(std::move(set), std::move(taxonomy));
}

Result<ScanOptions> TuneRun::options(const Engine& engine) const {
  ScanOptions options;
  options.threads = inputs_.threads;
  options.worker.reference = env_.now_us();
  std::optional<TimeUs> since, until;
  if (!read_time_option("--since", inputs_.since, env_.now_us(), since) || !read_time_option("--until", inputs_.until, env_.now_us(), until)) return Error{Code::kInvalid, "nothing was run"};
  options.worker.since = since.value_or(kNoTime);
  options.worker.until = until.value_or(kNoTime);
  std::optional<std::vector<ForcedFormat>> formats = forced_formats(inputs_.sources, engine.taxonomy());
  if (!formats) return Error{Code::kInvalid, "nothing was run"};
  options.worker.formats = std::move(*formats);
  return options;
}

std::vector<FoundFile> TuneRun::files() {
  std::vector<Error> unreadable;
  std::vector<FoundFile> files;
  for (const std::string& path : inputs_.logs) {
    std::vector<FoundFile> found = find_files(env_, path, unreadable);
    files.insert(files.end(), found.begin(), found.end());
  }
  for (const Error& error : unreadable) complain_once(error.message);
  return files;
}

Result<std::unique_ptr<EventSearch>> TuneRun::search() {
  EventSearchOptions options;
  options.data = inputs_.data.folder();
  options.key_file = inputs_.data.key_file();
  options.mappings = inputs_.rules.mappings;
  options.limits = {512u << 20, inputs_.threads, std::chrono::hours(1)};
  const std::string& since = inputs_.since.empty() ? kStoredSince : inputs_.since;
  if (!read_time_option("--since", since, env_.now_us(), options.since) || !read_time_option("--until", inputs_.until, env_.now_us(), options.until)) return Error{Code::kInvalid, "nothing was run"};
  return EventSearch::open(env_, options);
}

Status TuneRun::scan(Engine& engine, ByteSink& lines) {
  const ScanOptions how = TRY(options(engine));
  const std::unique_ptr<AlertWriter> writer = make_ndjson_writer();
  Scan scan(env_, engine, how, *writer, lines);
  const ProgressLine progress([&] { return scan_progress_text(scan.progress()); }, is_terminal(STDERR_FILENO));
  const ScanSummary summary = TRY(scan.run(files()));
  for (const std::string& note : summary.notes) complain_once(note);
  for (const SourceProblem& problem : summary.problems) complain_once(fmt::format("{}: {}", problem.source, problem.message));
  return {};
}

Status TuneRun::backtest(BacktestRules& rules, Engine& engine, ByteSink& lines) {
  const std::unique_ptr<EventSearch> events = TRY(search());
  Backtest backtest(env_, engine, rules, *events, {.threads = inputs_.threads, .alerts = &lines});
  const BacktestReport report = backtest.run();
  for (const std::string& note : report.notes) complain(note);
  for (const std::string& trouble : events->troubles()) complain_once(trouble);
  return report.ended;
}

Result<TuneAlerts> TuneRun::alerts(sigma::RuleSet set) {
  TuneAlerts alerts;
  LineCutter lines = into(alerts);
  if (inputs_.stored()) {
    BacktestRules rules = join_rules(std::move(set), {});
    const std::unique_ptr<Engine> with = TRY(engine(std::move(rules.set)));
    TRY(backtest(rules, *with, lines));
  } else {
    const std::unique_ptr<Engine> with = TRY(engine(std::move(set)));
    TRY(scan(*with, lines));
  }
  TRY(lines.end());
  return alerts;
}

Result<TuneEvents> TuneRun::events(sigma::RuleSet set, std::set<std::string> wanted) {
  const std::unique_ptr<Engine> rules = TRY(engine(std::move(set)));
  const auto changed = [this](const AlertField& field) {
    PathMeaning meaning;
    meaning.names = {field.name};
    meaning.entity = field.entity;
    const int rule = policy_.rule_of_field(field.name, meaning);
    return rule >= 0 && policy_.rules[static_cast<std::size_t>(rule)].action != protect::Action::kKeep;
  };
  RuleAlerts alerts(env_, *rules, {std::move(wanted), changed});
  if (inputs_.stored()) {
    const std::unique_ptr<EventSearch> events = TRY(search());
    TRY(alerts.of_store(*events));
  } else {
    const ScanOptions how = TRY(options(*rules));
    TRY(alerts.of_files(files(), how.worker));
  }
  return TuneEvents{alerts.found(), alerts.names()};
}

Result<std::map<std::string, Verdict>> judged(Env& env, const TuneInputs& inputs) {
  const std::vector<AlertVerdict> verdicts = inputs.verdicts.empty() ? TRY(stored_verdicts(inputs.data)) : TRY(read_verdict_files(env, inputs.verdicts));
  if (verdicts.empty()) return Error{Code::kInvalid, "nobody has said anything of alerts yet: `tocsin verdict give`, or a file of verdicts with --verdicts"};
  return by_alert(verdicts);
}

}  // namespace tocsin::cli
