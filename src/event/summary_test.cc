#include "event/summary.h"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

Enrichment geo(const std::string& code, const std::string& country) { return {EntityType::kIp, "x", GeoFact{{}, code, country, {}, {}, {}, {}}, {}}; }
Enrichment network(std::uint32_t number, const std::string& organisation) { return {EntityType::kIp, "x", AsFact{number, organisation}, {}}; }

TEST(ScanSummary, APlaceCountsOnceForAnAlert) {
  ScanSummary summary;
  summary.add_places({geo("DE", "Germany"), geo("DE", "Germany"), geo("US", ""), geo("", "Atlantis"), geo("", ""), network(64500, "Example"), network(64501, ""), network(64500, "Example"), network(0, "x"),
                      {EntityType::kIp, "x", AssetFact{}, {}}},
                     3);
  summary.add_places({geo("DE", "Germany")}, 1);
  ASSERT_EQ(summary.countries.size(), 3u);
  EXPECT_EQ(summary.countries["DE Germany"].alerts.counts, (std::array<std::uint64_t, kLevels>{0, 1, 0, 1, 0}));
  EXPECT_TRUE(summary.countries.contains("US"));
  EXPECT_TRUE(summary.countries.contains("Atlantis"));
  ASSERT_EQ(summary.networks.size(), 2u);
  EXPECT_EQ(summary.networks["AS64500 Example"].alerts.total(), 1u);
  EXPECT_TRUE(summary.networks.contains("AS64501"));
  ScanSummary other = summary;
  other.merge(summary);
  EXPECT_EQ(other.countries["DE Germany"].alerts.total(), 4u);
  EXPECT_EQ(other.networks["AS64501"].alerts.total(), 2u);
}

}  // namespace
}  // namespace tocsin
