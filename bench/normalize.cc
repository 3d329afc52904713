// How fast are records normalized and projected, per format? For each FILE (text or NDJSON, not compressed) prints MB/s of the processor's time for parsing and classifying, of the same with the projection to OCSF
// and with the ECS columns read, each the best of several rounds, beside memchr for line ends over the same bytes and, for JSON, simdjson's On-Demand from the same run. No figure fails.
//
//   bench/bench_normalize FILE...
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include "normalize/column_reader.h"
#include "normalize/json.h"
#include "normalize/ocsf.h"
#include "normalize/taxonomy.h"
#include "normalize/text.h"
#include "yardstick/yardstick.h"

namespace {

using namespace tocsin;

constexpr int kRounds = 5;

double best_seconds(const std::function<void()>& work) {
  double best = 1e9;
  for (int round = 0; round < kRounds; ++round) {
    const std::clock_t began = std::clock();
    work();
    best = std::min(best, static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC);
  }
  return std::max(best, 1e-6);
}

/// Every event of a text, through parsers that stay warm from round to round.
class Events {
 public:
  Events(const Taxonomy& taxonomy, std::string text) : paths_(taxonomy), classifier_(taxonomy, log_sources, paths_), json_(paths_), text_(paths_), bytes_(std::move(text)) {
    is_json_ = bytes_.starts_with('{');
    size_ = bytes_.size();
    bytes_.append(kJsonPadding, ' ');
  }

  void each(const std::function<void(Event&)>& visit) {
    const std::string_view all(bytes_.data(), size_);
    text_.begin_file(parse_time("2026-12-31T00:00:00Z").value_or(kNoTime), {});
    if (!is_json_) {
      text_.parse(all, [&](Event& event, std::size_t) {
        classifier_.classify(event);
        visit(event);
      });
      return;
    }
    for (std::size_t from = 0, end = 0; from < all.size(); from = end + 1) {
      end = std::min(all.find('\n', from), all.size());
      if (end == from || !json_.parse(all.substr(from, end - from), event_)) continue;
      classifier_.classify(event_);
      visit(event_);
    }
  }

  bool is_json() const { return is_json_; }
  std::string_view bytes() const { return {bytes_.data(), size_}; }
  const PathTable& paths() const { return paths_; }

  LogSourceTable log_sources;

 private:
  PathTable paths_;
  Classifier classifier_;
  JsonParser json_;
  TextParser text_;
  std::string bytes_;
  std::size_t size_ = 0;
  bool is_json_ = false;
  Event event_;
};

void measure(const Taxonomy& taxonomy, const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  Events events(taxonomy, text.str());
  OcsfProjector projector(taxonomy, events.log_sources, events.paths());
  ColumnReader reader(taxonomy, events.paths());
  EventColumns columns;
  std::size_t count = 0, base = 0, written = 0;
  std::string out;
  const double megabytes = static_cast<double>(events.bytes().size()) / 1e6;
  const double plain = best_seconds([&] { events.each([&](Event&) { ++count; }); });
  const double ocsf = best_seconds([&] {
    base = written = 0;
    events.each([&](Event& event) {
      out.clear();
      base += projector.append(event, out) == 0 ? 1 : 0;
      written += out.size();
    });
  });
  const double ecs = best_seconds([&] { events.each([&](Event& event) { reader.read(event, columns); }); });
  std::size_t lines = 0;
  const double scan = best_seconds([&] {
    const char* at = events.bytes().data();
    const char* const end = at + events.bytes().size();
    while ((at = static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)))) != nullptr && ++at < end) ++lines;
  });
  fmt::print("{}: {:.1f} MB, {} events, {:.1f} % no Base Event, {:.1f} MB of OCSF\n", path, megabytes, count / kRounds,
             100.0 * static_cast<double>(count / kRounds - base) / static_cast<double>(std::max<std::size_t>(count / kRounds, 1)), static_cast<double>(written) / 1e6);
  fmt::print("  normalized {:.0f} MB/s, with OCSF {:.0f} ({:.0f} of output), with columns {:.0f}; memchr {:.0f} ({} lines, x {:.3f})", megabytes / plain, megabytes / ocsf, static_cast<double>(written) / 1e6 / ocsf,
             megabytes / ecs, megabytes / scan, lines / kRounds, scan / plain);
  if (events.is_json()) {
    std::vector<simdjson::padded_string> texts;
    texts.emplace_back(events.bytes());
    std::size_t sum = 0;
    const double json = best_seconds([&] { sum += yardstick_for_this_machine(texts); });
    fmt::print("; simdjson {:.0f} (x {:.2f})", megabytes / json, json / plain);
  }
  fmt::print("\n");
}

}  // namespace

int main(int argc, char** argv) {
  const auto taxonomy = Taxonomy::load(Taxonomy::shipped(true));
  if (!taxonomy) {
    fmt::print(stderr, "{}\n", taxonomy.error().message);
    return 1;
  }
  for (int i = 1; i < argc; ++i) measure(**taxonomy, argv[i]);
}
