// tocsin search: the verb, with its outputs and the signal that ends it early.
#include <fmt/format.h>

#include "cli/enrich_options.h"
#include "cli/interrupt.h"
#include "cli/search_indicators.h"
#include "cli/search_question.h"
#include "cli/verb.h"

namespace tocsin::cli {

namespace {

int export_with(Env& env, const SearchArguments& args, EventSearchOptions options, const SearchQuestion& question) {
  if (args.output.empty()) return complain("--format parquet is a file: name it with --output"), kUsage;
  const Result<std::unique_ptr<UnfinishedFile>> file = UnfinishedFile::create(args.output);
  if (!file) return complain(file.error().message), kUsage;
  options.output = (*file)->path();
  CancelBySignal cancel;
  const Result<std::unique_ptr<EventSearch>> search = EventSearch::open(env, options);
  if (!search) return complain(search.error().message), kUsage;
  cancel.watch([&] { (*search)->cancel(); });
  const int exit = export_answer(args, question, **search, **file);
  if (exit == kDone) leave(exit);  // else the file has to go
  return exit;
}

int search_with(Env& env, const SearchArguments& args, const EventSearchOptions& options, SearchQuestion question) {
  const Result<std::unique_ptr<ByteSink>> sink = open_output(args.output);
  if (!sink) return complain(sink.error().message), kUsage;
  const std::unique_ptr<SearchRows> rows = question.rows_for(args, **sink);
  CancelBySignal cancel;
  const Result<std::unique_ptr<EventSearch>> search = EventSearch::open(env, options);
  if (!search) return complain(search.error().message), kUsage;
  if (!(*search)->sandbox().missing.empty()) complain((*search)->sandbox().missing);
  cancel.watch([&] { (*search)->cancel(); });
  leave(answer(args, question, **search, *rows));
}

/// Addresses that a policy has replaced are of other places than those that were there.
std::optional<int> load_enricher(Env& env, const SearchArguments& args, const EnrichOptions& options, SearchQuestion& question) {
  if (options.empty()) return std::nullopt;
  if (question.engine == nullptr) return complain("what is known of addresses, hosts and lists is shown by --format ocsf and --format ecs alone"), kUsage;
  const Result<SealKeys> keys = read_key(env, args.data.key_file());
  if (!keys) return complain(keys.error().message), kUsage;
  Seal master(*keys);
  const Result<std::unique_ptr<Protection>> protection = Protection::open_to_read(env, args.data.folder(), master);
  if (!protection) return complain(protection.error().message), kUsage;
  const auto replaces = [](const protect::PolicyRule& rule) { return rule.action == protect::Action::kPrefix; };
  if (std::ranges::any_of((*protection)->policy().rules, replaces)) {
    return complain("the policy of this data puts other addresses where addresses stood, so where they are and who lists them cannot be said; alerts say it, of what came in"), kUsage;
  }
  return options.load(env, question.enricher) ? std::nullopt : std::optional<int>(kUsage);
}

}  // namespace

int run_search(Env& env, const std::vector<std::string>& arguments) {
  SearchArguments args;
  CLI::App app("Searches the events that `tocsin serve` stored, beside it or without it.", "tocsin search");
  describe_search(app, args);
  EnrichOptions enrich;
  enrich.add_to(app);
  app.add_option("--indicators", enrich.indicators, "which of the indicators in this file (docs/intelligence.md) stored events name, in place of a query")->type_name("FILE")->allow_extra_args(false);
  app.add_option("--allow", enrich.allowed, "what never counts as an indicator: warning-lists of MISP, or a list")->type_name("FILE")->allow_extra_args(false);
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  SearchQuestion question;
  if (const auto exit = read_question(env, args, question)) return *exit;
  EventSearchOptions options;
  options.data = args.data.folder();
  options.key_file = args.data.key_file();
  options.confined = args.output.empty();  // what writes a file has to make and rename it
  options.limits = {args.memory_mb << 20, args.threads, std::chrono::seconds(args.seconds)};
  options.mappings = args.mappings;
  options.since = question.since;
  options.until = question.until;
  if (!enrich.indicators.empty()) return search_indicators(env, args, enrich, options);
  if (const auto exit = load_enricher(env, args, enrich, question)) return *exit;
  if (args.format == "parquet" && !args.count) return export_with(env, args, options, question);
  return search_with(env, args, options, std::move(question));
}

}  // namespace tocsin::cli
