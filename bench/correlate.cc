// How many hits a second one core takes in, correlation by correlation, and what that takes of memory: groups that never reach their bound, so that windows are
// as full as they get. value_count with 10,000 distinct values in one window is the worst that a rule asks for in practice. Then ten times as many hits, all with groups and values of their own: what is held must not grow.
//
//   bench_correlate
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "cpu_time.h"
#include "detect/correlate/correlator.h"

using namespace tocsin;

namespace {

constexpr std::uint64_t kHits = 1'000'000;

class Counted : public Correlator::Sink {
 public:
  void alert(CorrelationAlert) override { ++alerts; }
  std::uint64_t alerts = 0;
};

sigma::RuleSet rules_of(const sigma::Correlation& correlation) {
  sigma::RuleSet set;
  set.rules.emplace_back().id = "r";
  set.correlations.push_back(correlation);
  return set;
}

sigma::Correlation over(sigma::Correlation::Type type, std::int64_t seconds, double bound) {
  sigma::Correlation made;
  made.id = "c";
  made.type = type;
  made.rules = {"r"};
  made.group_by = {"user"};
  made.timespan_us = seconds * 1'000'000;
  made.bounds = {{sigma::Correlation::Bound::Op::kGte, bound}};
  if (type != sigma::Correlation::Type::kEventCount) made.value_fields = {"host"};
  return made;
}

/// A thousand hits a second of event time, so that a window of ten seconds has 10,000 of them.
Hit hit_of(std::uint64_t n, std::uint64_t users, std::uint64_t hosts) {
  Hit hit;
  hit.event = {0, n};
  hit.time = static_cast<TimeUs>(1'700'000'000'000'000 + n * 1'000);
  hit.fields = {{"host", fmt::format("host-{}", n % hosts)}, {"user", fmt::format("user-{}", n % users)}};
  return hit;
}

void measure(const char* name, const sigma::Correlation& correlation, std::uint64_t users, std::uint64_t hosts, Correlator::Options options) {
  const sigma::RuleSet rules = rules_of(correlation);
  std::vector<double> rates;
  std::uint64_t alerts = 0, evicted = 0;
  std::size_t bytes = 0;
  for (int round = 0; round < 5; ++round) {
    std::vector<Hit> hits;
    for (std::uint64_t n = 0; n < kHits; ++n) hits.push_back(hit_of(n, users, hosts));
    Correlator correlator(rules, options);
    Counted sink;
    const double began = cpu_seconds();
    for (Hit& hit : hits) correlator.add(std::move(hit), sink);
    correlator.finish(sink);
    rates.push_back(static_cast<double>(kHits) / (cpu_seconds() - began));
    alerts = sink.alerts;
    bytes = correlator.stats().bytes_peak;
    evicted = correlator.stats().correlations.front().evicted;
  }
  std::ranges::sort(rates);
  fmt::print("{:<52} {:>10.0f} hits/s   ({:.0f} to {:.0f}; {} alerts, {} evicted, {:.1f} MB at most)\n", name, rates[2], rates.front(), rates.back(), alerts, evicted,
             static_cast<double>(bytes) / 1e6);
}

void measure_unique(const sigma::Correlation& correlation, Correlator::Options options) {
  const sigma::RuleSet rules = rules_of(correlation);
  Correlator correlator(rules, options);
  Counted sink;
  for (std::uint64_t part = 0; part < 10; ++part) {
    std::vector<Hit> hits;
    for (std::uint64_t n = part * kHits; n < (part + 1) * kHits; ++n) hits.push_back(hit_of(n, ~std::uint64_t{0}, ~std::uint64_t{0}));
    const double began = cpu_seconds();
    for (Hit& hit : hits) correlator.add(std::move(hit), sink);
    fmt::print("names of their own, part {:>2} {:>35.0f} hits/s   ({:.1f} MB held)\n", part + 1, static_cast<double>(kHits) / (cpu_seconds() - began),
               static_cast<double>(correlator.stats().bytes) / 1e6);
  }
}

}  // namespace

int main() {
  using Type = sigma::Correlation::Type;
  const Correlator::Options stream{.lateness_us = 2'000'000};
  measure("event_count, 10,000 hits a window, one group", over(Type::kEventCount, 10, 1e9), 1, 10'000, stream);
  measure("event_count, 10,000 groups", over(Type::kEventCount, 10, 1e9), 10'000, 10'000, stream);
  measure("value_count, 10,000 distinct values in one group", over(Type::kValueCount, 10, 1e9), 1, 10'000, stream);
  measure("value_count, 10,000 distinct, fires once a window", over(Type::kValueCount, 10, 10'000), 1, 10'000, stream);
  measure("value_count, 10,000 groups", over(Type::kValueCount, 10, 1e9), 10'000, 10'000, stream);
  measure_unique(over(Type::kValueCount, 10, 1e9), stream);
  return 0;
}
