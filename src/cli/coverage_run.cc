#include "cli/coverage_run.h"

#include <fmt/format.h>
#include <unistd.h>

#include "cli/interrupt.h"
#include "cli/mapping_options.h"
#include "cli/output.h"
#include "cli/progress_line.h"
#include "cli/unplaced_text.h"
#include "normalize/mapping_files.h"
#include "pipeline/scan.h"
#include "pipeline/source_survey.h"
#include "pipeline/stored_coverage.h"
#include "report/alert_writer.h"

namespace tocsin::cli {

namespace {

class SilentSink : public ByteSink {
 public:
  Status write(std::string_view) override { return {}; }
};

/// Reads what the rules are asked of once more: an event has a place or not whatever the rules are. Nothing where nobody asks.
Result<std::unique_ptr<SourceSurvey>> make_survey(Env& env, const CoverageInputs& inputs, std::unique_ptr<const Taxonomy>& taxonomy) {
  if (!inputs.with_places) return std::unique_ptr<SourceSurvey>();
  taxonomy = TRY(load_taxonomy(env, inputs.rules.mappings, true));
  return std::make_unique<SourceSurvey>(env, *taxonomy, std::vector<ForcedFormat>());
}

Status of_logs(Env& env, const CoverageInputs& inputs, Engine& engine, Coverage& coverage, ByteSink* alerts) {
  std::vector<Error> errors;
  std::vector<FoundFile> files;
  for (const std::string& path : inputs.logs) {
    std::vector<FoundFile> found = find_files(env, path, errors);
    files.insert(files.end(), found.begin(), found.end());
  }
  std::unique_ptr<const Taxonomy> taxonomy;
  if (const std::unique_ptr<SourceSurvey> survey = TRY(make_survey(env, inputs, taxonomy)); survey != nullptr) {
    for (const FoundFile& file : files) {
      if (const Status added = survey->add(file); !added) continue;  // the scan says so
    }
    coverage.unplaced = unplaced_text({survey->taken({})});
  }
  SilentSink nowhere;
  const std::unique_ptr<AlertWriter> writer = alerts != nullptr ? make_ndjson_writer() : std::make_unique<SilentWriter>();
  Scan scan(env, engine, {}, *writer, alerts != nullptr ? *alerts : nowhere);
  coverage.summary = TRY(scan.run(std::move(files)));
  for (const Error& error : errors) complain(error.message);
  coverage.complete = errors.empty() && coverage.summary.inputs_failed == 0;
  return {};
}

/// Which policy the data is kept under only the key tells; without it the rules that it blinds are not named. Those that it does not, ask for what stands
/// in what is kept.
Status use_kept_words(Env& env, const CoverageInputs& inputs, const Taxonomy& taxonomy, sigma::RuleSet& rules, Coverage& coverage) {
  const Result<SealKeys> keys = read_key(env, inputs.data.key_file());
  if (!keys) {
    complain(fmt::format("which rules the policy of protection blinds is not told: {}", keys.error().message));
    coverage.complete = false;
    return {};
  }
  Seal master(*keys);
  const std::unique_ptr<Protection> protection = TRY(Protection::open_to_read(env, inputs.data.folder(), master));
  coverage.policy = protection->policy().name;
  KeptWords words(*protection, taxonomy);
  coverage.blind = words.blind_items(rules);
  words.translate(rules);
  return {};
}

/// nullptr, and said why, if the rules cannot be used.
std::unique_ptr<Engine> make_stored_engine(Env& env, const CoverageInputs& inputs, Coverage& coverage) {
  std::optional<RuleReading> reading = load_rules(env, inputs.rules);
  if (!reading) return nullptr;
  Result<std::unique_ptr<const Taxonomy>> taxonomy = load_taxonomy(env, inputs.rules.mappings);
  if (!taxonomy) return complain_lines(taxonomy.error().message), nullptr;
  if (const Status used = use_kept_words(env, inputs, **taxonomy, reading->set, coverage); !used) return complain(used.error().message), nullptr;
  return std::make_unique<Engine>(std::move(reading->set), std::move(*taxonomy));
}

Status of_data(Env& env, const CoverageInputs& inputs, Engine& engine, Coverage& coverage) {
  EventSearchOptions options;
  options.data = inputs.data.folder();
  options.key_file = inputs.data.key_file();
  options.mappings = inputs.rules.mappings;
  options.limits = {512u << 20, 2, std::chrono::hours(1)};
  const TimeUs now = env.now_us();
  if (!read_time_option("--since", inputs.since, now, options.since) || !read_time_option("--until", inputs.until, now, options.until)) {
    return Error{Code::kInvalid, "times are RFC 3339, or 30m, 24h, 7d before now"};
  }
  CancelBySignal cancel;
  const std::unique_ptr<EventSearch> search = TRY(EventSearch::open(env, options));
  cancel.watch([&] { search->cancel(); });
  std::atomic<std::uint64_t> events = 0;
  StoredCoverage found;
  std::unique_ptr<const Taxonomy> taxonomy;
  const std::unique_ptr<SourceSurvey> survey = TRY(make_survey(env, inputs, taxonomy));
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

}  // namespace

void CoverageInputs::add_to(CLI::App& app) {
  app.add_option("--rules", rules.rules, "Sigma rules: a file, a folder, or 'builtin'")->type_name("PATH")->allow_extra_args(false);
  app.add_option("--pipeline", rules.pipelines, "pySigma processing pipeline (YAML)")->type_name("FILE")->allow_extra_args(false);
  add_mappings_option(app, rules.mappings);
  data_option_ = app.add_option("--data", data.data, "instead of logs: what a service stored in this folder (without a folder: where it is when nobody says)")->type_name("[DIR]")->expected(0, 1);
  app.add_option("--key-file", data.key, "the key of the data")->type_name("FILE")->needs(data_option_);
  app.add_option("--since", since, "with --data: events from this time on: RFC 3339, or 30m, 24h, 30d before now")->type_name("TIME")->needs(data_option_)->capture_default_str();
  app.add_option("--until", until, "with --data: events before this time")->type_name("TIME")->needs(data_option_);
  app.add_option("LOG", logs, "logs, as for scan; none: only what is loaded")->excludes(data_option_);
}

std::unique_ptr<Engine> coverage_engine(Env& env, const CoverageInputs& inputs, Coverage& coverage) {
  return inputs.stored() ? make_stored_engine(env, inputs, coverage) : make_engine(env, inputs.rules);
}

Status run_coverage(Env& env, const CoverageInputs& inputs, Engine& engine, Coverage& coverage, ByteSink* alerts) {
  return inputs.stored() ? of_data(env, inputs, engine, coverage) : of_logs(env, inputs, engine, coverage, alerts);
}

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

}  // namespace tocsin::cli
