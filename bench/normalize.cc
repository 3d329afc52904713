// How fast are records normalized and projected, per format? For each FILE (text or NDJSON, not compressed) prints MB/s of the processor's time for parsing and classifying, of the same with the projection to OCSF
// and with the ECS columns read, each the best of several rounds, beside memchr for line ends over the same bytes and, for JSON, simdjson's On-Demand from the same run. No figure fails.
//
// --all FOLDER makes a stream of each file of cases (tests/data/normalize/formats): its events as often as their weights say, again and again up to kStreamBytes, and prints a Markdown table with a
// row for each format. The same few events come again, so whatever is remembered of values is warm; figures of one row belong together, those of rows on a busy machine do not.
//
//   bench/bench_normalize FILE...
//   bench/bench_normalize --all tests/data/normalize/formats
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include "base/env.h"
#include "base/yaml.h"
#include "normalize/column_reader.h"
#include "normalize/json.h"
#include "normalize/ocsf.h"
#include "normalize/taxonomy.h"
#include "normalize/text.h"
#include "cpu_time.h"
#include "yardstick/yardstick.h"

namespace {

using namespace tocsin;

constexpr int kRounds = 5;

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

/// What one text took, in seconds of the processor.
struct Figures {
  double megabytes = 0, plain = 0, ocsf = 0, columns = 0, scan = 0, json = 0;  // json: 0 where it is none
  std::size_t events = 0, base = 0, written = 0, lines = 0;
};

Figures figures_of(const Taxonomy& taxonomy, std::string text) {
  Events events(taxonomy, std::move(text));
  OcsfProjector projector(taxonomy, events.log_sources, events.paths());
  ColumnReader reader(taxonomy, events.paths());
  EventColumns columns;
  std::string out;
  Figures figures;
  figures.megabytes = static_cast<double>(events.bytes().size()) / 1e6;
  figures.plain = best_seconds(kRounds, [&] {
    figures.events = 0;
    events.each([&](Event&) { ++figures.events; });
  });
  figures.ocsf = best_seconds(kRounds, [&] {
    figures.base = figures.written = 0;
    events.each([&](Event& event) {
      out.clear();
      figures.base += projector.append(event, out) == 0 ? 1 : 0;
      figures.written += out.size();
    });
  });
  figures.columns = best_seconds(kRounds, [&] { events.each([&](Event& event) { reader.read(event, columns); }); });
  figures.scan = best_seconds(kRounds, [&] {
    figures.lines = 0;
    const char* at = events.bytes().data();
    const char* const end = at + events.bytes().size();
    while ((at = static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)))) != nullptr && ++at < end) ++figures.lines;
  });
  if (!events.is_json()) return figures;
  std::vector<simdjson::padded_string> texts;
  texts.emplace_back(events.bytes());
  std::size_t sum = 0;
  figures.json = best_seconds(kRounds, [&] { sum += yardstick_for_this_machine(texts); });
  return figures;
}

void measure(const Taxonomy& taxonomy, const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  const Figures all = figures_of(taxonomy, text.str());
  fmt::print("{}: {:.1f} MB, {} events, {:.1f} % no Base Event, {:.1f} MB of OCSF\n", path, all.megabytes, all.events,
             100.0 * static_cast<double>(all.events - all.base) / static_cast<double>(std::max<std::size_t>(all.events, 1)), static_cast<double>(all.written) / 1e6);
  fmt::print("  normalized {:.0f} MB/s, with OCSF {:.0f} ({:.0f} of output), with columns {:.0f}; memchr {:.0f} ({} lines, x {:.3f})", all.megabytes / all.plain, all.megabytes / all.ocsf,
             static_cast<double>(all.written) / 1e6 / all.ocsf, all.megabytes / all.columns, all.megabytes / all.scan, all.lines, all.scan / all.plain);
  if (all.json > 0) fmt::print("; simdjson {:.0f} (x {:.2f})", all.megabytes / all.json, all.json / all.plain);
  fmt::print("\n");
}

/// Larger than the second-level cache, and small enough for some fifty formats.
constexpr std::size_t kStreamBytes = 2u << 20;

/// Records of the audit log with one number are one event: each copy gets its own.
void number_audit_records(std::string& lines, std::size_t copy) {
  constexpr std::string_view kMark = "audit(";
  for (std::size_t at = 0; (at = lines.find(kMark, at)) != std::string::npos; at += kMark.size()) {
    const std::size_t colon = lines.find(':', at), end = lines.find(')', at);
    if (colon < end && end != std::string::npos) lines.replace(colon + 1, end - colon - 1, std::to_string(copy));
  }
}

/// The stream that the cases of one file make, of those that are JSON or of those that are lines; empty if there are none.
std::string stream_of(const std::vector<YamlNode>& cases, std::string_view part) {
  std::string stream;
  std::size_t copies = 0;
  do {
    for (const YamlNode& one : cases) {
      std::string text(one.text(part));
      if (text.empty()) continue;
      if (part == "event") std::ranges::replace(text, '\n', ' ');
      if (!text.ends_with('\n')) text += '\n';
      const int weight = one.find("weight") == nullptr ? 1 : std::max(std::atoi(std::string(one.text("weight")).c_str()), 1);
      for (int i = 0; i < weight; ++i) {
        number_audit_records(text, ++copies);
        stream += text;
      }
    }
  } while (!stream.empty() && stream.size() < kStreamBytes);
  return stream;
}

int measure_all(const Taxonomy& taxonomy, const std::string& folder) {
  std::vector<Error> errors;
  fmt::print("| format | events | normalized | with OCSF | memchr | simdjson | normalized / simdjson |\n|---|---:|---:|---:|---:|---:|---:|\n");
  for (const FoundFile& file : find_files(Env::system(), folder, errors)) {
    if (!file.path.ends_with(".yml")) continue;
    const auto text = Env::system().read_file(file.path, 1u << 20);
    const auto cases = parse_yaml(text ? *text : "");
    if (!text || !cases) return fmt::print(stderr, "{}: not to be read\n", file.path), 1;
    const std::string name = file.path.substr(file.path.rfind('/') + 1, file.path.size() - file.path.rfind('/') - 5);
    for (const std::string_view part : {"lines", "event"}) {
      std::string stream = stream_of(*cases, part);
      if (stream.empty()) continue;
      const Figures all = figures_of(taxonomy, std::move(stream));
      fmt::print("| {}{} | {} | {:.0f} | {:.0f} | {:.0f} | {} | {} |\n", name, part == "event" ? ", JSON" : "", all.events, all.megabytes / all.plain, all.megabytes / all.ocsf, all.megabytes / all.scan,
                 all.json > 0 ? fmt::format("{:.0f}", all.megabytes / all.json) : "", all.json > 0 ? fmt::format("{:.2f}", all.json / all.plain) : "");
    }
  }
  for (const Error& error : errors) fmt::print(stderr, "{}\n", error.message);
  return errors.empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const auto taxonomy = Taxonomy::load(Taxonomy::shipped(true));
  if (!taxonomy) {
    fmt::print(stderr, "{}\n", taxonomy.error().message);
    return 1;
  }
  if (argc == 3 && argv[1] == std::string_view("--all")) return measure_all(**taxonomy, argv[2]);
  for (int i = 1; i < argc; ++i) measure(**taxonomy, argv[i]);
}
