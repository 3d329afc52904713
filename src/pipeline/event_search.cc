#include "pipeline/event_search.h"

#include <fmt/format.h>
#include <unistd.h>

#include "normalize/mapping_files.h"
#include "pipeline/kept_words.h"
#include "store/duck_api.h"
#include "store/sealed_file.h"
#include "store/verify.h"

namespace tocsin {

SandboxPlan search_sandbox(const DataFolder& data, std::uint64_t memory_bytes) {
  SandboxPlan plan;
  plan.readable = {data.segments(), data.journal()};
  for (const std::string& file : {policy_place(data).path(), protection_place(data).path(), data.tokens()}) {
    if (::access(file.c_str(), F_OK) == 0) plan.readable.push_back(file);
  }
  plan.memory_bytes_max = memory_bytes + kSearchOtherBytesMax;
  return plan;
}

EventSearch::~EventSearch() = default;

Result<std::unique_ptr<EventSearch>> EventSearch::open(Env& env, const EventSearchOptions& options) {
  std::unique_ptr<EventSearch> search = TRY(prepare(env, options));
  Beginning beginning{TRY(search->choose()), options.since, options.until, options.limits.time};
  if (options.confined) TRY(search->confine());
  TRY(search->begin(std::move(beginning)));
  return search;
}

Result<std::unique_ptr<EventSearch>> EventSearch::prepare(Env& env, const EventSearchOptions& options) {
  TRY(store::duck_available());
  std::unique_ptr<EventSearch> search(new EventSearch(env, options));
  search->taxonomy_ = TRY(load_taxonomy(env, options.mappings));
  search->reader_ = std::make_unique<RecordReader>(*search->taxonomy_, search->log_sources_);
  const Result<SealKeys> key = read_key(env, options.key_file);
  if (key) search->master_ = std::make_unique<Seal>(*key);
  if (!key) search->no_key_ = key.error().message;
  store::SearchTarget target;
  target.folder = options.data.segments();
  target.output = options.output;
  target.fields = [taxonomy = search->taxonomy_.get(), log_sources = &search->log_sources_] {
    return std::make_unique<RecordReader>(*taxonomy, *log_sources);
  };
  search->search_ = TRY(store::Search::prepare(options.limits, target));
  return search;
}

/// Libraries are loaded, and DuckDB has not made its threads yet.
Status EventSearch::confine() {
  sandbox_ = TRY(enter_sandbox(search_sandbox(options_.data, options_.limits.memory_bytes + options_.held_bytes)));
  return {};
}

Status EventSearch::begin(Beginning beginning) {
  options_.since = beginning.since;
  options_.until = beginning.until;
  segment_events_ = beginning.choice.segment_events;
  troubles_ = std::move(beginning.choice.troubles);
  TRY(open_journal(beginning.choice.position));
  if (no_key_.empty()) {
    protection_ = TRY(Protection::open_to_read(env_, options_.data, *master_));
    reader_->protect_with(protection_->policy(), protection_->tokens());
  }
  return search_->begin(beginning.choice.files, rows_.get(), beginning.time);
}

Result<StoredChoice> choose_stored(const Result<State::Stored>& stored, std::optional<TimeUs> since, std::optional<TimeUs> until, const CheckSegment& check) {
  StoredChoice choice;
  if (!stored && stored.error().code != Code::kInvalid) return stored.error();
  if (!stored) {
    choice.troubles.push_back(stored.error().message + "; all segments are left out");
    return choice;
  }
  choice.position = stored->position;
  for (const store::Segment& segment : stored->segments) {
    if (since && segment.last_time < *since) continue;
    if (until && segment.first_time >= *until) continue;
    const Status good = check(segment);
    if (good) {
      choice.files.push_back(segment.file);
      choice.segment_events += segment.rows;
    } else {
      choice.troubles.push_back(fmt::format("{}; its {} events are left out", good.error().message, segment.rows));
    }
  }
  return choice;
}

Result<StoredChoice> EventSearch::choose() {
  const Result<std::unique_ptr<State>> state = State::open(options_.data.state(), State::IfMissing::kFail);
  readers_ = TRY(env_.share_file(options_.data.readers()));
  const Result<State::Stored> stored = state ? (*state)->stored() : Result<State::Stored>(state.error());
  return choose_stored(stored, options_.since, options_.until,
                       [this](const store::Segment& segment) { return store::check_segment(env_, options_.data.segments(), segment); });
}

Status EventSearch::open_journal(std::uint64_t position) {
  const std::string folder = options_.data.journal();
  JournalStretch stretch;
  stretch.from = position;
  stretch.only_named = true;
  if (master_ == nullptr) {
    const std::vector<std::uint64_t> journal = TRY(journal::list_segments(env_, folder));
    if (!journal.empty()) troubles_.push_back(no_key_ + "; without it, events that are in no segment yet are left out");
    stretch.until = position;
    master_ = std::make_unique<Seal>(TRY(SealKey::random()));  // opens nothing, and nothing is to be opened
  }
  rows_ = std::make_unique<JournalRows>(JournalPlace{env_, folder, *master_}, *reader_, log_sources_, stretch);
  return {};
}

store::CompiledQuery EventSearch::compile(const store::Query& query) const {
  store::Query asked = query;
  if (protection_ != nullptr) KeptWords(*protection_, *taxonomy_).translate(asked);
  return store::compile_query(asked, {.relation = std::string(store::Search::kRelation), .since = options_.since, .until = options_.until});
}

Status EventSearch::run(const store::Query& query, store::SearchVisitor& visitor) { return search_->run(compile(query), visitor); }

Status EventSearch::count(const store::Query& query, store::SearchVisitor& visitor) {
  store::CompiledQuery compiled = compile(query);
  compiled.sql = "SELECT count(*) AS c0 FROM (" + compiled.sql + ")";
  compiled.columns = {{"count", store::ColumnType::kInteger}};
  return search_->run(compiled, visitor);
}

Status EventSearch::run_sql(const std::string& sql, store::SearchVisitor& visitor) { return search_->run_sql(sql, visitor); }

store::RecordCondition EventSearch::within_times(store::RecordCondition condition) const {
  const auto add = [&](const char* bound, TimeUs time) {
    condition.sql += (condition.sql.empty() ? "" : " AND ") + std::string(bound);
    condition.parameters.emplace_back(store::SqlTime{time});
  };
  if (options_.since) add("time >= ?", *options_.since);
  if (options_.until) add("time < ?", *options_.until);
  return condition;
}

Status EventSearch::read_records(store::RecordCondition condition, store::RecordVisitor& visitor) {
  return search_->read_records(within_times(std::move(condition)), visitor);
}

std::vector<std::string> EventSearch::troubles() const {
  std::vector<std::string> all = troubles_;
  for (const journal::Damage& damage : rows_->damage()) {
    all.push_back(fmt::format("{}: segment {}: {}; records {} to {} are left out", options_.data.journal(), damage.segment, damage.what, damage.from,
                              damage.to));
  }
  if (rows_->unnamed() > 0) {
    all.push_back(fmt::format("{}: {} records are left out, since the name of their source is damaged", options_.data.journal(), rows_->unnamed()));
  }
  if (rows_->left() > 0 && !service_runs(env_, options_.data)) {
    all.push_back(fmt::format("{}: {} bytes at its end are no whole frame: damaged, or a write that a crash cut short and that was never acknowledged; they are left out",
                              options_.data.journal(), rows_->left()));
  }
  return all;
}

}  // namespace tocsin
