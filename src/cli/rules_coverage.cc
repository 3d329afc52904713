// tocsin rules coverage: what the rules speak of, what could fire on given logs or on what a service stored, what did; as Navigator layers, as lines, and
// the rules that could not fire with their reasons.
#include <fmt/format.h>

#include <set>

#include "base/text.h"
#include "cli/data_options.h"
#include "cli/interrupt.h"
#include "cli/mapping_options.h"
#include "cli/output.h"
#include "cli/parse.h"
#include "cli/progress_line.h"
#include "cli/rule_set.h"
#include "cli/rules.h"
#include "cli/unplaced_text.h"
#include "normalize/mapping_files.h"
#include "pipeline/kept_words.h"
#include "pipeline/scan.h"
#include "pipeline/source_survey.h"
#include "pipeline/stored_coverage.h"
#include "report/alert_writer.h"
#include "report/json_text.h"
#include "report/navigator.h"

namespace tocsin::cli {

namespace {

struct CoverageArguments {
  RuleArguments rules;
  std::vector<std::string> logs;
  std::string layers, format = "table", since = "24h", until;
  DataOptions data;
  bool stored = false;  // --data was said
};

/// What is said of the rules, wherever the events came from.
struct Coverage {
  ScanSummary summary;
  std::map<LogSource, std::uint64_t> arrived;  // stored events alone
  std::string policy;                          // under which they are kept
  std::vector<BlindItem> blind;
  std::string unplaced;  // what of the events has no place in OCSF; of the table alone
  bool complete = true;
};

class SilentSink : public ByteSink {
 public:
  Status write(std::string_view) override { return {}; }
};

std::string log_source_text(const LogSource& source) {
  std::string text;
  for (const auto& [part, value] : {std::pair("product", &source.product), std::pair("category", &source.category), std::pair("service", &source.service)}) {
    if (!value->empty()) text += fmt::format("{}{}={}", text.empty() ? "" : " ", part, *value);
  }
  return text;
}

/// Why a rule could not fire.
std::string silent_text(const SilentRule& rule) {
  if (rule.why == SilentRule::Why::kNoLogSource) return "no event of log source " + log_source_text(rule.wanted);
  std::string why;
  for (const std::string& field : rule.fields) why += (why.empty() ? "no event carried " : ", ") + field;
  return why;
}

void print_arrived(const Coverage& coverage, const std::string& since) {
  fmt::print("{} stored events since {}; of no known log source: {}\n", coverage.summary.events, terminal_safe(since), coverage.summary.events_unrecognised);
  for (const auto& [source, events] : coverage.arrived) fmt::print("{:>12}  {}\n", events, terminal_safe(log_source_text(source)));
}

void print_silent(const ScanSummary& summary, const Engine& engine) {
  for (const SilentRule& rule : summary.silent) {
    fmt::print("{}  {}\n    {}\n", terminal_safe(engine.card(rule.rule).id), terminal_safe(engine.card(rule.rule).title), terminal_safe(silent_text(rule)));
  }
  fmt::print("{} of {} rules could not fire on this data\n", summary.silent.size(), engine.rules().rules.size());
}

void print_blind(const Coverage& coverage, const Engine& engine) {
  std::set<std::uint32_t> named;
  for (const BlindItem& item : coverage.blind) {
    if (named.insert(item.rule).second) {
      fmt::print("{}  {}\n", terminal_safe(engine.card(item.rule).id), terminal_safe(engine.card(item.rule).title));
    }
    fmt::print("    {}: {}: {}\n", terminal_safe(item.field), terminal_safe(item.pattern), item.why);
  }
  fmt::print("{} of {} rules do not see all that they ask for in what is kept under the policy '{}'; as records come in they see all of it\n", named.size(),
             engine.rules().rules.size(), terminal_safe(coverage.policy));
}

/// Reads what the rules are asked of once more: an event has a place or not whatever the rules are. Nothing where a table is not what is wanted.
Result<std::unique_ptr<SourceSurvey>> make_survey(Env& env, const CoverageArguments& args, std::unique_ptr<const Taxonomy>& taxonomy) {
  if (args.format != "table") return std::unique_ptr<SourceSurvey>();
  taxonomy = TRY(load_taxonomy(env, args.rules.mappings, true));
  return std::make_unique<SourceSurvey>(env, *taxonomy, std::vector<ForcedFormat>());
}

/// One line for each rule.
void print_lines(const Coverage& coverage, const Engine& engine) {
  std::map<std::uint32_t, const SilentRule*> silent;
  for (const SilentRule& rule : coverage.summary.silent) silent[rule.rule] = &rule;
  std::multimap<std::uint32_t, const BlindItem*> blind;
  for (const BlindItem& item : coverage.blind) blind.emplace(item.rule, &item);
  for (std::uint32_t i = 0; i < engine.rules().rules.size(); ++i) {
    const RuleCard& card = engine.card(i);
    const auto why = silent.find(i);
    std::string line = R"({"schema":"tocsin.coverage/1","rule":{"id":)";
    append_string(line, card.id);
    line += R"(,"title":)";
    append_string(line, card.title);
    line += R"(,"level":)";
    append_string(line, card.level);
    line += R"(},"log_source":)";
    append_log_source(line, engine.rules().rules[i].log_source);
    line += fmt::format(R"(,"alerts":{},"could_fire":{},"missing":)", coverage.summary.by_rule[i].alerts, why == silent.end());
    if (why == silent.end()) {
      line += "null";
    } else if (why->second->why == SilentRule::Why::kNoLogSource) {
      line += R"("log_source")";
    } else {
      append_strings(line, why->second->fields);
    }
    line += R"(,"blind":[)";
    const auto [from, to] = blind.equal_range(i);
    for (auto item = from; item != to; ++item) {
      line += item == from ? R"({"field":)" : R"(,{"field":)";
      append_string(line, item->second->field);
      line += R"(,"pattern":)";
      append_string(line, item->second->pattern);
      line += R"(,"why":)";
      append_string(line, item->second->why);
      line += '}';
    }
    fmt::print("{}]}}\n", line);
  }
}

Status of_logs(Env& env, const CoverageArguments& args, Engine& engine, Coverage& coverage) {
  std::vector<Error> errors;
  std::vector<FoundFile> files;
  for (const std::string& path : args.logs) {
    std::vector<FoundFile> found = find_files(env, path, errors);
    files.insert(files.end(), found.begin(), found.end());
  }
  std::unique_ptr<const Taxonomy> taxonomy;
  if (const std::unique_ptr<SourceSurvey> survey = TRY(make_survey(env, args, taxonomy)); survey != nullptr) {
    for (const FoundFile& file : files) {
      if (const Status added = survey->add(file); !added) continue;  // the scan says so
    }
    coverage.unplaced = unplaced_text({survey->taken({})});
  }
  SilentSink sink;
  const SilentWriter writer;
  Scan scan(env, engine, {}, writer, sink);
  coverage.summary = TRY(scan.run(std::move(files)));
  for (const Error& error : errors) complain(error.message);
  coverage.complete = errors.empty() && coverage.summary.inputs_failed == 0;
  return {};
}

/// Which policy the data is kept under only the key tells; without it the rules that it blinds are not named. Those that it does not, ask for what stands
/// in what is kept.
Status use_kept_words(Env& env, const CoverageArguments& args, const Taxonomy& taxonomy, sigma::RuleSet& rules, Coverage& coverage) {
  const Result<SealKeys> keys = read_key(env, args.data.key_file());
  if (!keys) {
    complain(fmt::format("which rules the policy of protection blinds is not told: {}", keys.error().message));
    coverage.complete = false;
    return {};
  }
  Seal master(*keys);
  const std::unique_ptr<Protection> protection = TRY(Protection::open_to_read(env, args.data.folder(), master));
  coverage.policy = protection->policy().name;
  KeptWords words(*protection, taxonomy);
  coverage.blind = words.blind_items(rules);
  words.translate(rules);
  return {};
}

/// nullptr, and said why, if the rules cannot be used.
std::unique_ptr<Engine> make_stored_engine(Env& env, const CoverageArguments& args, Coverage& coverage) {
  std::optional<RuleReading> reading = load_rules(env, args.rules);
  if (!reading) return nullptr;
  Result<std::unique_ptr<const Taxonomy>> taxonomy = load_taxonomy(env, args.rules.mappings);
  if (!taxonomy) return complain_lines(taxonomy.error().message), nullptr;
  if (const Status used = use_kept_words(env, args, **taxonomy, reading->set, coverage); !used) return complain(used.error().message), nullptr;
  return std::make_unique<Engine>(std::move(reading->set), std::move(*taxonomy));
}

Status of_data(Env& env, const CoverageArguments& args, Engine& engine, Coverage& coverage) {
  EventSearchOptions options;
  options.data = args.data.folder();
  options.key_file = args.data.key_file();
  options.mappings = args.rules.mappings;
  options.limits = {512u << 20, 2, std::chrono::hours(1)};
  const TimeUs now = env.now_us();
  if (!read_time_option("--since", args.since, now, options.since) || !read_time_option("--until", args.until, now, options.until)) {
    return Error{Code::kInvalid, "times are RFC 3339, or 30m, 24h, 7d before now"};
  }
  CancelBySignal cancel;
  const std::unique_ptr<EventSearch> search = TRY(EventSearch::open(env, options));
  cancel.watch([&] { search->cancel(); });
  std::atomic<std::uint64_t> events = 0;
  StoredCoverage found;
  std::unique_ptr<const Taxonomy> taxonomy;
  const std::unique_ptr<SourceSurvey> survey = TRY(make_survey(env, args, taxonomy));
  {
    const ProgressLine line([&] { return fmt::format("{} of about {} events", events.load(), search->segment_events()); }, is_terminal(STDERR_FILENO));
    found = stored_coverage(engine, *search, events, survey.get());
  }
  if (survey != nullptr) coverage.unplaced = unplaced_text({survey->taken({})});
  coverage.summary = std::move(found.summary);
  coverage.arrived = std::move(found.arrived);
  if (!found.ended) {
    complain(fmt::format("{}; what is told is of {} events", found.ended.error().message, coverage.summary.events));
    coverage.complete = false;
  }
  for (const std::string& trouble : search->troubles()) {
    complain(trouble);
    coverage.complete = false;
  }
  return {};
}

/// False, and said why, if one cannot be written.
bool write_layers(Env& env, const std::string& folder, const std::vector<const RuleCard*>& loaded, const std::vector<const RuleCard*>& could,
                  const std::vector<const RuleCard*>& fired) {
  const std::pair<const char*, std::string> written[] = {
      {"loaded.json", navigator_layer("Tocsin: loaded", "Rules that are loaded", loaded)},
      {"could-fire.json", navigator_layer("Tocsin: could fire", "Rules whose log source and fields were in the data", could)},
      {"fired.json", navigator_layer("Tocsin: fired", "Rules that matched", fired)}};
  for (const auto& [name, text] : written) {
    if (const Status status = env.write_file(folder + "/" + name, text); !status) return complain(status.error().message), false;
  }
  return true;
}

int tell(Env& env, const CoverageArguments& args, const Engine& engine, const Coverage& coverage) {
  std::set<std::uint32_t> silent;
  for (const SilentRule& rule : coverage.summary.silent) silent.insert(rule.rule);
  std::vector<const RuleCard*> loaded, could, fired;
  for (std::uint32_t i = 0; i < engine.card_count(); ++i) {
    loaded.push_back(&engine.card(i));
    if (i < engine.rules().rules.size() && !silent.contains(i)) could.push_back(&engine.card(i));
    if (coverage.summary.by_rule[i].alerts > 0) fired.push_back(&engine.card(i));
  }
  const bool has_data = args.stored || !args.logs.empty();
  if (args.format == "ndjson") {
    print_lines(coverage, engine);
  } else {
    if (args.stored) print_arrived(coverage, args.since);
    if (has_data) print_silent(coverage.summary, engine);
    if (!coverage.policy.empty()) print_blind(coverage, engine);
    fmt::print("{}", coverage.unplaced);
    fmt::print("{} loaded, {} could fire on this data, {} fired\n", loaded.size(), has_data ? could.size() : 0, fired.size());
  }
  if (!args.layers.empty() && !write_layers(env, args.layers, loaded, could, fired)) return kUsage;
  return coverage.complete ? kDone : kIncomplete;
}

}  // namespace

int run_rules_coverage(Env& env, const std::vector<std::string>& arguments) {
  CoverageArguments args;
  CLI::App app("Says which rules could fire on the given logs, or with --data on what a service stored, and which did. With --layers it writes ATT&CK "
               "Navigator 4.5 layers loaded.json, could-fire.json and fired.json.", "tocsin rules coverage");
  app.add_option("--rules", args.rules.rules, "Sigma rules: a file, a folder, or 'builtin'")->type_name("PATH")->allow_extra_args(false);
  app.add_option("--pipeline", args.rules.pipelines, "pySigma processing pipeline (YAML)")->type_name("FILE")->allow_extra_args(false);
  add_mappings_option(app, args.rules.mappings);
  app.add_option("--layers", args.layers, "an existing folder for the layers")->type_name("FOLDER");
  app.add_option("--format", args.format, "table, or ndjson: a line for each rule")->check(CLI::IsMember({"table", "ndjson"}))->capture_default_str();
  CLI::Option* const data = app.add_option("--data", args.data.data, "instead of logs: what a service stored in this folder (without a folder: where it "
                                                                     "is when nobody says)")->type_name("[DIR]")->expected(0, 1);
  app.add_option("--key-file", args.data.key, "the key of the data")->type_name("FILE")->needs(data);
  app.add_option("--since", args.since, "with --data: events from this time on: RFC 3339, or 30m, 24h, 30d before now")->type_name("TIME")->needs(data)->capture_default_str();
  app.add_option("--until", args.until, "with --data: events before this time")->type_name("TIME")->needs(data);
  app.add_option("LOG", args.logs, "logs, as for scan; none: only what is loaded")->excludes(data);
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  args.stored = data->count() > 0;
  Coverage coverage;
  const std::unique_ptr<Engine> engine = args.stored ? make_stored_engine(env, args, coverage) : make_engine(env, args.rules);
  if (engine == nullptr) return kUsage;
  const Status done = args.stored ? of_data(env, args, *engine, coverage) : of_logs(env, args, *engine, coverage);
  if (!done) return complain(done.error().message), args.stored ? kUsage : kIncomplete;
  return tell(env, args, *engine, coverage);
}

}  // namespace tocsin::cli
