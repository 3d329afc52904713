#include "pipeline/worker.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/text.h"

namespace tocsin {

namespace {

/// More than this is noise in an alert, and a hostile event must not make one grow.
constexpr std::size_t kEntitiesMax = 32, kEntityBytesMax = 1024;

/// What products write where there is nothing to say.
bool says_nothing(std::string_view text) {
  return text.empty() || text == "-" || text == "N/A" || text == "0.0.0.0" || text == "::" || text == "S-1-0-0";
}

/// Pieces of a line that holds an array or Records.
class LinePieces : public JsonSplitter::Visitor {
 public:
  void event(std::size_t from, std::size_t size) override {
    pieces.push_back({static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(size), nullptr, true});
  }
  void damage(std::size_t at, const char* what, bool counts) override {
    pieces.push_back({static_cast<std::uint32_t>(at), 0, what, counts});
  }
  std::vector<Piece> pieces;
};

}  // namespace

Worker::Worker(Engine& engine, const WorkerOptions& options, const AlertWriter& writer,
               const std::vector<HitFields>& hit_fields)
    : engine_(engine),
      options_(options),
      writer_(writer),
      hit_fields_(hit_fields),
      paths_(engine.taxonomy()),
      json_(paths_),
      text_(paths_, &engine.taxonomy().formats()),
      evtx_(paths_),
      classifier_(engine.taxonomy(), engine.log_sources(), paths_),
      matcher_(engine.planner(), paths_, options.matcher),
      naive_(engine.rules(), engine.log_sources()),
      context_(engine.taxonomy(), engine.log_sources(), paths_),
      learner_(paths_) {
  summary_.by_rule.resize(engine.all_card_count());
  alert_.events.resize(1);
  use_enricher(options.enricher, options.hosts);
}

void Worker::use_enricher(std::shared_ptr<const enrich::Enricher> enricher, const enrich::HostTable* hosts) {
  indicators_.reset();
  known_.reset();
  places_.reset();
  if (enricher == nullptr) return;
  if (enricher->has_databases()) places_.emplace(enricher);
  known_.emplace(std::move(enricher), hosts);
  if (known_->enricher().indicators().alerts()) indicators_.emplace(known_->enricher().indicators(), paths_);
}

void Worker::set_enricher(std::shared_ptr<const enrich::Enricher> enricher, enrich::HostTable* hosts) {
  alert_.enrichments.clear();  // nobody else would
  learnt_ = hosts;
  use_enricher(std::move(enricher), hosts);
}

void Worker::ask_for(const intel::IndicatorSet& indicators, JudgeIndicators judge) {
  use_enricher(nullptr, nullptr);
  indicators_.emplace(indicators, paths_);
  judge_indicators_ = std::move(judge);
}

void Worker::learn(const Block& block, std::string_view source, BlockResult& result) {
  learns_only_ = true;
  process(block, source, result);
  learns_only_ = false;
}

void Worker::process(const Block& block, std::string_view source, BlockResult& result) {
  result.clear();
  result_ = &result;
  source_ = source;
  received_ = latest_of(block);
  classifier_.begin_source(source, latest_of(block));
  summary_.bytes += block.size;
  switch (block.format) {
    case Format::kJsonLines: json_lines(block); break;
    case Format::kJsonDocument: json_pieces(block); break;
    case Format::kEvtx: evtx(block); break;
    case Format::kText: text_lines(block); break;
  }
}

/// When what is in it was written at the latest.
TimeUs Worker::latest_of(const Block& block) const {
  const bool known = options_.file_times && block.modified_us != kNoTime;
  return known ? block.modified_us : options_.reference;
}

void Worker::damaged(bool by_line, std::uint64_t at, std::string what) {
  ++result_->damaged;
  ++summary_.damaged;
  if (result_->damage.size() < BlockResult::kDamageShownMax) result_->damage.push_back({by_line, at, std::move(what)});
}

void Worker::json_event(std::string_view text, bool by_line, std::uint64_t at) {
  const std::uint64_t index = result_->events++;
  const Status status = json_.parse(text, event_);
  if (status) {
    event(event_, index);
  } else {
    damaged(by_line, at, status.error().message);
  }
}

void Worker::json_line(std::string_view line, std::uint64_t line_number) {
  const std::size_t records = records_array_at(line);
  const bool plain = line.front() == '{' && (records == 0 || records == std::string_view::npos);
  if (plain) return json_event(line, true, line_number);
  if (line.front() != '[' && line.front() != '{') {
    ++result_->events;
    return damaged(true, line_number, "not a JSON object");
  }
  JsonSplitter splitter;
  LinePieces pieces;
  splitter.split(line, true, pieces);
  for (const Piece& piece : pieces.pieces) {
    if (piece.damage == nullptr) {
      json_event(line.substr(piece.from, piece.size), true, line_number);
    } else {
      if (piece.counts) ++result_->events;
      damaged(true, line_number, piece.damage);
    }
  }
}

void Worker::json_lines(const Block& block) {
  const char* at = block.bytes.data();
  const char* const end = at + block.size;
  while (at < end) {
    const void* newline = std::memchr(at, '\n', static_cast<std::size_t>(end - at));
    const char* const stop = newline == nullptr ? end : static_cast<const char*>(newline);
    ++result_->lines;
    std::string_view line(at, static_cast<std::size_t>(stop - at));
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
    while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
    if (!line.empty()) json_line(line, result_->lines);
    at = stop + 1;
  }
}

void Worker::json_pieces(const Block& block) {
  for (const Piece& piece : block.pieces) {
    if (piece.damage == nullptr) {
      json_event(block.text().substr(piece.from, piece.size), false, piece.from);
    } else {
      if (piece.counts) ++result_->events;
      damaged(false, piece.from, piece.damage);
    }
  }
}

void Worker::evtx(const Block& block) {
  const EvtxChunkStats stats = evtx_.read({block.bytes.data(), block.size}, [&](const EvtxRecord& record, Event& event) {
    const std::uint64_t index = result_->events++;
    if (record.damage != nullptr) damaged(false, record.damage_offset, record.damage);
    this->event(event, index);
  });
  // A checksum that does not fit is usual in logs copied from a running machine, and no loss while every record reads.
  const bool lost = stats.skipped_bytes > 0 || stats.truncated || !stats.magic_ok;
  if (lost && stats.damaged == 0 && stats.damage != nullptr) damaged(false, stats.damage_offset, stats.damage);
}

void Worker::text_lines(const Block& block) {
  text_.force(forced_format(options_.formats, source_));
  text_.begin_file(latest_of(block), block.fields_line);
  result_->events += text_.parse(block.text(), [&](Event& event, std::uint64_t index) { this->event(event, index); });
  result_->lines += static_cast<std::uint64_t>(std::ranges::count(block.text(), '\n'));
}

void Worker::event(Event& event, std::uint64_t index) {
  classifier_.classify(event);
  if (forced_log_source_) event.log_source = *forced_log_source_;
  if (forced_time_ != kNoTime) event.time = forced_time_;
  if (baselines_ != nullptr) observe(event);
  if (learns_only_) return baselines_->learn(observed_);
  if (learnt_ != nullptr) learner_.see(event, source_, *learnt_);
  if (watch_ && (watches_all_ || index == watched_index_)) watch_(event, paths_);
  if (event.time != kNoTime) {
    const bool outside = (options_.since != kNoTime && event.time < options_.since) ||
                         (options_.until != kNoTime && event.time > options_.until);
    if (outside) {
      ++summary_.events_outside;
      ++summary_.events;
      return;
    }
  }
  if (indicators_) indicators_->collect(event);
  if (options_.naive) {
    naive_.match(event, paths_, rules_);
  } else {
    matcher_.match(event, rules_);
  }
  if (indicators_) indicators_->match(event, indicator_hits_);
  if (judge_indicators_ && !indicator_hits_.empty()) judge_indicators_(indicator_hits_);
  int highest = -1;
  if (!rules_.empty() || !indicator_hits_.empty() || !promoted_.empty()) [[unlikely]] {
    std::ranges::sort(rules_, {}, [&](std::uint32_t rule) { return engine_.rank(rule); });
    look_up(event);
    bool has_context = false;
    for (const std::uint32_t rule : rules_) {
      if (hit_fields_[rule].wanted) hit(rule, event, index);
      const RuleCard& card = engine_.card(rule);
      if (!engine_.rules().rules[rule].reported || card.level_rank < options_.level_min) continue;
      highest = std::max(highest, static_cast<int>(card.level_rank));
      if (!std::exchange(has_context, true)) context_.read(event, alert_.context);
      alert(rule, event, index);
    }
    if (!indicator_hits_.empty()) {
      if (!std::exchange(has_context, true)) context_.read(event, alert_.context);
      indicator_alerts(event, index, highest);
    }
    if (!promoted_.empty()) {
      if (!std::exchange(has_context, true)) context_.read(event, alert_.context);
      baseline_alerts(event, index, highest);
    }
  }
  if (baselines_ != nullptr) baselines_->learn(observed_);
  count_event(event, highest);
}

/// What alerts about this event say of its entities, and of what was unusual.
void Worker::look_up(const Event& event) {
  gather_entities(event);
  alert_.time = event.time;
  if (judge_indicators_) alert_.enrichments.clear();
  if (known_) known_->enrich(alert_);
  if (baselines_ == nullptr) return;
  alert_.baseline.clear();
  baselines_->ask(observed_, alert_.baseline);
}

void Worker::watch(std::uint64_t local_index, Watch visit) {
  watched_index_ = local_index;
  watch_ = std::move(visit);
}

void Worker::watch_all(Watch visit) {
  watches_all_ = true;
  watch_ = std::move(visit);
}

void Worker::set_override(std::optional<LogSource> log_source, TimeUs time) {
  forced_log_source_.reset();
  if (log_source) forced_log_source_ = engine_.log_sources().intern({{*log_source}, {}});
  forced_time_ = time;
}

void Worker::count_event(const Event& event, int highest) {
  ++summary_.events;
  if (event.log_source == LogSourceTable::kUnknown) ++summary_.events_unrecognised;
  if (highest >= 0) ++summary_.events_by_level.counts[static_cast<std::size_t>(highest)];
  if (event.time == kNoTime) {
    ++summary_.events_without_time;
    return;
  }
  if (summary_.first == kNoTime || event.time < summary_.first) summary_.first = event.time;
  if (summary_.last == kNoTime || event.time > summary_.last) summary_.last = event.time;
}

/// Distinct, in order of type and value, so that an event gives the same list in whatever order its fields stand.
void Worker::gather_entities(const Event& event) {
  alert_.entities.clear();
  for (const Value& value : event.values) {
    const EntityType type = paths_.meaning(value.path).entity;
    if (type == EntityType::kNone || value.kind == ValueKind::kNull || value.size > kEntityBytesMax) continue;
    if (value.derived) continue;  // says in other words what is an entity already
    if (alert_.entities.size() >= kEntitiesMax) break;
    AlertEntity entity{type, {}};
    append_value_text(entity.value, value);
    if (!says_nothing(entity.value)) alert_.entities.push_back(std::move(entity));
  }
  std::ranges::sort(alert_.entities);
  alert_.entities.erase(std::unique(alert_.entities.begin(), alert_.entities.end()), alert_.entities.end());
}

void Worker::alert(std::uint32_t rule, const Event& event, std::uint64_t index) {
  alert_.rule = &engine_.card(rule);
  alert_.time = event.time;
  const LogSource* source = engine_.log_sources().get(event.log_source).fits(engine_.rules().rules[rule].log_source);
  alert_.events.front() = {source_, index, event.time, source == nullptr ? LogSource{} : *source};
  if (options_.naive) {
    naive_.matched(rule, event, paths_, alert_.matched);
  } else {
    matcher_.matched(rule, alert_.matched);
  }
  write_alert(rule, index);
}

void Worker::write_alert(std::uint32_t card, std::uint64_t index) {
  writer_.write(alert_, result_->text);
  result_->alerts.push_back({card, index, result_->text.text.size(), result_->text.holes.size(), alert_.time});
  if (options_.tally) count_alert(card, alert_.time);
}

/// What was found of values that are no entity, or of more than an alert names, is told all the same.
void Worker::add_indicator_facts() {
  for (const intel::IndicatorHit& hit : indicator_hits_) {
    if (alert_.enrichments.size() >= kEnrichmentsMax) return;
    const std::string entry = hit.found.value(), reference = hit.found.reference();
    const auto is_told = [&](const Enrichment& one) {
      const ReputationFact* const other = std::get_if<ReputationFact>(&one.fact);
      return other != nullptr && other->list == hit.found.source_name() && other->entry == entry && other->reference == reference;
    };
    if (std::ranges::any_of(alert_.enrichments, is_told)) continue;
    Enrichment fact = enrich::fact_of(hit.found);
    fact.type = entity_of(hit.found.kind);
    // A field that is no entity has more in it than what is meant.
    if (paths_.meaning(hit.value.path).entity == EntityType::kNone && !hit.found.hidden) {
      fact.value = entry;
    } else {
      append_value_text(fact.value, hit.value);
    }
    alert_.enrichments.push_back(std::move(fact));
  }
}

/// One for each kind of indicator that the event names, of the level of the surest.
void Worker::indicator_alerts(const Event& event, std::uint64_t index, int& highest) {
  add_indicator_facts();
  std::vector<std::uint32_t> cards;
  for (const intel::IndicatorHit& hit : indicator_hits_) {
    const std::uint32_t card = engine_.indicator_card(hit.found.kind, hit.found.score());
    const auto same = std::ranges::find(cards, engine_.card(card).id, [&](std::uint32_t other) -> const std::string& { return engine_.card(other).id; });
    if (same == cards.end()) {
      cards.push_back(card);
    } else {
      *same = std::max(*same, card);
    }
  }
  for (const std::uint32_t card : cards) {
    const std::uint8_t rank = engine_.card(card).level_rank;
    if (rank < options_.level_min) continue;
    highest = std::max(highest, static_cast<int>(rank));
    indicator_alert(card, event, index);
  }
}

/// One that is of no rule: of the first of the event's log sources.
void Worker::begin_own_alert(std::uint32_t card, const Event& event, std::uint64_t index) {
  alert_.rule = &engine_.card(card);
  const LogSourceClass& log_source = engine_.log_sources().get(event.log_source);
  alert_.events.front() = {source_, index, event.time, log_source.sources.empty() ? LogSource{} : log_source.sources.front()};
  alert_.matched.clear();
}

void Worker::indicator_alert(std::uint32_t card, const Event& event, std::uint64_t index) {
  static const std::vector<std::string> kNoModifiers;
  begin_own_alert(card, event, index);
  std::vector<std::string> values(indicator_hits_.size());  // that the patterns point at
  for (std::size_t i = 0; i < indicator_hits_.size(); ++i) {
    const intel::IndicatorHit& hit = indicator_hits_[i];
    if (engine_.card(engine_.indicator_card(hit.found.kind, std::nullopt)).id != alert_.rule->id) continue;
    values[i] = hit.found.value();
    const std::vector<std::string>& names = paths_.meaning(hit.value.path).names;
    alert_.matched.push_back({hit.found.source_name(), names.empty() ? std::string_view(paths_.name(hit.value.path)) : std::string_view(names.front()), &kNoModifiers, hit.found.hidden ? std::string_view() : std::string_view(values[i]), hit.value});
  }
  write_alert(card, index);
  alert_.matched.clear();
}

void Worker::count_alert(std::uint32_t rule, TimeUs time) {
  const std::size_t level = alert_.rule->level_rank;
  ++summary_.alerts;
  ++summary_.by_level.counts[level];
  RuleTally& tally = summary_.by_rule[rule];
  ++tally.alerts;
  if (time != kNoTime) {
    if (tally.first == kNoTime || time < tally.first) tally.first = time;
    if (tally.last == kNoTime || time > tally.last) tally.last = time;
    constexpr std::int64_t kMinuteUs = 60'000'000;
    const std::int64_t minute = time / kMinuteUs;
    if (summary_.by_minute.size() < ScanSummary::kKeysMax || summary_.by_minute.contains(minute)) {
      ++summary_.by_minute[minute].counts[level];
    } else {
      ++summary_.keys_lost;
    }
  }
  for (const AlertEntity& entity : alert_.entities) {
    if (entity.type == EntityType::kHost) summary_.add_key(summary_.hosts, entity.value, level);
    if (entity.type == EntityType::kUser) summary_.add_key(summary_.users, entity.value, level);
  }
  summary_.add_places(alert_.enrichments, level);
}

void Worker::hit(std::uint32_t rule, const Event& event, std::uint64_t index) {
  HitPacker hit(result_->hits, rule, index, event.time, event.log_source);
  const std::vector<std::string>& wanted = hit_fields_[rule].fields;
  const LogSourceClass& log_source = engine_.log_sources().get(event.log_source);
  const auto add = [&](const std::string& name, const Value& value) {
    const auto at = std::ranges::lower_bound(wanted, name);
    if (at != wanted.end() && *at == name) hit.field(static_cast<std::uint32_t>(at - wanted.begin()), value);
  };
  for (const Value& value : event.values) {
    if (value.kind == ValueKind::kNull) continue;
    const std::vector<std::string>& names = paths_.meaning(value.path).names;
    for (const std::string& name : names) add(name, value);
    for (const auto& [rule_name, event_name] : log_source.aliases) {
      if (std::ranges::find(names, event_name) != names.end()) add(rule_name, value);
    }
  }
  for (const AlertEntity& entity : alert_.entities) hit.entity(entity);
}

}  // namespace tocsin
