// How well do baselines find what is odd? Beats among made-up connections, odd hours in made-up series (hourly_series.h), and hours of attack in the alerts of the AIT Alert Data Set, each by several detectors, the simple ones too. Made-up things follow from constant
// seeds, so the figures are the same every time. Nothing here passes or fails. docs/baselines-evaluation.md has the tables.
//
//   bench_baselines [FOLDER]     # $TOCSIN_DATA/ait-alerts; without it, only what is made up
#include <fmt/format.h>

#include <array>
#include <map>
#include <set>

#include "../tests/conformance/ait_scenarios.h"
#include "baseline/beacon.h"
#include "cpu_time.h"
#include "hourly_detectors.h"
#include "hourly_series.h"

namespace tocsin::baseline {
namespace {

// -- odd hours

/// What one detector said: every hour that is not odd, and of every odd stretch the highest and when the bar was passed.
struct Scores {
  struct Found {
    std::vector<double> hours;  // from the beginning of the stretch
  };
  std::vector<double> quiet;
  std::vector<Found> odd;
};

void score_series(const Series& series, int from, HourlyDetector& detector, Scores& scores) {
  std::size_t next = 0;
  for (int hour = 0; hour < static_cast<int>(series.hours.size()); ++hour) {
    const std::vector<double>& numbers = series.hours[static_cast<std::size_t>(hour)];
    const double score = detector.score(hour, numbers);
    detector.learn(hour, numbers);
    while (next < series.odd.size() && hour >= series.odd[next].until) ++next;
    if (hour < from) continue;
    if (next == series.odd.size() || hour < series.odd[next].from) {
      scores.quiet.push_back(score);
    } else if (hour < series.odd[next].to) {
      if (hour == std::max(from, series.odd[next].from)) scores.odd.emplace_back();
      if (!scores.odd.empty()) scores.odd.back().hours.push_back(score);
    }
  }
}

struct Figures {
  double average_precision = 0, recall = 0, delay_hours = 0, bar = 0;
};

/// Average precision of stretches, by their highest hour, among hours. Recall, and the mean of hours to the first alarm, at the bar that as many quiet hours pass as there are weeks of them.
Figures figures_of(const Scores& scores) {
  std::vector<std::pair<double, std::uint8_t>> all;
  for (const double one : scores.quiet) all.emplace_back(one, 0);
  for (const auto& one : scores.odd) all.emplace_back(*std::ranges::max_element(one.hours), 1);
  std::vector<double> sorted = scores.quiet;
  std::ranges::sort(sorted, std::greater<>());
  const double bar = sorted[sorted.size() / 168];
  Figures figures{.average_precision = analyze::average_precision(all), .bar = bar};
  double found = 0, late = 0;
  for (const auto& one : scores.odd) {
    const auto first = std::ranges::find_if(one.hours, [&](double score) { return score > bar; });
    if (first == one.hours.end()) continue;
    ++found;
    late += static_cast<double>(first - one.hours.begin());
  }
  figures.recall = found / static_cast<double>(scores.odd.size());
  figures.delay_hours = found == 0 ? 0 : late / found;
  return figures;
}

void print_head(std::string_view what, std::span<const std::string_view> columns) {
  fmt::print("\n{:<28}", what);
  for (const std::string_view column : columns) fmt::print(" {:>22}", column);
  fmt::print("\n");
}

void print_row(std::string_view name, std::span<const Figures> row) {
  fmt::print("{:<28}", name);
  for (const Figures& one : row) fmt::print(" {:>22}", fmt::format("{:.3f} {:5.1f} % {:5.1f} h", one.average_precision, one.recall * 100, one.delay_hours));
  fmt::print("\n");
}

constexpr std::uint64_t kSeeds = 8;

/// Each kind of oddness over all kinds of noise, then each kind of noise over all kinds of oddness.
void measure_one_number() {
  std::vector<std::array<Figures, 5>> by_noise;
  print_head("one number", std::span(kOddNames).first(5));
  for (const DetectorKind& kind : kDetectorKinds) {
    std::array<Scores, 5> of_odd, of_noise;
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
      for (std::size_t noise = 0; noise < 5; ++noise) {
        for (std::size_t odd = 0; odd < 5; ++odd) {
          Scores scores;
          score_series(one_number(static_cast<Noise>(noise), static_cast<Odd>(odd), seed), kWarmHours, *kind.make(1, 168), scores);
          for (Scores* const into : {&of_odd[odd], &of_noise[noise]}) {
            into->quiet.insert(into->quiet.end(), scores.quiet.begin(), scores.quiet.end());
            into->odd.insert(into->odd.end(), scores.odd.begin(), scores.odd.end());
          }
        }
      }
    }
    std::array<Figures, 5> row;
    std::ranges::transform(of_odd, row.begin(), figures_of);
    print_row(kind.name, row);
    std::ranges::transform(of_noise, by_noise.emplace_back().begin(), figures_of);
  }
  print_head("one number", kNoiseNames);
  for (std::size_t i = 0; i < by_noise.size(); ++i) print_row(kDetectorKinds[i].name, by_noise[i]);
}

void measure_five_numbers() {
  print_head("five numbers", std::span(kOddNames).last(2));
  for (const DetectorKind& kind : kDetectorKinds) {
    std::array<Figures, 2> row;
    double hours = 0;
    const double began = cpu_seconds();
    for (std::size_t i = 0; i < 2; ++i) {
      Scores scores;
      for (std::uint64_t seed = 1; seed <= kSeeds * 4; ++seed, hours += kSeriesHours) score_series(five_numbers(static_cast<Odd>(5 + i), seed), kWarmHours, *kind.make(5, 168), scores);
      row[i] = figures_of(scores);
    }
    print_row(kind.name, row);
    fmt::print("{:<28} {:.1f} us an hour, bars {:.1f} {:.1f}\n", "", (cpu_seconds() - began) / hours * 1e6, row[0].bar, row[1].bar);
  }
}

/// What the bar of the product lets pass.
void measure_product_bar() {
  for (const Odd odd : {Odd::kOneNumber, Odd::kCombination}) {
    Scores scores;
    for (std::uint64_t seed = 101; seed <= 100 + kSeeds * 4; ++seed) score_series(five_numbers(odd, seed), kWarmHours, *made<Together<false>>(5, 168), scores);
    const auto passed = std::ranges::count_if(scores.quiet, [](double score) { return score >= kOddHourMin; });
    const auto found = std::ranges::count_if(scores.odd, [](const Scores::Found& one) { return *std::ranges::max_element(one.hours) >= kOddHourMin; });
    fmt::print("other seeds, bar {:.0f}, {}: {} of {} found, {} of {} other hours pass\n", kOddHourMin, kOddNames[static_cast<std::size_t>(odd)], found, scores.odd.size(), passed, scores.quiet.size());
  }
}

// -- hours of attack

/// Of each host, and of all, numbers by the hour: alerts of each of three products, and rules. What is odd is an hour with an alert that is labelled as attack.
struct Network {
  std::map<std::string, Series> hosts;
};

void add_series(Network& network, const std::string& name, const std::map<std::int64_t, std::vector<std::pair<std::string, bool>>>& by_hour, std::int64_t first, std::int64_t last) {
  Series& series = network.hosts[name];
  for (std::int64_t hour = first; hour <= last; ++hour) {
    std::vector<double> numbers(4);
    bool is_attack = false;
    if (const auto found = by_hour.find(hour); found != by_hour.end()) {
      std::set<std::string> rules;
      for (const auto& [rule, attack] : found->second) {
        numbers[rule[0] == 'W' ? 0 : rule[0] == 'A' ? 1 : 2] += 1;
        rules.insert(rule);
        is_attack = is_attack || attack;
      }
      numbers[3] = static_cast<double>(rules.size());
    }
    const int at = static_cast<int>(series.hours.size());
    series.hours.push_back(std::move(numbers));
    if (!is_attack) continue;
    if (!series.odd.empty() && series.odd.back().to == at) {
      series.odd.back().to = series.odd.back().until = at + 1;
    } else {
      series.odd.push_back({at, at + 1, at + 1});
    }
  }
}

Result<Network> read_network(const std::string& path) {
  std::map<std::string, std::map<std::int64_t, std::vector<std::pair<std::string, bool>>>> hosts;
  std::int64_t first = INT64_MAX, last = 0;
  const auto take = [&](const AlertBrief& alert) -> Status {
    const std::int64_t hour = alert.time_s / 3'600;
    first = std::min(first, hour);
    last = std::max(last, hour);
    for (const std::string& host : {std::string(alert.host), std::string("all")}) hosts[host][hour].emplace_back(alert.rule, alert.verdict == Verdict::kTruePositive);
    return {};
  };
  TRY(read_alerts(Env::system(), path, {AlertForm::kAit, true}, take));
  Network network;
  for (const auto& [name, by_hour] : hosts) add_series(network, name, by_hour, first, last);
  return network;
}

/// Alerts alone: the sum of a host's numbers.
Series summed(const Series& series) {
  Series sum = series;
  for (std::vector<double>& numbers : sum.hours) numbers = {numbers[0] + numbers[1] + numbers[2]};
  return sum;
}

constexpr std::array<std::string_view, 4> kAlertColumns = {"alerts of a host", "four numbers of a host", "alerts of all", "four numbers of all"};

void measure_alerts_by(const DetectorKind& kind, const std::vector<Network>& networks) {
  std::array<Scores, 4> scores;
  for (const Network& network : networks) {
    for (const auto& [name, series] : network.hosts) {
      const std::size_t at = name == "all" ? 2 : 0;
      score_series(summed(series), 24, *kind.make(1, 24), scores[at]);
      score_series(series, 24, *kind.make(4, 24), scores[at + 1]);
    }
  }
  std::array<Figures, 4> row;
  std::ranges::transform(scores, row.begin(), figures_of);
  print_row(kind.name, row);
}

int measure_alerts(const std::string& folder) {
  std::vector<Network> networks;
  const auto entries = Env::system().list_folder(folder);
  if (!entries) return fmt::print(stderr, "{}\n", entries.error().message), 2;
  for (const FolderEntry& entry : *entries) {
    if (!entry.name.ends_with("_alerts.csv.zst")) continue;
    auto network = read_network(folder + "/" + entry.name);
    if (!network) return fmt::print(stderr, "{}\n", network.error().message), 2;
    networks.push_back(std::move(*network));
  }
  print_head("AIT, after a day", kAlertColumns);
  for (const DetectorKind& kind : kDetectorKinds) measure_alerts_by(kind, networks);
  print_head("trees, values, by seed", kAlertColumns);
  for (const DetectorKind& kind : kOtherTrees) measure_alerts_by(kind, networks);
  return 0;
}

// -- beats

double minus_variation(std::span<const double> intervals) {
  double sum = 0, squares = 0;
  for (const double one : intervals) sum += one, squares += one * one;
  const double n = static_cast<double>(intervals.size()), mean = sum / n;
  return -std::sqrt(std::max(0.0, squares / n - mean * mean)) / mean;
}

/// As RITA scores (skew by quartiles, and median deviation), with the deviation as a share of the interval.
double skew_and_deviation(std::span<const double> intervals) {
  std::vector<double> sorted(intervals.begin(), intervals.end());
  std::ranges::sort(sorted);
  const double low = sorted[sorted.size() / 4], middle = sorted[sorted.size() / 2], high = sorted[sorted.size() * 3 / 4];
  const double skew = high > low ? std::abs(low + high - 2 * middle) / (high - low) : 0;
  std::vector<double> off;
  for (const double one : sorted) off.push_back(std::abs(one - middle));
  return (1 - skew + std::max(0.0, 1 - median_of(std::move(off)) / middle)) / 2;
}

double minus_deviation(std::span<const double> intervals) {
  const double middle = median_of({intervals.begin(), intervals.end()});
  std::vector<double> off;
  for (const double one : intervals) off.push_back(std::abs(one - middle));
  return -median_of(std::move(off)) / middle;
}

double by_likelihood(std::span<const double> intervals) { return beat_of(intervals)->score; }

/// Sleeps between (1 - jitter) of the interval and the interval; of what is sent some is lost.
std::vector<double> beats(std::size_t count, double jitter, double lost, Chance& chance) {
  std::vector<double> intervals;
  double since = 0;
  while (intervals.size() < count) {
    since += 600 * (1 - jitter * chance.share());
    if (chance.share() < lost) continue;
    intervals.push_back(since);
    since = 0;
  }
  return intervals;
}

enum class Traffic : std::uint8_t { kPoisson, kPerson, kHeavyTail, kSchedule };
std::vector<double> traffic(Traffic kind, std::size_t count, Chance& chance) {
  std::vector<double> intervals(count);
  for (double& one : intervals) {
    switch (kind) {
      case Traffic::kPoisson: one = -600 * std::log(chance.share()); break;
      case Traffic::kPerson: one = chance.share() < 0.8 ? 20 + 280 * chance.share() : 1'800 + 28'000 * chance.share(); break;  // pages, then something else
      case Traffic::kHeavyTail: one = 600 * std::exp(1.5 * chance.normal()); break;
      case Traffic::kSchedule: one = 300 + 2 * chance.share(); break;  // every five minutes, after a clock
    }
  }
  return intervals;
}

using BeatScore = double (*)(std::span<const double>);

void measure_beats_of(std::size_t count, std::string_view name, BeatScore score, std::optional<double> fixed_bar) {
  constexpr std::size_t kPairs = 4'000;
  Chance chance(count);
  std::array<std::vector<double>, 4> others;
  for (std::size_t kind = 0; kind < 4; ++kind) {
    for (std::size_t i = 0; i < kPairs; ++i) others[kind].push_back(score(traffic(static_cast<Traffic>(kind), count, chance)));
  }
  // The bar of the product, or for others the one that two in a thousand pairs of each kind pass at most.
  double bar = fixed_bar.value_or(-1e300);
  for (std::size_t kind = 0; !fixed_bar && kind < 3; ++kind) {
    std::vector<double> sorted = others[kind];
    std::ranges::sort(sorted, std::greater<>());
    bar = std::max(bar, sorted[kPairs / 500]);
  }
  fmt::print("{:>2} {:<20}", count, name);
  double worst = 0;
  for (std::size_t kind = 0; kind < 4; ++kind) {
    const double share = static_cast<double>(std::ranges::count_if(others[kind], [&](double one) { return one > bar; })) / kPairs;
    if (kind < 3) worst = std::max(worst, share);
    fmt::print(" {:>7.4f}", share);
  }
  for (const double lost : {0.0, 0.2, 0.4}) {
    fmt::print("  ");
    for (const double jitter : {0.0, 0.1, 0.2, 0.3, 0.5}) {
      int found = 0;
      for (int i = 0; i < 400; ++i) found += score(beats(count, jitter, lost, chance)) > bar ? 1 : 0;
      fmt::print(" {:>4.0f}", found / 4.0);
    }
  }
  fmt::print("   {:.2f}\n", 0.01 / (0.01 + 0.99 * worst));
}

void measure_beats() {
  fmt::print("beats: the share of pairs of other traffic that pass for one; beats found, in percent, by jitter 0, 10, 20, 30, 50 %, with none, 20 % and 40 % lost; precision where 1 pair of 100 beats, all are found and the others are of the worst kind\n");
  fmt::print("{:<23} {:>7} {:>7} {:>7} {:>7}  {:<26} {:<26} {}\n", "intervals", "Poisson", "person", "tail", "schedule", "  lost 0 %", "  lost 20 %", "  lost 40 %");
  for (const std::size_t count : {8u, 16u, 32u}) {
    measure_beats_of(count, "likelihood (kept)", by_likelihood, kBeatScoreMin);
    measure_beats_of(count, "variation", minus_variation, {});
    measure_beats_of(count, "median deviation", minus_deviation, {});
    measure_beats_of(count, "skew and deviation", skew_and_deviation, {});
  }
  Beacons beacons;
  Chance chance(1);
  std::vector<Connection> connections;
  for (int i = 0; i < 1'000'000; ++i) connections.push_back({static_cast<std::uint64_t>(chance.share() * 500), static_cast<std::uint64_t>(chance.share() * 2'000), 1'790'000'000'000'000 + i * 100'000LL});
  const double learning = best_seconds(3, [&] {
    for (const Connection& one : connections) beacons.learn(one);
  });
  fmt::print("a connection learnt in {:.0f} ns\n", learning / 1e6 * 1e9);
}

int run(std::span<char*> arguments) {
  measure_beats();
  measure_one_number();
  measure_five_numbers();
  measure_product_bar();
  return arguments.empty() ? 0 : measure_alerts(arguments[0]);
}

}  // namespace
}  // namespace tocsin::baseline

int main(int count, char** arguments) { return tocsin::baseline::run({arguments + 1, static_cast<std::size_t>(count - 1)}); }
