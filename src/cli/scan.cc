// tocsin scan: the verb. What it does is pipeline/scan.h; here are its options, its outputs and its exit codes.
#include <fmt/format.h>
#include <unistd.h>

#include <thread>

#include "base/text.h"
#include "cli/enrich_options.h"
#include "cli/mapping_options.h"
#include "cli/output.h"
#include "cli/parse.h"
#include "cli/progress_line.h"
#include "cli/rule_set.h"
#include "cli/verb.h"
#include "normalize/mapping_files.h"
#include "pipeline/host_survey.h"
#include "pipeline/scan.h"
#include "report/alert_writer.h"
#include "report/summary_text.h"

namespace tocsin::cli {

namespace {

constexpr unsigned kThreadsMax = 256;

struct ScanArguments {
  RuleArguments rules;
  EnrichOptions enrich;
  std::string format, output, level, fail_level, since, until, engine = "fast", stats;
  unsigned threads = 0;
  std::vector<std::string> paths, sources, authserv_ids;
  std::vector<std::string> without;  // optimizations to switch off, for tests and measurements
};

void describe(CLI::App& app, ScanArguments& args) {
  app.add_option("--rules", args.rules.rules, "Sigma rules: a file, a folder, or 'builtin'; replaces the built-in rules")
      ->type_name("PATH")->allow_extra_args(false);
  app.add_option("--pipeline", args.rules.pipelines, "pySigma processing pipeline (YAML)")->type_name("FILE")->allow_extra_args(false);
  add_mappings_option(app, args.rules.mappings);
  add_timezone_option(app, args.rules.zones);
  add_source_option(app, args.sources);
  add_authserv_option(app, args.authserv_ids);
  args.enrich.add_to(app);
  args.enrich.add_indicators_to(app);
  args.enrich.add_hosts_to(app);
  app.add_option("--format", args.format, "table (on a terminal), ndjson (else), csv or ocsf")
      ->check(CLI::IsMember({"table", "ndjson", "csv", "ocsf"}));
  app.add_option("--output", args.output, "write there instead of standard output")->type_name("FILE");
  app.add_option("--level", args.level, "report alerts of this level and above")->check(CLI::IsMember(level_words()));
  app.add_option("--fail-level", args.fail_level, "exit 1 if there is an alert of this level or above")
      ->check(CLI::IsMember(level_words()));
  app.add_option("--since", args.since, "ignore events before this time (RFC 3339, or 24h, 7d before now)")->type_name("T");
  app.add_option("--until", args.until, "ignore events after this time")->type_name("T");
  app.add_option("--threads", args.threads, "worker threads (default: one per core)")->check(CLI::Range(1u, kThreadsMax));
  app.add_option("--engine", args.engine, "fast, or naive: slow, small and obviously right")->check(CLI::IsMember({"fast", "naive"}));
  app.add_option("--stats", args.stats, "write counts as JSON")->type_name("FILE");
  app.add_option("--without", args.without, "")->allow_extra_args(false)->check(CLI::IsMember({"memory", "witnesses", "filter"}))->group("");
  app.add_option("PATH", args.paths, "logs: EVTX, JSON, NDJSON, text, mails, captures of packets, .gz, .zst, folders")->required();
}

/// A point in time, or a span before now.
bool parse_when(Env& env, const std::string& text, TimeUs& time) {
  if (text.empty()) return true;
  if (const auto parsed = parse_time(text)) {
    time = *parsed;
    return true;
  }
  if (const auto span = parse_timespan_us(text)) {
    time = env.now_us() - *span;
    return true;
  }
  complain(fmt::format("'{}' is not a time; write 2026-07-17T14:18:34Z, or 24h for the last day", text));
  return false;
}

/// For --format table: the alerts themselves are not shown, only what they add up to.
class NullSink : public ByteSink {
 public:
  Status write(std::string_view) override { return {}; }
};

std::string progress_text(const ScanProgress& progress) {
  const std::uint64_t now = progress.inputs_done, all = progress.inputs;
  return fmt::format("{} {}/{} inputs  {} MB  {} alerts", progress_bar(now, all), now, all, progress.bytes / 1'000'000, progress.alerts.load());
}

std::unique_ptr<AlertWriter> make_writer(const std::string& format) {
  if (format == "table") return std::make_unique<SilentWriter>();
  if (format == "csv") return make_csv_writer();
  if (format == "ocsf") return make_ocsf_writer();
  return make_ndjson_writer();
}

/// What correlations took in and could not use, zeros included, so that a reader need not ask what is there.
std::string correlation_stats(const CorrelationSummary& c) {
  return fmt::format(R"({{"hits":{},"folded":{},"ungrouped":{},"without_value":{},"not_numeric":{},"unplaced":{},"late":{},)"
                     R"("late_unused":{},"early":{},"evicted":{},"lost":{}}})",
                     c.hits, c.folded.count, c.ungrouped.count, c.without_value.count, c.not_numeric.count, c.unplaced, c.late,
                     c.late_unused.count, c.early, c.evicted.count, c.lost);
}

Status write_stats(Env& env, const std::string& path, const ScanSummary& summary, double seconds, const sigma::RuleSet& set) {
  return env.write_file(
      path, fmt::format("{{\"events\":{},\"bytes\":{},\"alerts\":{},\"seconds\":{:.6f},\"rules_loaded\":{},\"rules_rejected\":{},"
                        "\"inputs_failed\":{},\"correlations\":{}}}\n",
                        summary.events, summary.bytes, summary.alerts, seconds, set.rules.size() + set.correlations.size(),
                        set.rejected, summary.inputs_failed, correlation_stats(summary.correlations)));
}

void show_problems(const ScanSummary& summary) {
  for (const std::string& note : summary.notes) complain(note);
  for (const SourceProblem& problem : summary.problems) complain(fmt::format("{}: {}", problem.source, problem.message));
}

/// What the arguments say that cannot go wrong any more.
ScanOptions scan_options(Env& env, const ScanArguments& args) {
  ScanOptions options;
  options.worker.reference = env.now_us();
  options.threads = args.threads > 0 ? args.threads : std::clamp(std::thread::hardware_concurrency(), 1u, kThreadsMax);
  options.worker.naive = args.engine == "naive";
  options.worker.level_min = args.level.empty() ? 0 : *level_rank_of(args.level);
  for (const std::string& name : args.without) {
    if (name == "memory") options.worker.matcher.token_memory = false;
    if (name == "witnesses") options.worker.matcher.witnesses = false;
    if (name == "filter") options.worker.matcher.keyword_filter = false;
  }
  return options;
}

Result<std::unique_ptr<ByteSink>> open_output(const std::string& path) {
  if (path.empty()) return std::unique_ptr<ByteSink>(new FdSink(STDOUT_FILENO));
  return std::unique_ptr<ByteSink>(TRY(FileSink::create(path)));
}

std::vector<FoundFile> inputs(Env& env, const std::vector<std::string>& paths, std::vector<Error>& unreadable) {
  std::vector<FoundFile> files;
  for (const std::string& path : paths) {
    std::vector<FoundFile> found = find_files(env, path, unreadable);
    files.insert(files.end(), found.begin(), found.end());
  }
  return files;
}

void show_summary(const ScanArguments& args, const ScanSummary& summary, const Engine& engine, double seconds, ByteSink& sink) {
  const bool to_terminal = args.output.empty();
  const SummaryStyle style{to_terminal && wants_colour(STDOUT_FILENO), to_terminal ? terminal_width(STDOUT_FILENO) : 100, true};
  const auto card = [&](std::size_t i) -> const RuleCard& { return engine.card(i); };
  if (const Status status = sink.write(summary_text(summary, card, seconds, style)); !status) complain(status.error().message);
}

/// Which host had which address, where that is wanted; without rules, since they are asked when it is known.
Result<std::unique_ptr<enrich::HostTable>> hosts_in(Env& env, const ScanArguments& args, const std::shared_ptr<const enrich::Enricher>& enricher, const std::vector<FoundFile>& files) {
  if (enricher == nullptr || !enricher->learns_hosts()) return std::unique_ptr<enrich::HostTable>();
  Engine engine(sigma::RuleSet{}, TRY(load_taxonomy(env, args.rules.mappings)));
  auto hosts = std::make_unique<enrich::HostTable>();
  learn_hosts(env, engine, files, *hosts);
  return hosts;
}

/// Everything after the options are understood and the rules are loaded.
int scan_with(Env& env, const ScanArguments& args, Engine& engine, ScanOptions options, std::int64_t began) {
  Result<std::unique_ptr<ByteSink>> sink = open_output(args.output);
  if (!sink) {
    complain(sink.error().message);
    return kUsage;
  }
  const std::unique_ptr<AlertWriter> writer = make_writer(args.format);
  const bool table = args.format == "table";
  NullSink nowhere;
  std::vector<Error> unreadable;
  std::vector<FoundFile> files = inputs(env, args.paths, unreadable);
  if (const std::string head = writer->head(); !head.empty()) {
    if (const Status status = (*sink)->write(head); !status) complain(status.error().message);
  }
  const Result<std::unique_ptr<enrich::HostTable>> hosts = hosts_in(env, args, options.worker.enricher, files);
  if (!hosts) return complain(hosts.error().message), kUsage;
  options.worker.hosts = hosts->get();
  Scan scan(env, engine, options, *writer, table ? static_cast<ByteSink&>(nowhere) : **sink);
  Result<ScanSummary> result = [&] {
    const ProgressLine line([&] { return progress_text(scan.progress()); }, is_terminal(STDERR_FILENO));
    return scan.run(std::move(files));
  }();
  if (!result) {
    complain(result.error().message);
    return kIncomplete;
  }
  ScanSummary& summary = *result;
  summary.inputs_failed += unreadable.size();
  const double seconds = static_cast<double>(env.monotonic_ns() - began) / 1e9;
  if (table) show_summary(args, summary, engine, seconds, **sink);
  for (const Error& error : unreadable) complain(error.message);
  show_problems(summary);
  if (!args.stats.empty()) {
    if (const Status status = write_stats(env, args.stats, summary, seconds, engine.rules()); !status) {
      complain(status.error().message);
      return kUsage;
    }
  }
  if (summary.inputs_failed > 0) return kIncomplete;
  const bool failing = !args.fail_level.empty() && summary.by_level.highest() >= *level_rank_of(args.fail_level);
  return failing ? kAlerts : kDone;
}

}  // namespace

int run_scan(Env& env, const std::vector<std::string>& arguments) {
  ScanArguments args;
  CLI::App app("Runs every Sigma rule over the logs you have.", "tocsin scan");
  describe(app, args);
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  ScanOptions options = scan_options(env, args);
  if (!parse_when(env, args.since, options.worker.since) || !parse_when(env, args.until, options.worker.until)) return kUsage;
  if (args.format.empty()) args.format = args.output.empty() && is_terminal(STDOUT_FILENO) ? "table" : "ndjson";
  const std::int64_t began = env.monotonic_ns();
  const std::unique_ptr<Engine> engine = make_engine(env, args.rules);
  if (engine == nullptr) return kUsage;
  engine->set_mail_rules({args.authserv_ids});
  std::optional<std::vector<ForcedFormat>> forced = forced_formats(args.sources, engine->taxonomy());
  if (!forced) return kUsage;
  options.worker.formats = std::move(*forced);
  if (!args.enrich.load(env, options.worker.enricher)) return kUsage;
  return scan_with(env, args, *engine, options, began);
}

}  // namespace tocsin::cli
