// What coverage of stored events says about a few made-up events, counted by hand. Skipped where there is no DuckDB.
#include "pipeline/stored_coverage.h"

#include <gtest/gtest.h>

#include "pipeline/stored_testing.h"
#include "store/duck_api.h"

namespace tocsin {
namespace {

constexpr const char* kRules = R"(
title: Fires
id: 00000000-0000-4000-8000-000000000001
logsource: {product: windows, category: process_creation}
level: high
detection: {s: {Image|endswith: '\whoami.exe'}, condition: s}
---
title: Could fire
id: 00000000-0000-4000-8000-000000000002
logsource: {product: windows, category: process_creation}
level: high
detection: {s: {Image|endswith: '\net.exe'}, condition: s}
---
title: Asks for what no event carries
id: 00000000-0000-4000-8000-000000000003
logsource: {product: windows, category: process_creation}
level: high
detection: {s: {ParentImage|endswith: '\winword.exe'}, condition: s}
---
title: Asks for what does not arrive
id: 00000000-0000-4000-8000-000000000004
logsource: {product: aws, service: cloudtrail}
level: high
detection: {s: {eventName: StopLogging}, condition: s}
)";

constexpr const char* kEvent = R"({"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":1,"Image":"C:\\Windows\\whoami.exe","UtcTime":"2026-07-01 10:00:00"})";

TEST(StoredCoverage, TellsWhatFiresWhatCouldAndWhatCannotAndWhy) {
  if (const Status available = store::duck_available(); !available) GTEST_SKIP() << "skipped: " << available.error().message;
  StoredEvents stored;
  stored.add("bulk/a", kEvent);
  stored.store();
  stored.add("bulk/a", kEvent);  // in the journal alone
  stored.add("bulk/a", R"({"of":"no known source"})");
  sigma::LoadResult loaded = sigma::load({{"rules.yml", kRules, false}}, {});
  ASSERT_EQ(loaded.set.rules.size(), 4u);
  Engine engine(std::move(loaded.set), std::move(*Taxonomy::load(Taxonomy::shipped())));
  std::atomic<std::uint64_t> events = 0;
  const std::unique_ptr<EventSearch> search = stored.search();
  const StoredCoverage coverage = stored_coverage(engine, *search, events);

  EXPECT_TRUE(coverage.ended);
  EXPECT_EQ(events, 3u);
  EXPECT_EQ(coverage.summary.events, 3u);
  EXPECT_EQ(coverage.summary.events_unrecognised, 1u);
  EXPECT_EQ(coverage.summary.by_rule[0].alerts, 2u);
  EXPECT_EQ(coverage.summary.by_rule[1].alerts, 0u);
  std::uint64_t of_processes = 0;
  for (const auto& [source, count] : coverage.arrived) of_processes += source.category == "process_creation" ? count : 0;
  EXPECT_EQ(of_processes, 2u);

  ASSERT_EQ(coverage.summary.silent.size(), 2u);
  EXPECT_EQ(coverage.summary.silent[0].rule, 2u);
  EXPECT_EQ(coverage.summary.silent[0].fields, std::vector<std::string>{"ParentImage"});
  EXPECT_EQ(coverage.summary.silent[1].rule, 3u);
  EXPECT_EQ(coverage.summary.silent[1].why, SilentRule::Why::kNoLogSource);
}

}  // namespace
}  // namespace tocsin
