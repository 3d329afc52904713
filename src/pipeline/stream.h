// Detection as records come in. One thread reads the journal from where the state says it stopped, asks every rule, and writes the
// alerts together with the new place in one transaction: after a crash no alert is lost and none is made twice. An event's
// index is its record's number in the journal, its source the sender's name.
//
// Alerts are those of `tocsin scan` over the same bytes; correlations are judged as stream_correlations.h says.
//
// The rules can be exchanged while it runs (docs/decisions/0016-reload.md): between two records, written down with the first record that the new ones were
// asked about. Correlations go on over hits of rules whose ids are in both sets.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/env.h"
#include "pipeline/alert_protection.h"
#include "pipeline/baseline_memory.h"
#include "pipeline/canary_book.h"
#include "pipeline/clock_skew.h"
#include "pipeline/host_memory.h"
#include "pipeline/journal_intake.h"
#include "pipeline/stream_rules.h"
#include "store/journal_reader.h"
#include "store/state.h"

namespace tocsin {

class Stream {
 public:
  struct Snapshot {
    std::vector<SourceSeen> sources;  // by number
    journal::Sequence position = 0;
    journal::Sequence learnt = 0;  // by baselines once more, of what was looked at before the start: all below
    std::uint64_t alerts = 0;     // since the start
    std::uint64_t indicator_alerts = 0;  // of those, about indicators
    bool has_baselines = false;
    baseline::Baselines::Logins logins;  // since the start
    std::uint64_t signs_held_back = 0;   // alerts of signs that there were too many of, since then
    TimeUs received = kNoTime;    // of the last record that was looked at
    std::string trouble;
  };

  struct Place {
    Env& env;
    const Taxonomy& taxonomy;
    Protection& protection;
    JournalIntake& intake;
    State& state;
    Seal& master;
    std::string data_folder;
    CanaryBook* canaries = nullptr;  // told of canaries that rules find
  };
  /// All must outlive the stream. `baselines`: what learns what is usual; nullptr: nothing does.
  Stream(const Place& place, std::unique_ptr<StreamRules> rules, std::string journal_folder, std::unique_ptr<baseline::Baselines> baselines = nullptr);
  ~Stream();

  /// Begins where the state says. Fails if that cannot be read.
  Status start();
  /// Looks at everything that is safe, then ends.
  void stop();
  Snapshot snapshot() const;

  /// Takes other rules in place of those in use, and waits for that; the first record that they are asked about. kIo if they could not be written down, or
  /// it was cancelled: then the old ones stay. Any thread, one at a time.
  Result<journal::Sequence> exchange(std::unique_ptr<StreamRules> rules, const std::function<bool()>& cancelled);
  /// What alerts of records from the next frame on say of their entities; nullptr: nothing. Any thread.
  void set_enricher(std::shared_ptr<const enrich::Enricher> enricher);
  std::shared_ptr<const enrich::Enricher> enricher() const;
  /// The first record that is asked for these indicators, once alerts of all records before it are in the state; nothing before that, or where others are asked. Any thread.
  std::optional<journal::Sequence> asked_from(const enrich::Enricher* enricher) const;
  /// Lets `look` see the rules in use, which are not exchanged meanwhile. Any thread.
  void with_engine(const std::function<void(const Engine&)>& look) const;
  /// Classes of log sources that were seen so far.
  const LogSourceTable& log_sources() const;

 private:
  class Visitor;
  void run();
  void run_to_the_end();
  Status take_new_rules();
  void take_new_enricher();
  Status recall_hosts();
  void keep_hosts(HostMemory::When when);
  Status recall_baselines();
  void keep_baselines(BaselineMemory::When when);
  Status learn_again();
  void learn_from(const journal::Record& record);
  Status switch_to(StreamRules& rules);
  /// False if there was nothing.
  Result<bool> advance();
  void look_at(journal::Sequence sequence, const journal::Record& record);
  void keep_alerts(const BlockResult& result, journal::Sequence sequence, const std::string& source, const journal::Record& record);
  void keep_canary(journal::Sequence sequence, const journal::Record& record);
  void note_skew(const journal::Record& record);
  void keep_file_mark(std::string_view packed, TimeUs received);
  void keep_poll_mark(std::string_view packed, std::string_view source, TimeUs received);
  Status flush();

  void protect_found();

  Env& env_;
  Protection& protection_;
  JournalIntake& intake_;
  State& state_;
  const std::string folder_;
  Seal& master_;
  CanaryBook* const canaries_;
  AlertProtection alert_protection_;

  mutable std::mutex rules_mutex_;  // held to exchange rules_, and by those of other threads who look at them
  std::unique_ptr<StreamRules> rules_;
  std::unique_ptr<journal::Reader> reader_;
  Block block_;
  BlockResult result_;
  std::vector<StoredAlert> found_;
  std::vector<StoredHit> hits_;
  std::vector<StoredCanary> canaries_found_;
  std::size_t protected_alerts_ = 0, sealed_hits_ = 0;  // of those, from the first on
  std::vector<StoredFileMark> files_;  // the last of each log
  std::vector<StoredPollMark> polls_;  // all, in order
  std::vector<SourceSeen> known_;  // as the state has them from before
  enrich::HostTable hosts_;        // learnt, also before the start
  HostMemory host_memory_;
  const std::unique_ptr<baseline::Baselines> baselines_;  // nullptr: nothing is learnt
  BaselineMemory baseline_memory_;
  journal::Sequence seen_at_start_ = 0;
  journal::Sequence learnt_ = 0;  // by baselines, of what was before the start: all below
  bool learns_again_ = false;     // what is read was looked at before
  std::vector<ClockSkew> skews_;   // by number of source
  journal::Sequence flushed_ = 0;
  std::int64_t flushed_ns_ = 0;

  mutable std::mutex mutex_;  // guards what follows
  std::vector<SourceSeen> sources_;
  Snapshot seen_;
  std::unique_ptr<StreamRules> next_;  // to be taken; once they are, those in use before
  enum class Exchange : std::uint8_t { kNone, kWanted, kUnderWay, kDone } exchange_ = Exchange::kNone;
  std::condition_variable exchanged_;
  std::shared_ptr<const enrich::Enricher> enricher_;  // shared: the stream's thread works with the one before until it has taken it
  bool new_enricher_ = false;
  const enrich::Enricher* taken_ = nullptr;  // the one that is asked, from the following record on
  journal::Sequence taken_from_ = 0;

  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace tocsin
