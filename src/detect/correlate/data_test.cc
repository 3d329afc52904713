// Behaviour as data: tests/data/correlate/<case>/ holds rules.yml, hits.ndjson (the arrivals, in order) and alerts.ndjson,
// which must come out. With TOCSIN_UPDATE=1 the expected alerts are rewritten; read the difference before you commit it.
//
// A line of hits.ndjson is a hit {"rule": name or id, "time": RFC 3339 or missing, "source": 0, "index": 1, "fields": {…},
// "entities": [["user", "ann"]]}, or {"seen": time} for an event without hits, or, first, {"lateness": "5m"} or
// {"bytes_max": 100000}.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "base/env.h"
#include "base/text.h"
#include "base/yaml.h"
#include "detect/correlate/correlator.h"
#include "detect/correlate/testing.h"

namespace tocsin::correlate {
namespace {

std::string folder() { return std::string(TOCSIN_SOURCE_DIR) + "/tests/data/correlate"; }

std::string json_text(std::string_view text) {
  std::string out = "\"";
  append_json_escaped(out, text);
  return out + "\"";
}

std::string read(const std::string& path) {
  const Result<std::string> text = Env::system().read_file(path, 64u << 20);
  EXPECT_TRUE(text) << path;
  return text ? *text : "";
}

struct Input {
  Correlator::Options options;
  std::vector<YamlNode> lines;
};

/// JSON is YAML, and the loader's YAML reader is here already.
Input read_hits(const std::string& path) {
  Input input;
  const std::string text = read(path);
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const auto documents = parse_yaml(text.substr(at, end - at));
    at = end + 1;
    EXPECT_TRUE(documents) << path;
    if (!documents || documents->empty()) continue;
    const YamlNode& line = documents->front();
    if (line.find("lateness") != nullptr) input.options.lateness_us = parse_timespan_us(line.text("lateness")).value_or(0);
    if (line.find("bytes_max") != nullptr) {
      input.options.bytes_max = std::strtoull(std::string(line.text("bytes_max")).c_str(), nullptr, 10);
    }
    if (line.find("rule") != nullptr || line.find("seen") != nullptr) input.lines.push_back(line);
  }
  return input;
}

EntityType entity_type(std::string_view name) {
  for (int type = 0; type <= static_cast<int>(EntityType::kCloudResource); ++type) {
    if (entity_name(static_cast<EntityType>(type)) == name) return static_cast<EntityType>(type);
  }
  return EntityType::kNone;
}

Hit read_hit(const YamlNode& line, const sigma::RuleSet& set) {
  Hit hit;
  hit.rule = static_cast<std::uint32_t>(set.rules.size());
  for (std::uint32_t i = 0; i < set.rules.size(); ++i) {
    if (set.rules[i].id == line.text("rule") || set.rules[i].name == line.text("rule")) hit.rule = i;
  }
  EXPECT_LT(hit.rule, set.rules.size()) << line.text("rule");
  hit.time = parse_time(line.text("time")).value_or(kNoTime);
  hit.event.source = static_cast<std::uint32_t>(std::atoi(std::string(line.text("source")).c_str()));
  hit.event.index = static_cast<std::uint64_t>(std::atoll(std::string(line.text("index")).c_str()));
  if (const YamlNode* fields = line.find("fields")) {
    for (const auto& [name, value] : fields->entries) hit.fields.emplace_back(name.scalar, value.scalar);
  }
  if (const YamlNode* entities = line.find("entities")) {
    for (const YamlNode& entity : entities->items) {
      hit.entities.push_back({entity_type(entity.items[0].scalar), entity.items[1].scalar});
    }
  }
  return hit;
}

std::string to_json(const CorrelationAlert& alert, const sigma::RuleSet& set) {
  std::string out = "{\"rule\":" + json_text(set.correlations[alert.correlation].title) +
                    ",\"time\":" + json_text(format_time(alert.time)) + ",\"events\":[";
  const auto events = alert.events();
  for (std::size_t i = 0; i < events.size(); ++i) {
    out += (i > 0 ? "," : "") + json_text(std::to_string(events[i].first.source) + ":" + std::to_string(events[i].first.index));
  }
  out += "],\"group\":{";
  for (std::size_t i = 0; i < alert.group.size(); ++i) {
    out += (i > 0 ? "," : "") + json_text(alert.group[i].first) + ":" + json_text(alert.group[i].second);
  }
  out += "},\"entities\":[";
  for (std::size_t i = 0; i < alert.entities.size(); ++i) {
    out += (i > 0 ? "," : "") + std::string("[") + json_text(entity_name(alert.entities[i].type)) + "," +
           json_text(alert.entities[i].value) + "]";
  }
  char value[64];
  std::snprintf(value, sizeof value, "%.10g", alert.value);
  out += std::string("],\"value\":") + value;
  if (alert.folded > 0) out += ",\"folded\":" + std::to_string(alert.folded);
  if (alert.late) out += ",\"late\":true";
  if (alert.evicted) out += ",\"lost\":" + std::to_string(alert.lost);
  return out + "}\n";
}

class CorrelateData : public ::testing::TestWithParam<std::string> {};

TEST_P(CorrelateData, GivesTheExpectedAlerts) {
  const std::string path = folder() + "/" + GetParam();
  const sigma::LoadResult loaded = sigma::load({{"rules.yml", read(path + "/rules.yml"), false}}, {});
  for (const sigma::Diagnostic& diagnostic : loaded.set.diagnostics) {
    EXPECT_NE(diagnostic.severity, sigma::Diagnostic::Severity::kError) << sigma::format_diagnostic(diagnostic);
  }
  const Input input = read_hits(path + "/hits.ndjson");
  Correlator correlator(loaded.set, input.options);
  testing::Collected sink;
  for (const YamlNode& line : input.lines) {
    if (line.find("seen") != nullptr) {
      correlator.advance(parse_time(line.text("seen")).value_or(kNoTime), sink);
    } else {
      correlator.add(read_hit(line, loaded.set), sink);
    }
  }
  correlator.finish(sink);
  std::string alerts;
  for (const CorrelationAlert& alert : sink.alerts) alerts += to_json(alert, loaded.set);
  if (std::getenv("TOCSIN_UPDATE") != nullptr) {
    ASSERT_TRUE(Env::system().write_file(path + "/alerts.ndjson", alerts));
    return;
  }
  EXPECT_EQ(alerts, read(path + "/alerts.ndjson"));
}

std::vector<std::string> cases() {
  std::vector<std::string> names;
  const auto entries = Env::system().list_folder(folder());
  if (!entries) return names;
  for (const FolderEntry& entry : *entries) {
    if (entry.is_folder) names.push_back(entry.name);
  }
  return names;
}

INSTANTIATE_TEST_SUITE_P(Cases, CorrelateData, ::testing::ValuesIn(cases()),
                         [](const auto& param) { return param.param; });

TEST(CorrelateDataFolder, IsThere) { EXPECT_FALSE(cases().empty()); }

}  // namespace
}  // namespace tocsin::correlate
