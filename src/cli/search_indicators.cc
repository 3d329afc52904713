#include "cli/search_indicators.h"

#include <fmt/format.h>
#include <unistd.h>

#include <set>

#include "base/text.h"
#include "cli/interrupt.h"
#include "cli/verb.h"
#include "normalize/mapping_files.h"
#include "pipeline/indicator_hunt.h"
#include "report/json_text.h"

namespace tocsin::cli {

namespace {

/// Different indicators that are counted for the last line.
constexpr std::size_t kCountedMax = 1'000'000;

store::SearchValue text_value(std::string_view text) {
  store::SearchValue value;
  if (text.empty()) {
    value.json = "null";
    return value;
  }
  append_string(value.json, text);
  value.text = text;
  return value;
}

/// A hit as a row of a search.
std::vector<store::SearchValue> row_of(const HuntedHit& hit) {
  std::string time;
  append_time(time, hit.time);
  std::vector<store::SearchValue> row = {text_value(time), text_value(fmt::format("{}:{}", hit.source, hit.sequence)), text_value(hit.field), text_value(hit.value), text_value(hit.indicator), text_value(hit.found->source_name())};
  const std::string score = hit.found->score() ? std::to_string(*hit.found->score()) : "";
  row.push_back({score.empty() ? "null" : score, score});
  row.push_back(text_value(hit.reference));
  row.push_back(text_value(hit.found->tags));
  row.push_back(text_value(fmt::format("{} {}", hit.found->source->place_word, hit.found->place)));
  return row;
}

Result<enrich::EnrichSettings> settings_of(const EnrichOptions& options) {
  enrich::EnrichSettings settings;
  for (const std::string& text : options.indicators) settings.indicators.push_back(TRY(enrich::read_indicators(text)));
  settings.allowed = options.allowed;
  return settings;
}

Result<std::unique_ptr<Protection>> open_protection(Env& env, const EventSearchOptions& options, std::unique_ptr<Seal>& master) {
  const Result<SealKeys> keys = read_key(env, options.key_file);
  if (!keys) return keys.error();
  master = std::make_unique<Seal>(*keys);
  return Protection::open_to_read(env, options.data, *master);
}

/// What cannot be asked for, or nothing.
std::string why_not(const SearchArguments& args) {
  if (!args.query.empty() || !args.sql.empty() || args.count) return "--indicators asks all stored events, or those of --since and --until: there is no query, --sql or --count with it";
  if (args.format == "ocsf" || args.format == "ecs" || args.format == "parquet") return fmt::format("--indicators gives rows as a table, ndjson or csv, not as {}", args.format);
  return "";
}

std::unique_ptr<SearchRows> rows_for(const SearchArguments& args, ByteSink& sink) {
  const bool as_table = args.format.empty() ? args.output.empty() && is_terminal(STDOUT_FILENO) : args.format == "table";
  return make_search_rows(as_table ? SearchFormat::kTable : args.format == "csv" ? SearchFormat::kCsv : SearchFormat::kNdjsonSome, sink, terminal_width(STDOUT_FILENO));
}

int hunt_with(Env& env, const SearchArguments& args, const EventSearchOptions& options, Engine& engine, const HuntedIndicators& hunted, ByteSink& sink) {
  const std::unique_ptr<SearchRows> rows = rows_for(args, sink);
  std::set<std::string> found;
  IndicatorHunt hunt(engine, hunted, [&](const HuntedHit& hit) {
    if (found.size() < kCountedMax) found.insert(hit.indicator);
    return rows->row(row_of(hit)) || !rows->is_cut();
  });
  CancelBySignal cancel;
  const Result<std::unique_ptr<EventSearch>> search = EventSearch::open(env, options);
  if (!search) return complain(search.error().message), kUsage;
  if (!(*search)->sandbox().missing.empty()) complain((*search)->sandbox().missing);
  cancel.watch([&] { (*search)->cancel(); });
  rows->columns({"time", "id", "field", "value", "indicator", "list", "score", "reference", "tags", "record"});
  const Status done = (*search)->read_records({}, hunt);
  const Status written = rows->finish();
  const std::vector<std::string> troubles = (*search)->troubles();
  for (const std::string& trouble : troubles) complain(trouble);
  if (!done) complain(done.error().message);
  if (!written) complain(written.error().message);
  if (rows->is_cut()) complain(fmt::format("only the first {} rows are shown; --format ndjson gives all", kTableRowsMax));
  complain(fmt::format("{} of {} indicators are named by {} of {} events", found.size(), hunted.read - hunted.allowed, hunt.events_hit(), hunt.events()));
  leave(done && written && troubles.empty() ? kDone : kIncomplete);
}

}  // namespace

int search_indicators(Env& env, const SearchArguments& args, const EnrichOptions& enrich, const EventSearchOptions& options) {
  if (const std::string why = why_not(args); !why.empty()) return complain(why), kUsage;
  const Result<enrich::EnrichSettings> settings = settings_of(enrich);
  if (!settings) return complain("--indicators: " + settings.error().message), kUsage;
  Result<std::unique_ptr<const Taxonomy>> taxonomy = load_taxonomy(env, args.mappings);
  if (!taxonomy) return complain_lines(taxonomy.error().message), kUsage;
  Engine engine(sigma::RuleSet{}, std::move(*taxonomy));
  std::unique_ptr<Seal> master;
  const Result<std::unique_ptr<Protection>> protection = open_protection(env, options, master);
  if (!protection) return complain(protection.error().message), kUsage;
  std::vector<std::string> notes;
  const Result<HuntedIndicators> hunted = read_hunted(env, *settings, **protection, engine.taxonomy(), notes);
  for (const std::string& note : notes) complain(note);
  if (!hunted) return complain_lines(hunted.error().message), kUsage;
  const Result<std::unique_ptr<ByteSink>> sink = open_output(args.output);
  if (!sink) return complain(sink.error().message), kUsage;
  return hunt_with(env, args, options, engine, *hunted, **sink);
}

}  // namespace tocsin::cli
