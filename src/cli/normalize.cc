// tocsin normalize: what logs say, event by event, in one shape. The same inputs as scan; a line of JSON for each event, in the order in which
// they are read.
#include <fmt/format.h>
#include <unistd.h>

#include "cli/enrich_options.h"
#include "cli/event_lines.h"
#include "cli/mapping_options.h"
#include "cli/output.h"
#include "cli/parse.h"
#include "cli/verb.h"
#include "normalize/mapping_files.h"
#include "pipeline/event_walk.h"

namespace tocsin::cli {

namespace {

/// Written at a time.
constexpr std::size_t kFlushBytes = 256 << 10;

struct NormalizeArguments {
  std::string format = "ocsf", output;
  std::vector<std::string> mappings, paths, authserv_ids, zones;
  EnrichOptions enrich;
  std::shared_ptr<const enrich::Enricher> enricher;
};

int normalize(Env& env, const NormalizeArguments& args, Engine& engine, ByteSink& sink) {
  std::vector<Error> unreadable;
  std::vector<FoundFile> files;
  for (const std::string& path : args.paths) {
    const std::vector<FoundFile> found = find_files(env, path, unreadable);
    files.insert(files.end(), found.begin(), found.end());
  }
  EventLines lines(args.format, engine, args.enricher);
  std::string out;
  Status written;
  EventWalk walk(env, engine);
  const ScanSummary summary = walk.run(files, [&](std::string_view source, const Event& event, const PathTable& paths) {
    lines.append(source, event, paths, out);
    if (out.size() < kFlushBytes) return true;
    written = sink.write(out);
    out.clear();
    return written.has_value();
  });
  if (written && !out.empty()) written = sink.write(out);
  for (const Error& error : unreadable) complain(error.message);
  for (const SourceProblem& problem : summary.problems) complain(fmt::format("{}: {}", problem.source, problem.message));
  if (!written) complain(written.error().message);
  return written && unreadable.empty() && summary.inputs_failed == 0 ? kDone : kIncomplete;
}

}  // namespace

int run_normalize(Env& env, const std::vector<std::string>& arguments) {
  NormalizeArguments args;
  CLI::App app("Writes what logs say, a line of JSON for each event.", "tocsin normalize");
  app.add_option("--format", args.format, "ocsf (the default), ecs, or fields: the source's own names, its log source, time and entities")
      ->check(CLI::IsMember({"ocsf", "ecs", "fields"}));
  app.add_option("--output", args.output, "write there instead of standard output")->type_name("FILE");
  add_mappings_option(app, args.mappings);
  add_timezone_option(app, args.zones);
  add_authserv_option(app, args.authserv_ids);
  args.enrich.add_to(app);
  app.add_option("PATH", args.paths, "logs: EVTX, JSON, NDJSON, text, mails, captures of packets, .gz, .zst, folders")->required();
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  if (!args.enrich.load(env, args.enricher)) return kUsage;
  Result<std::unique_ptr<const Taxonomy>> taxonomy = load_taxonomy(env, args.mappings, args.format == "ocsf", args.zones);
  if (!taxonomy) return complain_lines(taxonomy.error().message), kUsage;
  Engine engine(sigma::RuleSet{}, std::move(*taxonomy));
  engine.set_mail_rules({args.authserv_ids});
  if (args.output.empty()) {
    FdSink sink(STDOUT_FILENO);
    return normalize(env, args, engine, sink);
  }
  Result<std::unique_ptr<FileSink>> file = FileSink::create(args.output);
  if (file) return normalize(env, args, engine, **file);
  complain(file.error().message);
  return kUsage;
}

}  // namespace tocsin::cli
