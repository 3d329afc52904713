// One thread's way from a block to alerts: parse, recognise the log source, match, write. Everything it owns is its own
// (paths, parser arenas, token memory, counters); what is shared is in the Engine. Warm, an event that matches nothing
// allocates nothing.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "baseline/baselines.h"
#include "baseline/event_reader.h"
#include "collect/block.h"
#include "collect/evtx.h"
#include "detect/intel/indicator_matcher.h"
#include "detect/match/matcher.h"
#include "detect/naive/naive.h"
#include "enrich/enricher.h"
#include "enrich/host_learner.h"
#include "event/summary.h"
#include "normalize/context_reader.h"
#include "normalize/json.h"
#include "normalize/taxonomy.h"
#include "normalize/text.h"
#include "pipeline/alert_enrichment.h"
#include "pipeline/block_result.h"
#include "pipeline/engine.h"
#include "pipeline/forced_format.h"
#include "pipeline/packed_hits.h"
#include "report/alert_writer.h"

namespace tocsin {

struct WorkerOptions {
  bool naive = false;
  match::MatcherOptions matcher;
  TimeUs since = kNoTime, until = kNoTime;
  std::uint8_t level_min = 0;
  /// Timestamps without a year are taken for the latest that is not after the time when the file was last written or, where
  /// that is not known (a pipe) or `file_times` is off, not after `reference`. kNoTime: they stay unread.
  TimeUs reference = kNoTime;
  bool file_times = true;
  /// Counts by host, user and minute what alerts are about, for a summary at the end. A service has no end, and no use for them.
  bool tally = true;
  /// Inputs of which somebody said what their lines are.
  std::vector<ForcedFormat> formats = {};
  /// What is known of entities beside the events; nullptr: nothing is looked up.
  std::shared_ptr<const enrich::Enricher> enricher = nullptr;
  /// Which host had an address; nullptr: not known. Outlives the worker.
  const enrich::HostTable* hosts = nullptr;
};

class Worker {
 public:
  Worker(Engine& engine, const WorkerOptions& options, const AlertWriter& writer,
         const std::vector<HitFields>& hit_fields);

  /// `source` is the name alerts give to the input; it must outlive the worker.
  void process(const Block& block, std::string_view source, BlockResult& result);

  /// For rule tests: every event from now on has this log source (none: what is recognised) and this time (kNoTime: its own).
  void set_override(std::optional<LogSource> log_source, TimeUs time);

  /// From the next event on; nullptr: nothing is looked up. `hosts`, if it is given, learns from every event, is asked, and outlives the worker.
  void set_enricher(std::shared_ptr<const enrich::Enricher> enricher, enrich::HostTable* hosts);

  /// For what is stored: from the next event on these are asked for, and alerts are told nothing else of entities. `judge` may take hits away, and say of others what they are, before alerts are made of them.
  using JudgeIndicators = std::function<void(std::vector<intel::IndicatorHit>&)>;
  void ask_for(const intel::IndicatorSet& indicators, JudgeIndicators judge);

  /// From the next event on these learn from every event, and are asked about those that make an alert; nullptr: none. They outlive the worker. Signs of kinds that the engine promotes make alerts by themselves. Set the enricher first: its databases say where
  /// log-ins come from.
  void set_baselines(baseline::Baselines* baselines);
  /// As process(), but baselines learn from the events, and nothing else is done with them.
  void learn(const Block& block, std::string_view source, BlockResult& result);

  /// For explain: calls `visit` when the event with this index in the next block comes by.
  using Watch = std::function<void(const Event&, const PathTable&)>;
  void watch(std::uint64_t local_index, Watch visit);
  /// For normalize: calls `visit` with every event from now on.
  void watch_all(Watch visit);

  const ScanSummary& summary() const { return summary_; }
  std::vector<match::Matcher::Seen> seen() const { return matcher_.seen(); }
  /// Of the event that was looked at last; kNoTime: it has none.
  TimeUs last_time() const { return event_.time; }
  std::uint64_t paths_overflowed() const { return paths_.overflowed(); }

 private:
  void json_lines(const Block& block);
  void json_line(std::string_view line, std::uint64_t line_number);
  void json_pieces(const Block& block);
  void json_event(std::string_view text, bool by_line, std::uint64_t at);
  void evtx(const Block& block);
  void text_lines(const Block& block);
  TimeUs latest_of(const Block& block) const;
  void event(Event& event, std::uint64_t index);
  void observe(const Event& event);
  void place_login();
  void baseline_alerts(const Event& event, std::uint64_t index, int& highest);
  void add_matched_of(const BaselineSign& sign);
  void begin_own_alert(std::uint32_t card, const Event& event, std::uint64_t index);
  void alert(std::uint32_t rule, const Event& event, std::uint64_t index);
  void use_enricher(std::shared_ptr<const enrich::Enricher> enricher, const enrich::HostTable* hosts);
  void look_up(const Event& event);
  void indicator_alerts(const Event& event, std::uint64_t index, int& highest);
  void indicator_alert(std::uint32_t card, const Event& event, std::uint64_t index);
  void add_indicator_facts();
  void write_alert(std::uint32_t card, std::uint64_t index);
  void hit(std::uint32_t rule, const Event& event, std::uint64_t index);
  void damaged(bool by_line, std::uint64_t at, std::string what);
  void gather_entities(const Event& event);
  void count_alert(std::uint32_t rule, TimeUs time);
  void count_event(const Event& event, int highest);

  Engine& engine_;
  const WorkerOptions options_;
  const AlertWriter& writer_;
  const std::vector<HitFields>& hit_fields_;  // by rule
  PathTable paths_;
  JsonParser json_;
  TextParser text_;
  EvtxChunkReader evtx_;
  Classifier classifier_;
  match::Matcher matcher_;
  naive::NaiveMatcher naive_;
  ScanSummary summary_;
  Event event_;
  std::vector<std::uint32_t> rules_;
  Alert alert_;
  std::optional<AlertEnrichment> known_;  // nothing is looked up without
  ContextReader context_;
  std::optional<intel::IndicatorMatcher> indicators_;  // of what known_ has; nothing is asked for without
  std::vector<intel::IndicatorHit> indicator_hits_;
  JudgeIndicators judge_indicators_;
  enrich::HostLearner learner_;
  enrich::HostTable* learnt_ = nullptr;
  baseline::Baselines* baselines_ = nullptr;
  std::optional<baseline::EventReader> baseline_reader_;
  baseline::Observation observed_;
  std::optional<enrich::PlaceMemory> places_;  // without databases nobody knows where log-ins come from
  std::vector<BaselineSign> promoted_;         // of the event, that make an alert
  std::string address_;
  bool learns_only_ = false;
  TimeUs received_ = kNoTime;
  std::string_view source_;
  BlockResult* result_ = nullptr;
  std::optional<LogSourceId> forced_log_source_;
  TimeUs forced_time_ = kNoTime;
  std::uint64_t watched_index_ = 0;
  bool watches_all_ = false;
  Watch watch_;
};

}  // namespace tocsin
