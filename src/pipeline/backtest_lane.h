// What one thread of a backtest does: records in, alerts counted. Belongs to that thread until it ends.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "pipeline/backtest_rules.h"
#include "pipeline/worker.h"
#include "report/backtest.h"

namespace tocsin {

/// Records on their way from the store to a thread.
struct BacktestBatch {
  struct Record {
    std::uint64_t sequence = 0;
    TimeUs received = kNoTime;
    std::uint32_t source = 0;
    const std::string* source_name = nullptr;
    std::size_t begin = 0, end = 0;  // in `bytes`
  };
  std::uint64_t number = 0;  // its place among the batches
  std::string bytes;
  std::vector<Record> records;
};

class BacktestLane {
 public:
  /// `hit` takes a packed match for correlations.
  BacktestLane(Engine& engine, const BacktestRules& rules, const std::vector<HitFields>& hit_fields, std::function<void(std::string_view)> hit,
               bool wants_lines);

  /// Appends the alerts as lines, if they are wanted.
  void look_at(const BacktestBatch& batch, std::string& lines);
  /// An alert of a correlation, by its place among `tried`.
  void count(std::size_t tried, TimeUs time, const std::vector<AlertEntity>& entities);

  /// By place among `tried`; `card` and `file` are not filled in.
  std::vector<BacktestRule>& rules() { return results_; }
  std::uint64_t damaged() const { return damaged_; }
  std::uint64_t alerts() const { return alerts_; }

 private:
  static constexpr std::uint32_t kNone = UINT32_MAX;
  /// Where the worker writes its alerts: here they are counted instead.
  class Ear : public AlertWriter {
   public:
    explicit Ear(BacktestLane& lane) : lane_(lane) {}
    void write(const Alert& alert, AlertText& out) const override { lane_.hear(alert, out); }

   private:
    BacktestLane& lane_;
  };

  void hear(const Alert& alert, AlertText& out);
  void note(BacktestCounts& counts, const std::string& text);
  void note_matched(BacktestTally& tally, const std::vector<Matched>& matched);
  void compare(const BacktestBatch::Record& record);
  void append_lines(const BacktestBatch::Record& record, std::string& lines) const;

  Engine& engine_;
  const BacktestRules& rules_;
  const std::function<void(std::string_view)> hit_;
  const bool wants_lines_;
  const Ear ear_;
  const std::unique_ptr<AlertWriter> ndjson_;
  std::unordered_map<const RuleCard*, std::uint32_t> places_;    // among `tried`
  std::vector<std::uint32_t> tried_of_card_, other_of_card_;  // the place of a rule that is tried; of the one that a rule in force stands beside
  std::unique_ptr<Worker> worker_;
  std::vector<BacktestRule> results_;
  std::size_t keys_ = 0;
  std::uint64_t damaged_ = 0, alerts_ = 0;
  TimeUs received_ = kNoTime;  // of the record at hand
  Block block_;
  BlockResult result_;
  std::string text_;
};

}  // namespace tocsin
