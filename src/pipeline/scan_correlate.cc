// The last step of a scan: the hits that workers collected go through the correlations, and their alerts into the output.
#include <fmt/format.h>

#include "pipeline/correlation_alert.h"
#include "pipeline/scan.h"

namespace tocsin {

/// Alerts leave memory as they come.
class Scan::CorrelationSink : public Correlator::Sink {
 public:
  CorrelationSink(Scan& scan, ScanSummary& summary) : scan_(scan), summary_(summary) {}
  void alert(CorrelationAlert alert) override { scan_.add_correlation_alert(alert, summary_); }

 private:
  Scan& scan_;
  ScanSummary& summary_;
};

/// Files are read one after another and overlap in time, so hits cannot be correlated as they come. They are sorted by time
/// first, outside memory if they are many.
void Scan::keep_hits(const BlockResult& result) {
  std::string_view hits = result.hits.bytes;
  for (std::string_view packed = next_packed_hit(hits); !packed.empty(); packed = next_packed_hit(hits)) {
    hit_ = packed;
    place_packed_hit(hit_, {result.source, out_index_ + packed_hit_event(packed).index});
    if (const Status kept = hits_.add(hit_); !kept) lose_hits(1, kept.error());
  }
}

void Scan::lose_hits(std::uint64_t count, const Error& why) {
  if (hits_lost_ == 0) hits_lost_why_ = why.message;
  hits_lost_ += count;
}

void Scan::add_correlation_alert(const CorrelationAlert& found, ScanSummary& summary) {
  const RuleCard& card = engine_.correlation_card(found.correlation);
  if (card.level_rank < options_.worker.level_min) return;
  const CorrelationText text = write_correlation_alert(
      engine_, found, hits_lost_, writer_, [this](std::uint32_t source) { return std::string_view(files_[source].source); }, known_ ? &*known_ : nullptr);
  const auto index = static_cast<std::uint32_t>(engine_.rules().rules.size() + found.correlation);
  output_.add_late({text.last.source, engine_.rank(index), text.last.index}, text.text);
  ++summary.alerts;
  ++summary.by_level.counts[card.level_rank];
  RuleTally& tally = summary.by_rule[index];
  ++tally.alerts;
  if (tally.first == kNoTime || found.time < tally.first) tally.first = found.time;
  if (tally.last == kNoTime || found.time > tally.last) tally.last = found.time;
  constexpr std::int64_t kMinuteUs = 60'000'000;
  const std::int64_t minute = found.time / kMinuteUs;
  if (summary.by_minute.size() < ScanSummary::kKeysMax || summary.by_minute.contains(minute)) {
    ++summary.by_minute[minute].counts[card.level_rank];
  } else {
    ++summary.keys_lost;
  }
  for (const AlertEntity& entity : found.entities) {
    if (entity.type == EntityType::kHost) summary.add_key(summary.hosts, entity.value, card.level_rank);
    if (entity.type == EntityType::kUser) summary.add_key(summary.users, entity.value, card.level_rank);
  }
  if (!known_) return;
  Alert places;
  places.time = found.time;
  places.entities = found.entities;
  known_->enrich(places);
  summary.add_places(places.enrichments, card.level_rank);
}

void Scan::correlate(ScanSummary& summary) {
  const sigma::RuleSet& set = engine_.rules();
  if (set.correlations.empty()) return;
  // Half of what a correlator may take is for hits that wait, and here none does.
  Correlator correlator(set, {.bytes_max = 2 * options_.correlation_bytes_max});
  CorrelationSink sink(*this, summary);
  const HitUnpacker unpacker(set, engine_.log_sources(), hit_fields_);
  std::string_view packed;
  while (true) {
    const Result<bool> more = hits_.next(packed);
    if (!more) lose_hits(hits_.left(), more.error());
    if (!more || !*more) break;
    correlator.add_in_order(unpacker.unpack(packed), sink);
  }
  correlator.finish(sink);
  count_correlations(correlator.stats(), summary.correlations);
  note_losses(summary);
}

void Scan::count_correlations(const CorrelatorStats& stats, CorrelationSummary& summary) const {
  summary.hits = stats.hits + hits_lost_;
  summary.lost = hits_lost_;
  summary.unplaced = stats.unplaced;
  summary.late = stats.late;
  summary.early = stats.early;
  for (std::uint32_t i = 0; i < stats.correlations.size(); ++i) {
    const CorrelationStats& one = stats.correlations[i];
    const auto card = static_cast<std::uint32_t>(engine_.rules().rules.size() + i);
    summary.ungrouped.add(one.ungrouped, card);
    summary.without_value.add(one.without_value, card);
    summary.not_numeric.add(one.not_numeric, card);
    summary.late_unused.add(one.late_unused, card);
    summary.evicted.add(one.evicted, card);
    summary.folded.add(one.folded, card);
  }
}

/// What was lost is told on standard error too, for those who do not see the table.
void Scan::note_losses(ScanSummary& summary) const {
  const CorrelationSummary& lost = summary.correlations;
  if (lost.unplaced > 0) {
    summary.notes.push_back(fmt::format("{} matches that correlations ask for carry no time and were left out of them", lost.unplaced));
  }
  if (lost.lost > 0) {
    summary.notes.push_back(fmt::format("{} matches could not be kept for correlations and were left out of them: {}", lost.lost,
                                        hits_lost_why_));
  }
  if (lost.evicted.count > 0) {
    summary.notes.push_back(fmt::format("correlations ran out of memory: {} matches were dropped from their windows", lost.evicted.count));
  }
}

}  // namespace tocsin
