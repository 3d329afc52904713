#include "pipeline/backtest_lane.h"

#include <fmt/format.h>

#include <algorithm>

#include "pipeline/packed_hits.h"
#include "pipeline/record_reader.h"

namespace tocsin {

namespace {

constexpr TimeUs kDayUs = 86'400'000'000;

std::int64_t day_of(TimeUs time) { return time >= 0 ? time / kDayUs : (time - kDayUs + 1) / kDayUs; }

/// Not in the middle of a character.
std::string_view beginning(std::string_view text) {
  if (text.size() <= kBacktestValueBytesMax) return text;
  std::size_t end = kBacktestValueBytesMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end);
}

}  // namespace

BacktestLane::BacktestLane(Engine& engine, const BacktestRules& rules, const std::vector<HitFields>& hit_fields,
                           std::function<void(std::string_view)> hit, bool wants_lines)
    : engine_(engine),
      rules_(rules),
      hit_(std::move(hit)),
      wants_lines_(wants_lines),
      ear_(*this),
      ndjson_(make_ndjson_writer()),
      tried_of_card_(engine.card_count(), kNone),
      other_of_card_(engine.card_count(), kNone),
      results_(rules.tried.size()) {
  for (std::uint32_t i = 0; i < rules.tried.size(); ++i) {
    places_.emplace(&engine.card(rules.tried[i]), i);
    tried_of_card_[rules.tried[i]] = i;
    if (rules.other[i]) other_of_card_[*rules.other[i]] = i;
  }
  WorkerOptions options;
  options.file_times = true;
  worker_ = std::make_unique<Worker>(engine, options, ear_, hit_fields);
}

void BacktestLane::look_at(const BacktestBatch& batch, std::string& lines) {
  for (const BacktestBatch::Record& record : batch.records) {
    put_record(std::string_view(batch.bytes).substr(record.begin, record.end - record.begin), record.received, block_);
    received_ = record.received;
    worker_->process(block_, *record.source_name, result_);
    if (result_.damaged > 0) ++damaged_;
    if (!result_.alerts.empty()) {
      compare(record);
      if (wants_lines_) append_lines(record, lines);
    }
    std::string_view hits = result_.hits.bytes;
    for (std::string_view packed = next_packed_hit(hits); !packed.empty(); packed = next_packed_hit(hits)) {
      text_ = packed;
      place_packed_hit(text_, {record.source, record.sequence});
      hit_(text_);
    }
  }
}

/// Alerts of rules in force leave no text.
void BacktestLane::hear(const Alert& alert, AlertText& out) {
  const auto place = places_.find(alert.rule);
  if (place == places_.end()) return;
  count(place->second, alert.time == kNoTime ? received_ : alert.time, alert.entities);
  note_matched(results_[place->second].tally, alert.matched);
  if (wants_lines_) ndjson_->write(alert, out);
}

void BacktestLane::count(std::size_t tried, TimeUs time, const std::vector<AlertEntity>& entities) {
  BacktestTally& tally = results_[tried].tally;
  ++tally.hits;
  ++alerts_;
  if (tally.first == kNoTime || time < tally.first) tally.first = time;
  if (tally.last == kNoTime || time > tally.last) tally.last = time;
  const std::int64_t day = day_of(time);
  const bool room = keys_ < kBacktestKeysMax || tally.days.contains(day);
  if (!room) ++tally.days_lost;
  if (room && ++tally.days[day] == 1) ++keys_;
  for (const AlertEntity& entity : entities) {
    if (entity.type == EntityType::kHost) note(tally.hosts, entity.value);
    if (entity.type == EntityType::kUser) note(tally.users, entity.value);
  }
}

void BacktestLane::note(BacktestCounts& counts, const std::string& text) {
  const auto known = counts.counts.find(text);
  if (known != counts.counts.end()) {
    ++known->second;
  } else if (keys_ < kBacktestKeysMax) {
    counts.counts.emplace(text, 1);
    ++keys_;
  } else {
    ++counts.lost;
  }
}

void BacktestLane::note_matched(BacktestTally& tally, const std::vector<Matched>& matched) {
  for (const Matched& one : matched) {
    if (one.value.kind == ValueKind::kNull) continue;  // it asked for what is not there
    text_.clear();
    append_value_text(text_, one.value);
    note(tally.values, fmt::format("{}: {}", one.field.empty() ? "(any field)" : one.field, beginning(text_)));
  }
}

/// An event's alerts of the rules that are tried beside those of the rules in force.
void BacktestLane::compare(const BacktestBatch::Record& record) {
  const auto has = [&](std::uint32_t card) { return std::ranges::find(result_.alerts, card, &PendingAlert::card) != result_.alerts.end(); };
  const auto id = [&] { return fmt::format("{}:{}", *record.source_name, record.sequence); };
  for (const PendingAlert& alert : result_.alerts) {
    if (const std::uint32_t tried = tried_of_card_[alert.card]; tried != kNone) {
      const std::optional<std::uint32_t>& other = rules_.other[tried];
      if (other && !has(*other)) results_[tried].added.add(record.sequence, id());
    } else if (const std::uint32_t beside = other_of_card_[alert.card]; beside != kNone) {
      ++results_[beside].other_hits;
      if (!has(rules_.tried[beside])) results_[beside].gone.add(record.sequence, id());
    }
  }
}

/// In the order of the worker's result, which is that of the rules' ids.
void BacktestLane::append_lines(const BacktestBatch::Record& record, std::string& lines) const {
  std::size_t text_at = 0, hole = 0;
  for (const PendingAlert& alert : result_.alerts) {
    for (; hole < alert.holes_end; ++hole) {
      const AlertText::Hole& place = result_.text.holes[hole];
      lines.append(result_.text.text, text_at, place.at - text_at);
      text_at = place.at;
      lines += place.kind == AlertText::Hole::Kind::kId ? alert_id(engine_.card(alert.card).id, {{*record.source_name, record.sequence}})
                                                        : std::to_string(record.sequence);
    }
    lines.append(result_.text.text, text_at, alert.text_end - text_at);
    text_at = alert.text_end;
  }
}

}  // namespace tocsin
