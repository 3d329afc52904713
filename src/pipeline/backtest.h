// Rules over what is stored: which alerts would there have been? Records come out of an EventSearch and go through the same Worker as in a scan and in
// the stream, so the alerts are exactly those of `tocsin scan` over the same records; an event's source is its sender, its index the number of its
// record. Correlations run at the end over all matches in the order of time, as in a scan. The result does not depend on the number of threads.
//
//   Backtest backtest(env, engine, rules, *search, {.threads = 2});
//   BacktestReport report = backtest.run();
//   if (!report.ended) …                  // cancelled, out of time: what was read until then is reported
//
// Records wait in batches between the search and the threads; at most kBatchesAheadPerThread for each.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/env.h"
#include "base/sorted_spool.h"
#include "pipeline/backtest_lane.h"
#include "pipeline/backtest_rules.h"
#include "pipeline/engine.h"
#include "pipeline/event_search.h"
#include "pipeline/output.h"
#include "report/backtest.h"

namespace tocsin {

struct BacktestOptions {
  unsigned threads = 1;
  /// Receives every alert of the rules that are tried, as `tocsin.alert/1`, in the order of the store; nullptr: nobody asks.
  ByteSink* alerts = nullptr;
  /// Only records that can match are read (prefilter.h): the time it takes differs, nothing else.
  bool prefilter = true;
};

/// Readable from any thread.
struct BacktestProgress {
  std::atomic<std::uint64_t> records{0}, alerts{0};  // records: those that were given to the rules
};

class Backtest {
 public:
  static constexpr std::size_t kBatchesAheadPerThread = 4;

  /// All must outlive it. `rules.set` may have been moved into the engine.
  Backtest(Env& env, Engine& engine, const BacktestRules& rules, EventSearch& search, const BacktestOptions& options);
  ~Backtest();

  /// Once.
  BacktestReport run();
  const BacktestProgress& progress() const { return progress_; }

 private:
  class Feed;
  class CorrelationSink;
  void work(BacktestLane& lane);
  void deliver(std::uint64_t number, std::string_view lines);
  void keep_hit(std::string_view packed);
  void correlate(BacktestLane& lane, BacktestReport& report);
  void fill_report(BacktestReport& report, std::vector<std::unique_ptr<BacktestLane>>& lanes) const;

  Env& env_;
  Engine& engine_;
  const BacktestRules& rules_;
  EventSearch& search_;
  const BacktestOptions options_;
  const std::vector<HitFields> hit_fields_;
  BacktestProgress progress_;
  std::unique_ptr<Feed> feed_;

  std::mutex order_mutex_;  // guards the alerts on their way out:
  std::condition_variable order_moved_;
  std::map<std::uint64_t, std::string> waiting_;
  std::uint64_t next_out_ = 0;
  Status written_;

  std::mutex hits_mutex_;  // guards the matches for correlations:
  SortedSpool hits_;
  std::uint64_t hits_lost_ = 0;
  std::string hits_lost_why_;
};

}  // namespace tocsin
