// How fast is a scan, against what? Reads the events of a folder into the page cache, then measures, in turn and in one
// process, five times each and by CPU time:
//   yardstick  simdjson On-Demand, iterate_many, every key and every string unescaped, every other value's token taken
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

namespace tocsin {
namespace {

constexpr int kRounds = 5;

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

namespace ondemand = simdjson::ondemand;

/// Sums lengths, so that nothing is optimized away.
std::size_t touch(ondemand::value value) {
  std::size_t sum = 0;
  ondemand::json_type type{};
  if (value.type().get(type) != simdjson::SUCCESS) return 0;
  if (type == ondemand::json_type::object) {
    ondemand::object object;
    if (value.get_object().get(object) != simdjson::SUCCESS) return 0;
    for (auto field : object) {
      std::string_view key;
      ondemand::value below;
      if (field.unescaped_key().get(key) != simdjson::SUCCESS || field.value().get(below) != simdjson::SUCCESS) return sum;
      sum += key.size() + touch(below);
    }
  } else if (type == ondemand::json_type::array) {
    ondemand::array array;
    if (value.get_array().get(array) != simdjson::SUCCESS) return 0;
    for (auto element : array) {
      ondemand::value below;
      if (element.get(below) != simdjson::SUCCESS) return sum;
      sum += touch(below);
    }
  } else if (type == ondemand::json_type::string) {
    std::string_view text;
    if (value.get_string().get(text) == simdjson::SUCCESS) sum += text.size();
  } else {
    sum += std::string_view(value.raw_json_token()).size();
  }
  return sum;
}

double yardstick_seconds(const std::vector<simdjson::padded_string>& texts, std::size_t& checksum) {
  const double began = cpu_seconds();
  for (const simdjson::padded_string& text : texts) {
    ondemand::parser parser;
    ondemand::document_stream documents;
    if (parser.iterate_many(text).get(documents) != simdjson::SUCCESS) continue;
    for (auto document : documents) {
      ondemand::value value;
      if (document.get_value().get(value) == simdjson::SUCCESS) checksum += touch(value);
    }
  }
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
  std::vector<double> yardstick, scan, forgetful;
  std::size_t checksum = 0;
  Measured last;
  for (int i = 0; i < kRounds; ++i) {
    if (!texts.empty()) yardstick.push_back(yardstick_seconds(texts, checksum));
    last = scan_seconds(*engine, files, {});
    scan.push_back(last.seconds);
    match::MatcherOptions without;
    without.token_memory = false;
    forgetful.push_back(scan_seconds(*engine, files, without).seconds);
  }
  fmt::print("{} rules, loaded in {:.3f} s of CPU; {:.1f} MB, {} events, {} alerts; simdjson {} ({})\n",
             engine->rules().rules.size(), loaded, megabytes, last.summary.events, last.summary.alerts,
             SIMDJSON_STRINGIFY(SIMDJSON_VERSION), simdjson::builtin_implementation()->name());
  const double unit = yardstick.empty() ? 0 : median(yardstick);
  if (unit > 0) print_row("yardstick", unit, megabytes, unit);
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
