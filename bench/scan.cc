// How fast is a scan, against what? Reads the events of a folder into the page cache, then measures, in turn and in one
// process, five times each and by CPU time:
//   yardstick  simdjson On-Demand over the same texts, compiled for this machine (yardstick/yardstick.h)
//   portable   the same, compiled for any machine
//   scan       the whole pipeline on one thread, alerts as NDJSON to /dev/null
//   no memory  the same with the token memory off
// and prints the medians and their ratios. Nothing here passes or fails.
//
//   bench_scan RULES FOLDER     FOLDER holds .ndjson (or EVTX: then there is no yardstick)
#include <fcntl.h>
#include <fmt/format.h>
#include <simdjson.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <vector>

#include "base/env.h"
#include "cli/output.h"
#include "cli/rule_set.h"
#include "pipeline/scan.h"
#include "report/alert_writer.h"
#include "yardstick/yardstick.h"
#include "cpu_time.h"

namespace tocsin {
namespace {

constexpr int kRounds = 5;

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

double yardstick_seconds(std::size_t (*yardstick)(const std::vector<simdjson::padded_string>&), const std::vector<simdjson::padded_string>& texts,
                         std::size_t& checksum) {
  const double began = cpu_seconds();
  checksum += yardstick(texts);
  return cpu_seconds() - began;
}

struct Measured {
  double seconds = 0;
  ScanSummary summary;
};

Measured scan_seconds(Engine& engine, const std::vector<FoundFile>& files, match::MatcherOptions matcher) {
  const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  cli::FdSink sink(null);
  ScanOptions options;
  options.worker.matcher = matcher;
  const std::unique_ptr<AlertWriter> writer = make_ndjson_writer();
  const double began = cpu_seconds();
  Scan scan(Env::system(), engine, options, *writer, sink);
  Result<ScanSummary> summary = scan.run(files);
  Measured measured{cpu_seconds() - began, summary ? std::move(*summary) : ScanSummary{}};
  ::close(null);
  return measured;
}

void print_row(const char* name, double seconds, double megabytes, double yardstick) {
  fmt::print("{:<12}{:>9.3f} s{:>9.0f} MB/s", name, seconds, megabytes / seconds);
  if (yardstick > 0) fmt::print("{:>9.3f} of the yardstick", yardstick / seconds);
  fmt::print("\n");
}

int run(const std::string& rules, const std::string& folder) {
  Env& env = Env::system();
  const double began = cpu_seconds();
  std::unique_ptr<Engine> engine = cli::make_engine(env, {{rules}, {}});
  if (engine == nullptr) return 2;
  const double loaded = cpu_seconds() - began;
  std::vector<Error> errors;
  const std::vector<FoundFile> files = find_files(env, folder, errors);
  std::vector<simdjson::padded_string> texts;
  double megabytes = 0;
  for (const FoundFile& file : files) {
    simdjson::padded_string text;
    if (simdjson::padded_string::load(file.path).get(text) != simdjson::SUCCESS) continue;
    megabytes += static_cast<double>(text.size()) / 1e6;
    if (file.path.ends_with("json")) texts.push_back(std::move(text));
  }
  std::vector<double> yardstick, portable, scan, forgetful;
  std::size_t checksum = 0;
  Measured last;
  for (int i = 0; i < kRounds; ++i) {
    if (!texts.empty()) {
      yardstick.push_back(yardstick_seconds(yardstick_for_this_machine, texts, checksum));
      portable.push_back(yardstick_seconds(yardstick_for_any_machine, texts, checksum));
    }
    last = scan_seconds(*engine, files, {});
    scan.push_back(last.seconds);
    match::MatcherOptions without;
    without.token_memory = false;
    forgetful.push_back(scan_seconds(*engine, files, without).seconds);
  }
  fmt::print("{} rules, loaded in {:.3f} s of CPU; {:.1f} MB, {} events, {} alerts; simdjson {}\n",
             engine->rules().rules.size(), loaded, megabytes, last.summary.events, last.summary.alerts,
             SIMDJSON_STRINGIFY(SIMDJSON_VERSION));
  const double unit = yardstick.empty() ? 0 : median(yardstick);
  if (unit > 0) print_row("yardstick", unit, megabytes, unit);
  if (unit > 0) print_row("portable", median(portable), megabytes, unit);
  print_row("scan", median(scan), megabytes, unit);
  print_row("no memory", median(forgetful), megabytes, unit);
  fmt::print("(checksum {}; median of {}; this process also holds the texts for the yardstick: measure memory on the program)\n",
             checksum, kRounds);
  return 0;
}

}  // namespace
}  // namespace tocsin

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: bench_scan RULES FOLDER\n");
    return 2;
  }
  return tocsin::run(argv[1], argv[2]);
}
