#include "cli/scan_inputs.h"

#include <fmt/format.h>

#include <thread>

#include "base/text.h"
#include "cli/mapping_options.h"
#include "cli/output.h"
#include "cli/progress_line.h"
#include "normalize/mapping_files.h"
#include "pipeline/host_survey.h"

namespace tocsin::cli {

namespace {

constexpr unsigned kThreadsMax = 256;

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

}  // namespace

CLI::Option* ScanInputs::add_to(CLI::App& app) {
  app.add_option("--rules", rules.rules, "Sigma rules: a file, a folder, or 'builtin'; replaces the built-in rules")
      ->type_name("PATH")->allow_extra_args(false);
  app.add_option("--pipeline", rules.pipelines, "pySigma processing pipeline (YAML)")->type_name("FILE")->allow_extra_args(false);
  add_mappings_option(app, rules.mappings);
  add_timezone_option(app, rules.zones);
  add_source_option(app, sources);
  add_authserv_option(app, authserv_ids);
  enrich.add_to(app);
  enrich.add_indicators_to(app);
  enrich.add_hosts_to(app);
  app.add_option("--level", level, "report alerts of this level and above")->check(CLI::IsMember(level_words()));
  app.add_option("--since", since, "ignore events before this time (RFC 3339, or 24h, 7d before now)")->type_name("T");
  app.add_option("--until", until, "ignore events after this time")->type_name("T");
  app.add_option("--threads", threads, "worker threads (default: one per core)")->check(CLI::Range(1u, kThreadsMax));
  return app.add_option("PATH", paths, "logs: EVTX, JSON, NDJSON, text, mails, captures of packets, .gz, .zst, folders");
}

std::optional<ScanOptions> ScanInputs::options(Env& env) const {
  ScanOptions options;
  options.worker.reference = env.now_us();
  options.threads = threads > 0 ? threads : std::clamp(std::thread::hardware_concurrency(), 1u, kThreadsMax);
  options.worker.level_min = level.empty() ? 0 : *level_rank_of(level);
  if (!parse_when(env, since, options.worker.since) || !parse_when(env, until, options.worker.until)) return std::nullopt;
  return options;
}

std::unique_ptr<Engine> ScanInputs::engine(Env& env, ScanOptions& options) const {
  std::unique_ptr<Engine> engine = make_engine(env, rules);
  if (engine == nullptr) return nullptr;
  engine->set_mail_rules({authserv_ids});
  std::optional<std::vector<ForcedFormat>> forced = forced_formats(sources, engine->taxonomy());
  if (!forced) return nullptr;
  options.worker.formats = std::move(*forced);
  if (!enrich.load(env, options.worker.enricher)) return nullptr;
  return engine;
}

std::vector<FoundFile> ScanInputs::files(Env& env, std::vector<Error>& unreadable) const {
  std::vector<FoundFile> files;
  for (const std::string& path : paths) {
    std::vector<FoundFile> found = find_files(env, path, unreadable);
    files.insert(files.end(), found.begin(), found.end());
  }
  return files;
}

Result<std::unique_ptr<enrich::HostTable>> ScanInputs::hosts(Env& env, const std::shared_ptr<const enrich::Enricher>& enricher, const std::vector<FoundFile>& files) const {
  if (enricher == nullptr || !enricher->learns_hosts()) return std::unique_ptr<enrich::HostTable>();
  Engine engine(sigma::RuleSet{}, TRY(load_taxonomy(env, rules.mappings)));
  auto hosts = std::make_unique<enrich::HostTable>();
  learn_hosts(env, engine, files, *hosts);
  return hosts;
}

void show_scan_problems(const ScanSummary& summary, const std::vector<Error>& unreadable) {
  for (const Error& error : unreadable) complain(error.message);
  for (const std::string& note : summary.notes) complain(note);
  for (const SourceProblem& problem : summary.problems) complain(fmt::format("{}: {}", problem.source, problem.message));
}

std::string scan_progress_text(const ScanProgress& progress) {
  const std::uint64_t now = progress.inputs_done, all = progress.inputs;
  return fmt::format("{} {}/{} inputs  {} MB  {} alerts", progress_bar(now, all), now, all, progress.bytes / 1'000'000, progress.alerts.load());
}

}  // namespace tocsin::cli
