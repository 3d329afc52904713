// How many alerts a second are put together by one core, and how much memory that takes: alerts of a made-up fleet, in order of time, with their keys made
// beforehand (linking alone), and from the lines in which they are kept (all of it). Then ten times as many alerts, all with names of their own: what the linker
// remembers must not grow.
//
//   bench_incidents [ALERTS.ndjson]          lines that `tocsin scan --format ndjson` wrote, for the second figure
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "analyze/incident_book.h"
#include "analyze/incident_linker.h"
#include "base/hash.h"
#include "cpu_time.h"

using namespace tocsin;
using namespace tocsin::analyze;

namespace {

constexpr std::size_t kAlerts = 2'000'000;

LinkKey key_of(LinkKind kind, double weight, std::uint64_t number) {
  return {kind, hash_fold(number + 1, 0x9e3779b97f4a7c15ull * (static_cast<std::uint64_t>(kind) + 1)), weight, {}};
}

struct MadeUp {
  TimeUs time;
  std::vector<LinkKey> keys;
};

/// Six keys each: event, process, its parent, machine, account, rule. `unique`: no name comes twice.
std::vector<MadeUp> made_up(std::size_t count, bool unique, std::uint64_t from) {
  std::mt19937_64 random(7 + from);
  std::vector<MadeUp> alerts;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t n = from + i;
    const std::uint64_t host = unique ? n : random() % 2'000, account = unique ? n : random() % 20 == 0 ? random() % 1'500 : host, rule = random() % 300;
    alerts.push_back({static_cast<TimeUs>(1'700'000'000'000'000 + n * 20'000),
                      {key_of(LinkKind::kEvent, 1, n), key_of(LinkKind::kProcess, 1, unique ? n : host * 50 + random() % 50), key_of(LinkKind::kHost, 0.8, host),
                       key_of(LinkKind::kAccount, 0.7, account), key_of(LinkKind::kRule, 0.6, host * 1000 + rule)}});
  }
  return alerts;
}

double seconds_of(IncidentLinker& linker, const std::vector<MadeUp>& alerts, std::uint64_t from, std::uint64_t& incidents) {
  const double began = cpu_seconds();
  for (std::size_t i = 0; i < alerts.size(); ++i) incidents += linker.add({from + i, alerts[i].time}, alerts[i].keys).begun ? 1 : 0;
  return cpu_seconds() - began;
}

std::uint64_t resident_kb() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stoull(line.substr(6));
  }
  return 0;
}

void lines_of(const char* path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(std::move(line));
  if (lines.empty()) return;
  const double began = cpu_seconds();
  std::size_t alerts = 0, incidents = 0;
  while (cpu_seconds() - began < 2) {
    IncidentBook book;
    for (const std::string& line : lines) {
      Result<IncidentAlert> alert = read_incident_alert(line);
      if (alert) book.add(std::move(*alert));
    }
    alerts += book.size();
    incidents = book.incidents().size();
  }
  fmt::print("from lines to incidents      {:>10.0f} alerts/s   ({} alerts, {} incidents)\n", static_cast<double>(alerts) / (cpu_seconds() - began), lines.size(), incidents);
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<double> rates;
  for (int round = 0; round < 5; ++round) {
    IncidentLinker linker;
    std::uint64_t incidents = 0;
    const std::vector<MadeUp> alerts = made_up(kAlerts, false, 0);
    rates.push_back(static_cast<double>(kAlerts) / seconds_of(linker, alerts, 0, incidents));
  }
  std::ranges::sort(rates);
  fmt::print("linking, 2,000 machines      {:>10.0f} alerts/s   (median of 5; {:.0f} to {:.0f})\n", rates[2], rates.front(), rates.back());
  IncidentLinker linker;
  std::uint64_t incidents = 0;
  for (int part = 0; part < 10; ++part) {
    const std::uint64_t from = static_cast<std::uint64_t>(part) * kAlerts / 2;
    const double seconds = [&] {
      const std::vector<MadeUp> alerts = made_up(kAlerts / 2, true, from);
      return seconds_of(linker, alerts, from, incidents);
    }();
    fmt::print("names of their own, part {:>2}  {:>10.0f} alerts/s   {} incidents begun, {} MB resident\n", part + 1, static_cast<double>(kAlerts) / 2 / seconds, incidents, resident_kb() / 1024);
  }
  if (argc > 1) lines_of(argv[1]);
  return 0;
}
