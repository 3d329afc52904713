#include "pipeline/worker.h"

#include <gtest/gtest.h>

#include "detect/sigma/load.h"
#include "report/alert_writer.h"

namespace tocsin {
namespace {

constexpr const char* kRule =
    "title: A run\nid: 5a0b0f6e-0000-4000-8000-000000000001\nlogsource:\n  product: windows\n  category: process_creation\n"
    "detection:\n  sel:\n    Image|endswith: '\\run.exe'\n  condition: sel\nlevel: high\n";
constexpr std::string_view kEvent =
    R"({"Event":{"System":{"Provider":{"#attributes":{"Name":"Microsoft-Windows-Sysmon"}},"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":1,"Computer":"host-1","TimeCreated":{"#attributes":{"SystemTime":"2026-11-29T08:00:00Z"}}},"EventData":{"Image":"C:\\run.exe","User":"ada"}}})"
    "\n";

/// What a worker remembers of one event with an alert.
ScanSummary summary_of(bool tally) {
  sigma::RuleSet set = std::move(sigma::load({{"run.yml", kRule, false}}, {}).set);
  Engine engine(std::move(set), std::move(*Taxonomy::load(Taxonomy::shipped())));
  const std::unique_ptr<AlertWriter> writer = make_ndjson_writer();
  const std::vector<HitFields> hit_fields = wanted_hit_fields(engine.rules());
  WorkerOptions options;
  options.tally = tally;
  Worker worker(engine, options, *writer, hit_fields);
  Block block;
  block.format = Format::kJsonLines;
  block.bytes.assign(kEvent.begin(), kEvent.end());
  block.size = block.bytes.size();
  block.bytes.resize(block.size + Block::kPadding);
  BlockResult result;
  worker.process(block, "events", result);
  EXPECT_EQ(result.alerts.size(), 1u);
  return worker.summary();
}

TEST(Worker, RemembersWhatAlertsWereAboutOnlyWhereASummaryIsWanted) {
  const ScanSummary kept = summary_of(true);
  EXPECT_EQ(kept.alerts, 1u);
  EXPECT_EQ(kept.hosts.size(), 1u);
  EXPECT_EQ(kept.by_minute.size(), 1u);
  const ScanSummary none = summary_of(false);
  EXPECT_TRUE(none.hosts.empty() && none.users.empty() && none.by_minute.empty()) << "a service would keep them for ever";
  EXPECT_NE(none.last, kNoTime) << "correlations go by it";
}

}  // namespace
}  // namespace tocsin
