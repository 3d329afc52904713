#include "pipeline/stream_correlations.h"

#include <algorithm>
#include <cstring>

#include "pipeline/correlation_alert.h"

namespace tocsin {

namespace {

/// Hits are kept for so many of the longest timespan: a window, what a chain of correlations stands on, and the series before.
constexpr std::int64_t kTimespansKept = 4;

void put_number(std::string& out, std::uint64_t number) {
  char bytes[sizeof number];
  std::memcpy(bytes, &number, sizeof number);
  out.append(bytes, sizeof bytes);
}

void put_text(std::string& out, std::string_view text) {
  put_number(out, text.size());
  out.append(text);
}

/// Takes from the front; false where that is not there.
bool take_number(std::string_view& from, std::uint64_t& number) {
  if (from.size() < sizeof number) return false;
  std::memcpy(&number, from.data(), sizeof number);
  from.remove_prefix(sizeof number);
  return true;
}

bool take_text(std::string_view& from, std::string& text) {
  std::uint64_t size = 0;
  if (!take_number(from, size) || from.size() < size) return false;
  text.assign(from.substr(0, size));
  from.remove_prefix(size);
  return true;
}

}  // namespace

StreamCorrelations::StreamCorrelations(Engine& engine, const AlertWriter& writer, const std::vector<HitFields>& hit_fields)
    : engine_(engine),
      writer_(writer),
      unpacker_(engine.rules(), engine.log_sources(), hit_fields),
      correlator_(engine.rules(), {.lateness_us = kLatenessUs, .bytes_max = kBytesMax}) {
  for (const sigma::Correlation& correlation : engine.rules().correlations) kept_us_ = std::max(kept_us_, correlation.timespan_us);
  kept_us_ *= kTimespansKept;
  for (std::uint32_t rule = 0; rule < engine.rules().rules.size(); ++rule) rules_by_id_.emplace(engine.card(rule).id, rule);
}

StreamCorrelations::~StreamCorrelations() = default;

std::uint32_t StreamCorrelations::source_number(std::string_view name) {
  const auto [at, is_new] = source_numbers_.emplace(name, static_cast<std::uint32_t>(sources_.size()));
  if (is_new) sources_.emplace_back(name);
  return at->second;
}

/// As it is written down: rule and source by name, since their numbers are those of this run.
std::string StreamCorrelations::pack(const Hit& hit) const {
  std::string out;
  put_text(out, engine_.card(hit.rule).id);
  put_text(out, sources_[hit.event.source]);
  put_number(out, hit.event.index);
  put_number(out, static_cast<std::uint64_t>(hit.time));
  for (const std::string* const part : {&hit.log_source.product, &hit.log_source.category, &hit.log_source.service}) put_text(out, *part);
  put_number(out, hit.fields.size());
  for (const auto& [name, value] : hit.fields) {
    put_text(out, name);
    put_text(out, value);
  }
  for (const AlertEntity& entity : hit.entities) {
    put_number(out, static_cast<std::uint64_t>(entity.type));
    put_text(out, entity.value);
  }
  return out;
}

/// False if it is of a rule that is not there any more, or is no hit.
bool StreamCorrelations::unpack(std::string_view packed, Hit& hit) {
  std::string rule, source;
  std::uint64_t time = 0, count = 0;
  if (!take_text(packed, rule) || !take_text(packed, source) || !take_number(packed, hit.event.index) || !take_number(packed, time)) return false;
  const auto known = rules_by_id_.find(rule);
  if (known == rules_by_id_.end()) return false;
  hit.rule = known->second;
  hit.event.source = source_number(source);
  hit.time = static_cast<TimeUs>(time);
  for (std::string* const part : {&hit.log_source.product, &hit.log_source.category, &hit.log_source.service}) {
    if (!take_text(packed, *part)) return false;
  }
  if (!take_number(packed, count)) return false;
  for (; count > 0; --count) {
    auto& [name, value] = hit.fields.emplace_back();
    if (!take_text(packed, name) || !take_text(packed, value)) return false;
  }
  while (!packed.empty()) {
    AlertEntity& entity = hit.entities.emplace_back();
    std::uint64_t type = 0;
    if (!take_number(packed, type) || !take_text(packed, entity.value)) return false;
    entity.type = static_cast<EntityType>(type);
  }
  return true;
}

void StreamCorrelations::replay(const std::vector<StoredHit>& hits, TimeUs now) {
  replaying_ = true;
  correlator_.set_clock(now);
  for (const StoredHit& stored : hits) {
    advance(stored.seen, now);
    Hit hit;
    if (unpack(stored.packed, hit) && correlator_.wants(hit.rule)) correlator_.add(std::move(hit), *this);
  }
  replaying_ = false;
}

void StreamCorrelations::add(const PackedHits& hits, std::string_view source, std::uint64_t sequence, TimeUs now) {
  correlator_.set_clock(now);  // later, in a replay: times ahead of it have to be cut off before they are written down
  std::string_view rest = hits.bytes;
  for (std::string_view packed = next_packed_hit(rest); !packed.empty(); packed = next_packed_hit(rest)) {
    Hit hit = unpacker_.unpack(packed);
    hit.event = {source_number(source), sequence};
    if (hit.time != kNoTime) hits_.push_back({hit.time, std::min(seen_, now), pack(hit)});
    correlator_.add(std::move(hit), *this);
  }
}

void StreamCorrelations::advance(TimeUs seen, TimeUs now) {
  if (seen != kNoTime && (seen_ == kNoTime || seen > seen_)) {
    seen_ = seen;
    seen_at_ = now;
  }
  if (seen_ == kNoTime) return;
  correlator_.set_clock(now);
  // Nothing of a later time came since: that time has gone on all the same.
  correlator_.advance(seen_ + std::max<std::int64_t>(0, now - seen_at_), *this);
}

void StreamCorrelations::set_enricher(std::shared_ptr<const enrich::Enricher> enricher, const enrich::HostTable* hosts) {
  known_.reset();
  if (enricher != nullptr) known_.emplace(std::move(enricher), hosts);
}

TimeUs StreamCorrelations::needed_from() const { return seen_ == kNoTime ? kNoTime : seen_ - kLatenessUs - Correlator::kKeptForLateUs - kept_us_; }

void StreamCorrelations::alert(CorrelationAlert found) {
  if (replaying_) return;  // made before the restart, and written down with the hits
  const RuleCard& card = engine_.correlation_card(found.correlation);
  CorrelationText text = write_correlation_alert(engine_, found, 0, writer_, [this](std::uint32_t source) { return std::string_view(sources_[source]); },
                                                known_ ? &*known_ : nullptr);
  while (text.text.ends_with('\n')) text.text.pop_back();
  alerts_.push_back({text.id, text.last.index, found.time, card.id, card.title, card.level, std::move(text.text)});
  if (engine_.rules().shadow.contains(card.id)) alerts_.back().hidden_by = kHiddenByShadow;
}

void StreamCorrelations::take(std::vector<StoredAlert>& alerts, std::vector<StoredHit>& hits) {
  alerts.insert(alerts.end(), std::make_move_iterator(alerts_.begin()), std::make_move_iterator(alerts_.end()));
  hits.insert(hits.end(), std::make_move_iterator(hits_.begin()), std::make_move_iterator(hits_.end()));
  alerts_.clear();
  hits_.clear();
}

}  // namespace tocsin
