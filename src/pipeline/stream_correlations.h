// Correlations over the stream of a service. Hits wait for their turn by event time (correlator.h), so an alert comes once the time of events has passed by
// the lateness; where nothing comes any more, the wall clock moves that time on. Late hits count against what is still held, and the alert says so.
//
// What survives a restart is the hits: the stream writes them down with the alerts and its position, and replay() builds windows and groups from them
// again, without making the alerts again. A series of matches that goes on for longer than hits are kept counts, after a restart, from there on. One
// thread.
//
//   StreamCorrelations correlations(engine, writer);
//   correlations.replay(TRY(state.hits()), now);
//   correlations.add(result.hits, source, sequence, now);
//   correlations.take(alerts, hits);                     // written down together
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "detect/correlate/correlator.h"
#include "pipeline/alert_enrichment.h"
#include "pipeline/engine.h"
#include "pipeline/packed_hits.h"
#include "report/alert_writer.h"
#include "store/state.h"

namespace tocsin {

class StreamCorrelations : private Correlator::Sink {
 public:
  /// How much later than others an event may come and still take its turn.
  static constexpr std::int64_t kLatenessUs = 30'000'000;
  /// Of hits that wait, and of open windows; the service has half a gigabyte for everything.
  static constexpr std::size_t kBytesMax = 96u << 20;

  /// All must outlive it.
  StreamCorrelations(Engine& engine, const AlertWriter& writer, const std::vector<HitFields>& hit_fields);
  ~StreamCorrelations() override;

  /// What alerts say of their entities from now on; nullptr: nothing.
  void set_enricher(std::shared_ptr<const enrich::Enricher> enricher, const enrich::HostTable* hosts);
  /// Before anything is added: those that were written down, in their order.
  void replay(const std::vector<StoredHit>& hits, TimeUs now);
  /// The hits of one record.
  void add(const PackedHits& hits, std::string_view source, std::uint64_t sequence, TimeUs now);
  /// An event of this time was seen (kNoTime: none), and the wall clock says `now`.
  void advance(TimeUs seen, TimeUs now);

  /// Appends what came since the last call.
  void take(std::vector<StoredAlert>& alerts, std::vector<StoredHit>& hits);
  /// Hits of an earlier time are needed no more; kNoTime: nothing was seen yet.
  TimeUs needed_from() const;

 private:
  void alert(CorrelationAlert alert) override;
  std::uint32_t source_number(std::string_view name);
  std::string pack(const Hit& hit) const;
  bool unpack(std::string_view packed, Hit& hit);

  Engine& engine_;
  const AlertWriter& writer_;
  const HitUnpacker unpacker_;
  Correlator correlator_;
  std::int64_t kept_us_ = 0;
  std::unordered_map<std::string, std::uint32_t> rules_by_id_;
  std::unordered_map<std::string, std::uint32_t> source_numbers_;
  std::vector<std::string> sources_;
  bool replaying_ = false;
  TimeUs seen_ = kNoTime;          // the latest time of an event
  TimeUs seen_at_ = kNoTime;       // when that was, by the wall clock
  std::optional<AlertEnrichment> known_;
  std::vector<StoredAlert> alerts_;
  std::vector<StoredHit> hits_;
};

}  // namespace tocsin
