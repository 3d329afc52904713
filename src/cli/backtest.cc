// tocsin backtest: the verb. How rules run over what is stored is pipeline/backtest.h; here are its options, its outputs and its exit codes.
#include <fmt/format.h>
#include <unistd.h>

#include "cli/backtest_policy.h"
#include "cli/data_options.h"
#include "cli/interrupt.h"
#include "cli/mapping_options.h"
#include "cli/output.h"
#include "cli/parse.h"
#include "cli/progress_line.h"
#include "cli/rule_set.h"
#include "cli/verb.h"
#include "normalize/mapping_files.h"
#include "pipeline/backtest.h"
#include "pipeline/kept_words.h"

namespace tocsin::cli {

namespace {

struct BacktestArguments {
  DataOptions data;
  std::vector<std::string> tried, in_force, pipelines, mappings;
  std::string since, until, format, output, alerts, policy;
  std::vector<std::string> verdicts;
  std::optional<std::uint64_t> max_per_day;
  bool fail_new = false, fail_gone = false, without_prefilter = false;
  std::uint64_t memory_mb = 512, seconds = 3'600;
  unsigned threads = 2;
};

void describe(CLI::App& app, BacktestArguments& args) {
  app.add_option("RULE", args.tried, "Sigma rules to be tried: files, folders, or 'builtin'; with --policy files of alerts in place of the stored ones");
  app.add_option("--policy", args.policy, "a decision policy (docs/policy.md): what it would have done to the alerts that there were, and how often it would have been wrong")->type_name("FILE");
  app.add_option("--verdicts", args.verdicts, "with --policy: what people said of alerts, lines of tocsin.verdict/1 (default: what they said to the service)")->type_name("FILE")->allow_extra_args(false);
  app.add_option("--rules", args.in_force, "the rules in force, of which those with the same ids are compared: a file, a folder, or 'builtin' (default)")
      ->type_name("PATH")->allow_extra_args(false);
  app.add_option("--pipeline", args.pipelines, "pySigma processing pipeline (YAML), for both")->type_name("FILE")->allow_extra_args(false);
  app.add_option("--since", args.since, "events from this time on: RFC 3339, or 30m, 24h, 30d before now")->type_name("TIME");
  app.add_option("--until", args.until, "events before this time")->type_name("TIME");
  app.add_option("--format", args.format, "table (on a terminal) or ndjson (else)")->check(CLI::IsMember({"table", "ndjson"}));
  app.add_option("--output", args.output, "write there instead of standard output")->type_name("FILE");
  app.add_option("--alerts", args.alerts, "write every alert there, as `tocsin scan --format ndjson` does")->type_name("FILE");
  app.add_option("--max-per-day", args.max_per_day, "exit 1 if a rule has more alerts on one day (UTC)")->type_name("N");
  app.add_flag("--fail-new", args.fail_new, "exit 1 if a rule matches something that the rule in force does not");
  app.add_flag("--fail-gone", args.fail_gone, "exit 1 if a rule matches something no longer that the rule in force matches");
  app.add_option("--memory", args.memory_mb, "MiB that reading the store may use")->check(CLI::Range(64, 1 << 20))->capture_default_str();
  app.add_option("--timeout", args.seconds, "seconds that it may take")->check(CLI::Range(1, 1'000'000))->capture_default_str();
  app.add_option("--threads", args.threads, "threads that it may use")->check(CLI::Range(1, 256))->capture_default_str();
  app.add_flag("--without-prefilter", args.without_prefilter, "")->group("");  // for tests and measurements
  add_mappings_option(app, args.mappings);
  args.data.add_to(app, true);
}

/// Where the policy put tokens, rules ask for tokens. Without the key nothing but segments is read, and nothing can be said of tokens.
Status in_kept_words(Env& env, const BacktestArguments& args, const Taxonomy& taxonomy, sigma::RuleSet& rules) {
  const Result<SealKeys> keys = read_key(env, args.data.key_file());
  if (!keys) return {};
  Seal master(*keys);
  const std::unique_ptr<Protection> protection = TRY(Protection::open_to_read(env, args.data.folder(), master));
  KeptWords(*protection, taxonomy).translate(rules);
  return {};
}

/// The rules to be tried, and those in force beside them; nullptr, and said why, if they cannot be used.
std::unique_ptr<Engine> make_joined_engine(Env& env, const BacktestArguments& args, BacktestRules& rules) {
  std::optional<RuleReading> tried = load_rules(env, {args.tried, args.pipelines});
  if (!tried) return nullptr;
  const std::optional<RuleReading> in_force = load_rules(env, {args.in_force, args.pipelines});
  if (!in_force) return nullptr;
  rules = join_rules(std::move(tried->set), in_force->set);
  Result<std::unique_ptr<const Taxonomy>> taxonomy = load_taxonomy(env, args.mappings);
  if (!taxonomy) return complain_lines(taxonomy.error().message), nullptr;
  if (const Status said = in_kept_words(env, args, **taxonomy, rules.set); !said) return complain(said.error().message), nullptr;
  return std::make_unique<Engine>(std::move(rules.set), std::move(*taxonomy));
}

std::string progress_text(const BacktestProgress& progress, std::uint64_t all) {
  return fmt::format("{} {} of {} events  {} alerts", progress_bar(progress.records, all), progress.records.load(), all, progress.alerts.load());
}

Status write_report(const BacktestArguments& args, const BacktestReport& report, double seconds) {
  FdSink standard(STDOUT_FILENO);
  std::unique_ptr<FileSink> file;
  if (!args.output.empty()) file = TRY(FileSink::create(args.output));
  ByteSink& sink = file ? static_cast<ByteSink&>(*file) : standard;
  const bool to_terminal = args.output.empty() && is_terminal(STDOUT_FILENO);
  const bool as_table = args.format.empty() ? to_terminal : args.format == "table";
  if (!as_table) return sink.write(backtest_ndjson(report, seconds));
  const SummaryStyle style{to_terminal && wants_colour(STDOUT_FILENO), to_terminal ? terminal_width(STDOUT_FILENO) : 100, true};
  return sink.write(backtest_page(report, seconds, style));
}

/// The bars that were set; each rule above one is named.
bool is_above_a_bar(const BacktestArguments& args, const BacktestReport& report) {
  bool above = false;
  for (const BacktestRule& rule : report.rules) {
    const auto say = [&](const std::string& what) {
      complain(fmt::format("{}: {}: {}", rule.file, rule.card.title, what));
      above = true;
    };
    const std::uint64_t most = rule.tally.most_per_day();
    if (args.max_per_day && most > *args.max_per_day) say(fmt::format("{} alerts on one day, of {} allowed", most, *args.max_per_day));
    if (args.fail_new && rule.added.count > 0) say(fmt::format("{} alerts that the rule in force does not make", rule.added.count));
    if (args.fail_gone && rule.gone.count > 0) say(fmt::format("{} alerts of the rule in force are gone", rule.gone.count));
  }
  return above;
}

int finish(const BacktestArguments& args, const BacktestReport& report, const EventSearch& search, double seconds) {
  const Status written = write_report(args, report, seconds);
  for (const std::string& note : report.notes) complain(note);
  const std::vector<std::string> troubles = search.troubles();
  for (const std::string& trouble : troubles) complain(trouble);
  if (!report.ended) complain(fmt::format("{}; what is shown are {} events", report.ended.error().message, report.events));
  if (!written) complain(written.error().message);
  const bool above = is_above_a_bar(args, report);
  if (!report.ended || !written || !troubles.empty()) return kIncomplete;
  return above ? kAlerts : kDone;
}

int backtest_with(Env& env, const BacktestArguments& args, const EventSearchOptions& options) {
  const std::int64_t began = env.monotonic_ns();
  BacktestRules rules;
  const std::unique_ptr<Engine> engine = make_joined_engine(env, args, rules);
  if (engine == nullptr) return kUsage;
  std::unique_ptr<FileSink> alerts;
  if (!args.alerts.empty()) {
    Result<std::unique_ptr<FileSink>> created = FileSink::create(args.alerts);
    if (!created) return complain(created.error().message), kUsage;
    alerts = std::move(*created);
  }
  CancelBySignal cancel;
  const Result<std::unique_ptr<EventSearch>> search = EventSearch::open(env, options);
  if (!search) return complain(search.error().message), kUsage;
  cancel.watch([&] { (*search)->cancel(); });
  Backtest backtest(env, *engine, rules, **search, {.threads = args.threads, .alerts = alerts.get(), .prefilter = !args.without_prefilter});
  const BacktestReport report = [&] {
    const auto text = [&] { return progress_text(backtest.progress(), (*search)->segment_events()); };
    const ProgressLine line(text, is_terminal(STDERR_FILENO));
    return backtest.run();
  }();
  return finish(args, report, **search, static_cast<double>(env.monotonic_ns() - began) / 1e9);
}

}  // namespace

int run_backtest(Env& env, const std::vector<std::string>& arguments) {
  BacktestArguments args;
  CLI::App app("Runs Sigma rules over the events that `tocsin serve` stored, or a decision policy over its alerts; beside it or without it.", "tocsin backtest");
  describe(app, args);
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  EventSearchOptions options;
  options.data = args.data.folder();
  options.key_file = args.data.key_file();
  options.limits = {args.memory_mb << 20, args.threads, std::chrono::seconds(args.seconds)};
  const TimeUs now = env.now_us();
  if (!read_time_option("--since", args.since, now, options.since) || !read_time_option("--until", args.until, now, options.until)) return kUsage;
  if (!args.policy.empty()) return backtest_policy(env, {args.data, args.policy, args.tried, args.verdicts, options.since, options.until, args.format, args.output});
  if (args.tried.empty()) return complain("say which rules are tried, or which policy: tocsin backtest RULE..., tocsin backtest --policy FILE"), kUsage;
  return backtest_with(env, args, options);
}

}  // namespace tocsin::cli
