// What learning what is usual costs: nanoseconds and bytes of an event, by processor time of one core, the best of several rounds; and how right a table of fingerprints is about what was never seen, beside a count-min
// sketch with conservative update in the same memory (Estan and Varghese 2002), both against a set of everything, on made-up streams whose values are as skewed as those of logs. Nothing here passes or fails.
//
//   bench_baseline [EVENTS.ndjson…]
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <unordered_set>

#include "base/env.h"
#include "base/hash.h"
#include "baseline/baselines.h"
#include "baseline/event_reader.h"
#include "cpu_time.h"
#include "normalize/json.h"
#include "normalize/taxonomy.h"

namespace tocsin::baseline {
namespace {

constexpr int kRounds = 3;

/// Counts that are at least what was counted: four rows, in each a cell of count and time, of which only the smallest are raised. Eight bytes a cell, as many as fit into a SeenValues.
class CountMin {
 public:
  explicit CountMin(std::size_t bytes) : cells_(bytes / sizeof(Cell) / kRows * kRows), width_(cells_.size() / kRows) {}

  float count(std::uint64_t value, std::uint32_t now_s) const {
    float least = INFINITY;
    for (std::size_t row = 0; row < kRows; ++row) least = std::min(least, faded(cells_[place(row, value)], now_s));
    return least;
  }
  void add(std::uint64_t value, std::uint32_t now_s) {
    const float raised = count(value, now_s) + 1;
    for (std::size_t row = 0; row < kRows; ++row) {
      Cell& cell = cells_[place(row, value)];
      cell = {std::max(faded(cell, now_s), raised), std::max(cell.at_s, now_s)};
    }
  }

 private:
  static constexpr std::size_t kRows = 4;
  struct Cell {
    float count = 0;
    std::uint32_t at_s = 0;
  };
  float faded(const Cell& cell, std::uint32_t now_s) const { return fading_.faded(cell.count, cell.at_s, now_s); }
  std::size_t place(std::size_t row, std::uint64_t value) const { return row * width_ + hash_fold(value ^ (row + 1) * 0x9e3779b97f4a7c15ull, 0xd1b54a32d192ed03ull) % width_; }

  std::vector<Cell> cells_;
  const std::size_t width_;
  const HourlyFading fading_{kValueHalfLifeHours};
};

/// Of values by Zipf's law with this exponent, as fingerprints; the same for each seed.
std::vector<std::uint64_t> skewed(std::size_t events, std::size_t values, double exponent) {
  std::vector<double> up_to(values);
  double sum = 0;
  for (std::size_t i = 0; i < values; ++i) up_to[i] = sum += std::pow(static_cast<double>(i + 1), -exponent);
  std::mt19937_64 random(11);
  std::uniform_real_distribution<double> anywhere(0, sum);
  std::vector<std::uint64_t> stream(events);
  for (std::uint64_t& value : stream) value = hash_fold(static_cast<std::uint64_t>(std::ranges::lower_bound(up_to, anywhere(random)) - up_to.begin()) + 1, 0x8bb84b93962eacc9ull) | 1;
  return stream;
}

void compare(std::size_t events, std::size_t values, double exponent) {
  const std::vector<std::uint64_t> stream = skewed(events, values, exponent);
  SeenValues table;
  CountMin sketch(kSeenSets * 64);
  std::unordered_set<std::uint64_t> all;
  std::size_t fresh = 0, table_found = 0, table_wrong = 0, table_unsure = 0, sketch_found = 0, sketch_wrong = 0;
  for (std::size_t i = 0; i < stream.size(); ++i) {
    const std::uint32_t now_s = 1'000'000 + static_cast<std::uint32_t>(i * 30 * 86'400 / stream.size());
    const bool is_new = all.insert(stream[i]).second;
    const SeenValues::Known known = table.find(stream[i], now_s);
    const bool table_new = !known.is_there && now_s - std::max<std::uint32_t>(known.since_s, 1'000'000) >= 86'400, sketch_new = sketch.count(stream[i], now_s) < 0.25F;
    const bool can_tell = now_s >= 1'000'000 + 86'400;
    if (can_tell && is_new) ++fresh, table_found += table_new, sketch_found += sketch_new;
    if (can_tell && !is_new) table_wrong += table_new && known.since_s == 0, sketch_wrong += sketch_new, table_unsure += !known.is_there;
    table.add(stream[i], now_s);
    sketch.add(stream[i], now_s);
  }
  const auto percent = [&](std::size_t part) { return 100.0 * static_cast<double>(part) / static_cast<double>(std::max<std::size_t>(fresh, 1)); };
  fmt::print("{:>10} {:>10} {:>4} {:>10} {:>9.2f} % {:>8} {:>10} {:>9.2f} % {:>8}\n", events, all.size(), exponent, fresh, percent(table_found), table_wrong, table_unsure, percent(sketch_found), sketch_wrong);
  std::fflush(stdout);
}

template <class Structure>
double nanoseconds(const std::vector<std::uint64_t>& stream) {
  std::size_t round = 0;
  Structure structure = [] {
    if constexpr (std::is_same_v<Structure, CountMin>) return CountMin(kSeenSets * 64);
    else return SeenValues();
  }();
  return 1e9 * best_seconds(kRounds, [&] {
           ++round;
           for (const std::uint64_t value : stream) structure.add(value, static_cast<std::uint32_t>(1'000'000 + round));
         }) / static_cast<double>(stream.size());
}

/// Reading and learning of real events, parsed and classified each time, beside parsing and classifying alone.
void measure_events(const std::vector<std::string>& lines) {
  const Result<std::unique_ptr<const Taxonomy>> taxonomy = Taxonomy::load(Taxonomy::shipped());
  Result<BaselineFields> fields = BaselineFields::shipped();
  if (!taxonomy || !fields) return;
  LogSourceTable log_sources;
  PathTable paths(**taxonomy);
  JsonParser json(paths);
  Classifier classifier(**taxonomy, log_sources, paths);
  Baselines baselines(std::move(*fields));
  EventReader reader(baselines.fields(), paths, log_sources);
  Event event;
  Observation seen;
  std::size_t observed = 0;
  const auto pass = [&](bool reads, bool learns) {
    return best_seconds(kRounds, [&] {
      classifier.begin_source("bench", kNoTime);
      observed = 0;
      for (const std::string& line : lines) {
        if (!json.parse(line, event)) continue;
        classifier.classify(event);
        if (reads) reader.read(event, "bench", kNoTime, seen);
        if (learns) baselines.learn(seen);
        observed += seen.field_count;
      }
    });
  };
  const double alone = pass(false, false), with_reading = pass(true, false), with_learning = pass(true, true), count = static_cast<double>(lines.size());
  fmt::print("{} events, {:.1f} fields each: parsed and classified {:.0f} ns, read for baselines {:.0f} ns more, learnt {:.0f} ns more; kept in {} bytes\n", lines.size(), static_cast<double>(observed) / count, 1e9 * alone / count,
             1e9 * (with_reading - alone) / count, 1e9 * (with_learning - with_reading) / count, baselines.packed().size());
}

}  // namespace
}  // namespace tocsin::baseline

int main(int argc, char** argv) {
  using namespace tocsin;
  using namespace tocsin::baseline;
  fmt::print("{:>10} {:>10} {:>4} {:>10} {:>11} {:>8} {:>10} {:>11} {:>8}\n", "events", "values", "skew", "new ones", "table tells", "wrong", "forgot", "sketch", "wrong");
  for (const auto& [events, values, exponent] : {std::tuple<std::size_t, std::size_t, double>{2'000'000, 400'000, 1.1}, {4'000'000, 2'000'000, 1.0}, {6'000'000, 6'000'000, 0.9}, {8'000'000, 20'000'000, 0.7}}) compare(events, values, exponent);
  const std::vector<std::uint64_t> stream = skewed(2'000'000, 500'000, 1.0);
  fmt::print("one value added: table {:.0f} ns, sketch {:.0f} ns\n", nanoseconds<SeenValues>(stream), nanoseconds<CountMin>(stream));
  fmt::print("memory: {} bytes of values\n", kSeenSets * 64);
  std::vector<std::string> lines;
  for (int i = 1; i < argc; ++i) {
    const Result<std::string> text = Env::system().read_file(argv[i], std::size_t{1} << 30);
    if (!text) continue;
    for (std::size_t at = 0, end = 0; (end = text->find('\n', at)) != std::string::npos; at = end + 1) lines.push_back(text->substr(at, end - at));
  }
  if (!lines.empty()) measure_events(lines);
  return 0;
}
