// How fast are lines read, by format? For each file: memchr over its line ends, the parser with the coded formats alone, the parser with the shipped mappings,
// and that with the log source recognised, as MB a second of processor, the best of several rounds in turn; then what the mappings cost lines that no
// mapping describes. Nothing here passes or fails.
//
//   bench_formats FILE…
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <ctime>

#include "base/env.h"
#include "normalize/taxonomy.h"
#include "normalize/text.h"
#include "cpu_time.h"

namespace tocsin {
namespace {

constexpr int kRounds = 7;
constexpr double kBytesLeast = 8e6;  // of a round: small files are read several times

std::size_t count_lines(std::string_view text) {
  std::size_t lines = 0;
  for (const char* at = text.data(); (at = static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(text.data() + text.size() - at)))) != nullptr; ++at) ++lines;
  return lines;
}

/// One way to read, and the best it did.
struct Way {
  TextParser parser;
  Classifier* classifier;
  double best = 1e9;
};

int run(int files, char** names) {
  const auto taxonomy = Taxonomy::load(Taxonomy::shipped());
  if (!taxonomy) return 2;
  PathTable paths(**taxonomy);
  LogSourceTable log_sources;
  Classifier classifier(**taxonomy, log_sources, paths);
  std::size_t checksum = 0;
  fmt::print("{:<40} {:<16} {:>10} {:>8} {:>8} {:>11} {:>8} {:>10} {:>10}\n", "MB/s", "format", "memchr", "coded", "mapped", "classified", "values", "mapped/cod", "clas/memch");
  for (int i = 0; i < files; ++i) {
    const auto text = Env::system().read_file(names[i], 1u << 30);
    if (!text || text->empty()) continue;
    const int times = 1 + static_cast<int>(kBytesLeast / static_cast<double>(text->size()));
    Way ways[] = {{TextParser(paths), nullptr}, {TextParser(paths, &(*taxonomy)->formats()), nullptr}, {TextParser(paths, &(*taxonomy)->formats()), &classifier}};
    double memchr_best = 1e9;
    std::size_t values = 0, lines = 0;
    std::string format;
    for (int round = 0; round < kRounds; ++round) {
      double began = cpu_seconds();
      for (int time = 0; time < times; ++time) checksum += count_lines(*text);
      memchr_best = std::min(memchr_best, cpu_seconds() - began);
      for (Way& way : ways) {
        values = lines = 0;
        began = cpu_seconds();
        for (int time = 0; time < times; ++time) {
          way.parser.begin_file(0);
          lines += way.parser.parse(*text, [&](Event& event, std::size_t) {
            if (way.classifier != nullptr) way.classifier->classify(event);
            values += event.values.size();
          });
        }
        way.best = std::min(way.best, cpu_seconds() - began);
      }
      format = ways[1].parser.format();
    }
    const double megabytes = static_cast<double>(text->size()) * times / 1e6;
    const std::string name = names[i];
    fmt::print("{:<40} {:<16} {:>10.0f} {:>8.0f} {:>8.0f} {:>11.0f} {:>8.1f} {:>10.2f} {:>10.4f}\n", name.substr(name.rfind('/') + 1), format, megabytes / memchr_best, megabytes / ways[0].best,
               megabytes / ways[1].best, megabytes / ways[2].best, static_cast<double>(values) / static_cast<double>(std::max<std::size_t>(lines, 1)), ways[0].best / ways[1].best, memchr_best / ways[2].best);
  }
  fmt::print("(checksum {}; best of {} rounds; 'coded' is without mappings)\n", checksum, kRounds);
  return 0;
}

}  // namespace
}  // namespace tocsin

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: bench_formats FILE…\n");
    return 2;
  }
  return tocsin::run(argc - 1, argv + 1);
}
