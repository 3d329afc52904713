// `tocsin scan` without its command line: inputs in, alerts out in order, a summary at the end. Blocks are read in turn,
// processed by as many threads as asked for, and put back in order, so that the output is the same for any number of
// threads. At most kBlocksAheadPerThread blocks per thread are in flight, whatever the size of the input.
//
//   Scan scan(Env::system(), engine, options, writer, sink);
//   Result<ScanSummary> summary = scan.run(files);
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/env.h"
#include "detect/correlate/correlator.h"
#include "pipeline/output.h"
#include "pipeline/worker.h"

namespace tocsin {

struct ScanOptions {
  WorkerOptions worker;
  unsigned threads = 1;
  /// Bytes that the open windows of correlations may take. Beyond it the oldest hits go, and the alerts say so.
  std::size_t correlation_bytes_max = 128u << 20;
  /// Bytes for sorting hits; what is above goes to a scratch file, 512 times as much at most. What does not fit even
  /// there is left out, and all alerts of correlations say so.
  std::size_t hit_bytes_max = 32u << 20;
};

/// How far a scan has come, for a progress display; readable from any thread.
struct ScanProgress {
  std::atomic<std::uint64_t> inputs_done{0}, inputs{0}, bytes{0}, alerts{0};
};

class Scan {
 public:
  static constexpr std::size_t kBlocksAheadPerThread = 4;

  Scan(Env& env, Engine& engine, ScanOptions options, const AlertWriter& writer, ByteSink& sink);

  /// `files` need not be sorted. Fails only if the output cannot be written.
  Result<ScanSummary> run(std::vector<FoundFile> files);
  const ScanProgress& progress() const { return progress_; }

 private:
  struct Ticket {
    std::uint64_t sequence = 0;
    std::uint32_t source = 0;
  };
  struct SourceState {
    std::uint64_t records = 0;           // indexes taken
    std::uint64_t damaged = 0;
    bool by_line = false;                // the damage is in lines
    std::vector<std::string> messages;   // the first few
    bool failed = false;
  };

  /// Reads the next block of the next readable input. False when there are no more.
  bool next_block(Block& block, Ticket& ticket);
  void deliver(BlockResult&& result);
  void emit(BlockResult& result);
  void work(std::unique_ptr<Worker>& worker);
  void describe_damage(const BlockResult& result);
  static std::string damage_in_all(const SourceState& state);
  class CorrelationSink;
  void keep_hits(const BlockResult& result);
  void lose_hits(std::uint64_t count, const Error& why);
  void correlate(ScanSummary& summary);
  void count_correlations(const CorrelatorStats& stats, CorrelationSummary& summary) const;
  void note_losses(ScanSummary& summary) const;
  void add_correlation_alert(const CorrelationAlert& found, ScanSummary& summary);
  void finish_problems(ScanSummary& summary);
  void find_silent(ScanSummary& summary);

  Env& env_;
  Engine& engine_;
  const ScanOptions options_;
  const AlertWriter& writer_;
  std::vector<HitFields> hit_fields_;
  std::vector<FoundFile> files_;
  ScanProgress progress_;
  std::vector<std::unique_ptr<Worker>> workers_;

  std::mutex read_mutex_;                       // guards the reading side:
  std::unique_ptr<BlockReader> reader_;
  std::size_t next_file_ = 0;
  std::uint64_t next_sequence_ = 0;
  std::vector<std::pair<std::uint32_t, Error>> read_errors_;

  std::mutex order_mutex_;                      // guards the writing side:
  std::condition_variable order_moved_;
  std::map<std::uint64_t, BlockResult> waiting_;
  std::uint64_t next_out_ = 0;
  OrderedOutput output_;
  std::uint32_t out_source_ = 0;
  std::uint64_t out_index_ = 0, out_line_ = 0;
  std::vector<SourceState> sources_;
  SortedSpool hits_;
  std::string hit_;
  std::uint64_t hits_lost_ = 0;
  std::string hits_lost_why_;          // the first reason
  std::string line_;
  std::optional<AlertEnrichment> known_;  // of alerts of correlations
};

}  // namespace tocsin
