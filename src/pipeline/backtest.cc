#include "pipeline/backtest.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <set>
#include <thread>
#include <unordered_map>

#include "detect/correlate/correlator.h"
#include "pipeline/correlation_alert.h"
#include "pipeline/prefilter.h"

namespace tocsin {

namespace {

/// Enough that a thread is not woken for little, little enough that all threads have something to do.
constexpr std::size_t kBatchBytes = 1u << 20, kBatchRecords = 4'096;
/// Matches for correlations that are held in memory, and what open windows may take; as in a scan.
constexpr std::size_t kHitBytes = 32u << 20, kWindowBytes = 128u << 20;
/// Alerts of correlations that are compared one by one with those of the rules in force.
constexpr std::size_t kComparedMax = 100'000;

}  // namespace

/// Records of the search as batches, for whoever asks first.
class Backtest::Feed : public store::RecordVisitor {
 public:
  Feed(std::size_t ahead, BacktestProgress& progress) : ahead_(ahead), progress_(progress) {}

  bool record(const store::StoredRecord& record) override {
    BacktestBatch::Record& place = batch_.records.emplace_back();
    place.sequence = record.sequence;
    place.received = record.received;
    const auto [source, is_new] = numbers_.try_emplace(std::string(record.source), static_cast<std::uint32_t>(names_.size()));
    if (is_new) names_.emplace_back(record.source);
    place.source = source->second;
    place.source_name = &names_[source->second];
    place.begin = batch_.bytes.size();
    batch_.bytes += record.raw;
    place.end = batch_.bytes.size();
    if (batch_.bytes.size() >= kBatchBytes || batch_.records.size() >= kBatchRecords) hand_on();
    return true;
  }

  void end() {
    if (!batch_.records.empty()) hand_on();
    const std::lock_guard<std::mutex> lock(mutex_);
    ended_ = true;
    moved_.notify_all();
  }

  /// False when there are no more.
  bool next(BacktestBatch& batch) {
    std::unique_lock<std::mutex> lock(mutex_);
    moved_.wait(lock, [&] { return ended_ || !batches_.empty(); });
    if (batches_.empty()) return false;
    batch = std::move(batches_.front());
    batches_.pop_front();
    moved_.notify_all();
    return true;
  }

  std::uint64_t records() const { return records_; }
  /// When reading is over.
  std::string_view source_name(std::uint32_t source) const { return names_[source]; }

 private:
  void hand_on() {
    records_ += batch_.records.size();
    progress_.records = records_;
    batch_.number = batches_made_++;
    std::unique_lock<std::mutex> lock(mutex_);
    moved_.wait(lock, [&] { return batches_.size() < ahead_; });
    batches_.push_back(std::move(batch_));
    batch_ = {};
    moved_.notify_all();
  }

  const std::size_t ahead_;
  BacktestProgress& progress_;
  std::unordered_map<std::string, std::uint32_t> numbers_;
  std::deque<std::string> names_;  // by number; never move
  BacktestBatch batch_;
  std::uint64_t records_ = 0, batches_made_ = 0;

  std::mutex mutex_;  // guards what follows
  std::condition_variable moved_;
  std::deque<BacktestBatch> batches_;
  bool ended_ = false;
};

Backtest::Backtest(Env& env, Engine& engine, const BacktestRules& rules, EventSearch& search, const BacktestOptions& options)
    : env_(env),
      engine_(engine),
      rules_(rules),
      search_(search),
      options_(options),
      hit_fields_(wanted_hit_fields(engine.rules())),
      feed_(std::make_unique<Feed>(kBatchesAheadPerThread * options.threads, progress_)),
      hits_(env_, kHitBytes) {}

Backtest::~Backtest() = default;

void Backtest::work(BacktestLane& lane) {
  BacktestBatch batch;
  std::string lines;
  while (feed_->next(batch)) {
    lines.clear();
    const std::uint64_t before = lane.alerts();
    lane.look_at(batch, lines);
    progress_.alerts += lane.alerts() - before;
    if (options_.alerts != nullptr) deliver(batch.number, lines);
  }
}

/// Whoever holds the next batch in order writes what has become complete. A thread that is too far ahead waits.
void Backtest::deliver(std::uint64_t number, std::string_view lines) {
  std::unique_lock<std::mutex> lock(order_mutex_);
  order_moved_.wait(lock, [&] { return number < next_out_ + kBatchesAheadPerThread * options_.threads; });
  waiting_.emplace(number, lines);
  while (!waiting_.empty() && waiting_.begin()->first == next_out_) {
    if (written_ && !waiting_.begin()->second.empty()) written_ = options_.alerts->write(waiting_.begin()->second);
    waiting_.erase(waiting_.begin());
    ++next_out_;
  }
  order_moved_.notify_all();
}

void Backtest::keep_hit(std::string_view packed) {
  const std::lock_guard<std::mutex> lock(hits_mutex_);
  if (const Status kept = hits_.add(packed); !kept && hits_lost_++ == 0) hits_lost_why_ = kept.error().message;
}

/// Counts the alerts of correlations; those of rules in force beside them.
class Backtest::CorrelationSink : public Correlator::Sink {
 public:
  CorrelationSink(Backtest& backtest, BacktestLane& lane) : backtest_(backtest), lane_(lane), ndjson_(make_ndjson_writer()) {
    const BacktestRules& rules = backtest.rules_;
    for (std::size_t i = 0; i < rules.tried.size(); ++i) {
      place_of_[rules.tried[i]] = {i, true};
      if (rules.other[i]) place_of_[*rules.other[i]] = {i, false};
    }
    found_.resize(rules.tried.size());
  }

  void alert(CorrelationAlert alert) override {
    const auto card = static_cast<std::uint32_t>(backtest_.engine_.rules().rules.size() + alert.correlation);
    const auto place = place_of_.find(card);
    if (place == place_of_.end()) return;
    const auto [tried, is_tried] = place->second;
    const CorrelationText text = write_correlation_alert(backtest_.engine_, alert, backtest_.hits_lost_, *ndjson_,
                                                         [this](std::uint32_t source) { return backtest_.feed_->source_name(source); });
    if (is_tried) {
      lane_.count(tried, alert.time, alert.entities);
      if (backtest_.options_.alerts != nullptr && backtest_.written_) backtest_.written_ = backtest_.options_.alerts->write(text.text);
    } else {
      ++lane_.rules()[tried].other_hits;
    }
    if (backtest_.rules_.other[tried]) remember(tried, is_tried, alert, text.last);
  }

  /// What only one of them has.
  void compare() {
    for (std::size_t i = 0; i < found_.size(); ++i) {
      for (const auto& [events, sides] : found_[i]) {
        const std::string id = fmt::format("{}:{}", backtest_.feed_->source_name(sides.last.source), sides.last.index);
        if (sides.by_tried && !sides.by_other) lane_.rules()[i].added.add(sides.last.index, id);
        if (sides.by_other && !sides.by_tried) lane_.rules()[i].gone.add(sides.last.index, id);
      }
    }
  }
  bool is_full() const { return full_; }

 private:
  struct Sides {
    bool by_tried = false, by_other = false;
    EventRef last;
  };

  void remember(std::size_t tried, bool is_tried, const CorrelationAlert& alert, EventRef last) {
    std::vector<std::pair<std::string_view, std::uint64_t>> events;
    for (const auto& [event, time] : alert.events()) events.emplace_back(backtest_.feed_->source_name(event.source), event.index);
    std::map<std::string, Sides>& known = found_[tried];
    full_ = full_ || known.size() >= kComparedMax;
    if (known.size() >= kComparedMax) return;
    Sides& sides = known[alert_id("", events)];
    (is_tried ? sides.by_tried : sides.by_other) = true;
    sides.last = last;
  }

  Backtest& backtest_;
  BacktestLane& lane_;
  const std::unique_ptr<AlertWriter> ndjson_;
  std::unordered_map<std::uint32_t, std::pair<std::size_t, bool>> place_of_;  // by card
  std::vector<std::map<std::string, Sides>> found_;                           // by the events of an alert
  bool full_ = false;
};

/// Matches are sorted by time first, as in a scan.
void Backtest::correlate(BacktestLane& lane, BacktestReport& report) {
  if (engine_.rules().correlations.empty()) return;
  Correlator correlator(engine_.rules(), {.bytes_max = 2 * kWindowBytes});
  CorrelationSink sink(*this, lane);
  const HitUnpacker unpacker(engine_.rules(), engine_.log_sources(), hit_fields_);
  std::string_view packed;
  while (true) {
    const Result<bool> more = hits_.next(packed);
    if (!more) {
      hits_lost_ += hits_.left();
      hits_lost_why_ = more.error().message;
    }
    if (!more || !*more) break;
    correlator.add_in_order(unpacker.unpack(packed), sink);
  }
  correlator.finish(sink);
  sink.compare();
  if (sink.is_full()) report.notes.push_back(fmt::format("of the alerts of a correlation only the first {} were compared with those of the rule in force", kComparedMax));
  if (hits_lost_ > 0) {
    report.ended = Error{Code::kLimit, fmt::format("{} matches could not be kept for correlations and were left out of them: {}", hits_lost_, hits_lost_why_)};
  }
  std::uint64_t evicted = 0;
  for (const CorrelationStats& one : correlator.stats().correlations) evicted += one.evicted;
  if (evicted > 0) report.ended = Error{Code::kLimit, fmt::format("correlations ran out of memory: {} matches were dropped from their windows", evicted)};
}

void Backtest::fill_report(BacktestReport& report, std::vector<std::unique_ptr<BacktestLane>>& lanes) const {
  const std::size_t rules = engine_.rules().rules.size();
  for (std::size_t i = 0; i < rules_.tried.size(); ++i) {
    const std::uint32_t card = rules_.tried[i];
    BacktestRule& rule = report.rules.emplace_back();
    rule.card = engine_.card(card);
    rule.file = card < rules ? engine_.rules().rules[card].file : engine_.rules().correlations[card - rules].file;
    rule.has_other = rules_.other[i].has_value();
    for (const std::unique_ptr<BacktestLane>& lane : lanes) {
      const BacktestRule& found = lane->rules()[i];
      merge_tally(rule.tally, found.tally);
      rule.other_hits += found.other_hits;
      rule.added.merge(found.added);
      rule.gone.merge(found.gone);
    }
  }
  report.candidates = feed_->records();
  for (const std::unique_ptr<BacktestLane>& lane : lanes) report.damaged += lane->damaged();
}

BacktestReport Backtest::run() {
  std::vector<std::unique_ptr<BacktestLane>> lanes;
  const auto hit = [this](std::string_view packed) { keep_hit(packed); };
  for (unsigned i = 0; i < options_.threads; ++i) {
    lanes.push_back(std::make_unique<BacktestLane>(engine_, rules_, hit_fields_, hit, options_.alerts != nullptr));
  }
  std::vector<std::thread> threads;
  for (const std::unique_ptr<BacktestLane>& lane : lanes) threads.emplace_back([this, &lane] { work(*lane); });
  BacktestReport report;
  std::optional<store::RecordCondition> condition;
  if (options_.prefilter) condition = prefilter_of(engine_.rules(), engine_.taxonomy());
  const Result<std::uint64_t> events = condition ? search_.count_records() : 0;
  const Status read = events ? search_.read_records(condition.value_or(store::RecordCondition()), *feed_) : events.error();
  feed_->end();
  for (std::thread& thread : threads) thread.join();
  correlate(*lanes.front(), report);
  if (!read) report.ended = read;
  if (!written_) report.ended = written_;
  fill_report(report, lanes);
  report.events = condition && read ? *events : report.candidates;
  return report;
}

}  // namespace tocsin
