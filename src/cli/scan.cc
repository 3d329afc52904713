// tocsin scan: the verb. What it does is pipeline/scan.h; here are its options, its outputs and its exit codes.
#include <fmt/format.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/output.h"
#include "cli/parse.h"
#include "cli/progress_line.h"
#include "cli/scan_inputs.h"
#include "cli/verb.h"
#include "report/alert_writer.h"
#include "report/summary_text.h"

namespace tocsin::cli {

namespace {

struct ScanArguments {
  ScanInputs inputs;
  std::string format, output, fail_level, engine = "fast", stats;
  std::vector<std::string> without;  // optimizations to switch off, for tests and measurements
};

void describe(CLI::App& app, ScanArguments& args) {
  args.inputs.add_to(app)->required();
  app.add_option("--format", args.format, "table (on a terminal), ndjson (else), csv or ocsf")
      ->check(CLI::IsMember({"table", "ndjson", "csv", "ocsf"}));
  app.add_option("--output", args.output, "write there instead of standard output")->type_name("FILE");
  app.add_option("--fail-level", args.fail_level, "exit 1 if there is an alert of this level or above")
      ->check(CLI::IsMember(level_words()));
  app.add_option("--engine", args.engine, "fast, or naive: slow, small and obviously right")->check(CLI::IsMember({"fast", "naive"}));
  app.add_option("--stats", args.stats, "write counts as JSON")->type_name("FILE");
  app.add_option("--without", args.without, "")->allow_extra_args(false)->check(CLI::IsMember({"memory", "witnesses", "filter"}))->group("");
}

/// For --format table: the alerts themselves are not shown, only what they add up to.
class NullSink : public ByteSink {
 public:
  Status write(std::string_view) override { return {}; }
};

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

/// The way in which rules are looked for, which changes nothing that is found.
void set_engine(const ScanArguments& args, ScanOptions& options) {
  options.worker.naive = args.engine == "naive";
  for (const std::string& name : args.without) {
    if (name == "memory") options.worker.matcher.token_memory = false;
    if (name == "witnesses") options.worker.matcher.witnesses = false;
    if (name == "filter") options.worker.matcher.keyword_filter = false;
  }
}

void show_summary(const ScanArguments& args, const ScanSummary& summary, const Engine& engine, double seconds, ByteSink& sink) {
  const bool to_terminal = args.output.empty();
  const SummaryStyle style{to_terminal && wants_colour(STDOUT_FILENO), to_terminal ? terminal_width(STDOUT_FILENO) : 100, true};
  const auto card = [&](std::size_t i) -> const RuleCard& { return engine.card(i); };
  if (const Status status = sink.write(summary_text(summary, card, seconds, style)); !status) complain(status.error().message);
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
  std::vector<FoundFile> files = args.inputs.files(env, unreadable);
  if (const std::string head = writer->head(); !head.empty()) {
    if (const Status status = (*sink)->write(head); !status) complain(status.error().message);
  }
  const Result<std::unique_ptr<enrich::HostTable>> hosts = args.inputs.hosts(env, options.worker.enricher, files);
  if (!hosts) return complain(hosts.error().message), kUsage;
  options.worker.hosts = hosts->get();
  Scan scan(env, engine, options, *writer, table ? static_cast<ByteSink&>(nowhere) : **sink);
  Result<ScanSummary> result = [&] {
    const ProgressLine line([&] { return scan_progress_text(scan.progress()); }, is_terminal(STDERR_FILENO));
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
  show_scan_problems(summary, unreadable);
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
  std::optional<ScanOptions> options = args.inputs.options(env);
  if (!options) return kUsage;
  set_engine(args, *options);
  if (args.format.empty()) args.format = args.output.empty() && is_terminal(STDOUT_FILENO) ? "table" : "ndjson";
  const std::int64_t began = env.monotonic_ns();
  const std::unique_ptr<Engine> engine = args.inputs.engine(env, *options);
  if (engine == nullptr) return kUsage;
  return scan_with(env, args, *engine, std::move(*options), began);
}

}  // namespace tocsin::cli
