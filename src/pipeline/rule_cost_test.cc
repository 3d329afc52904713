// What rules cost, on a clock that moves by what was read: which rule is dear is seen, and events are kept whole. Real times are seen by `tocsin rules health --cost`; no test judges them.
#include "pipeline/rule_cost.h"

#include <gtest/gtest.h>

#include "pipeline/disk_testing.h"

namespace tocsin {
namespace {

constexpr const char* kRules =
    "title: regex\nid: 11111111-1111-4111-8111-111111111111\nlogsource: {product: windows, category: process_creation}\n"
    "detection: {s: {CommandLine|re: '(a+)+z[0-9]{3}.*x'}, condition: s}\n"
    "---\ntitle: equal\nid: 22222222-2222-4222-8222-222222222222\nlogsource: {product: windows, category: process_creation}\n"
    "detection: {s: {Image: 'C:\\a.exe'}, condition: s}\n"
    "---\ntitle: elsewhere\nid: 33333333-3333-4333-8333-333333333333\nlogsource: {product: aws, service: cloudtrail}\n"
    "detection: {s: {eventName: x}, condition: s}\n";

class Cost : public testing::Test {
 protected:
  Cost() {
    sigma::LoadResult loaded = sigma::load({{"rules.yml", kRules, false}}, {});
    EXPECT_EQ(loaded.set.rules.size(), 3u);
    engine_ = std::make_unique<Engine>(std::move(loaded.set), test_taxonomy());
    paths_ = std::make_unique<PathTable>(engine_->taxonomy());
    json_ = std::make_unique<JsonParser>(*paths_);
    classifier_ = std::make_unique<Classifier>(engine_->taxonomy(), engine_->log_sources(), *paths_);
    sample_ = std::make_unique<CostSample>(*engine_);
  }
  void add(std::string line) {  // a copy that is gone afterwards
    Event event;
    line.reserve(line.size() + 64);
    ASSERT_TRUE(json_->parse(line, event));
    classifier_->begin_source("a", kNoTime);
    classifier_->classify(event);
    EXPECT_TRUE(sample_->add(event, *paths_));
    std::ranges::fill(line, '#');
  }
  static std::string process(const std::string& command) {
    return R"({"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":1,"Image":"C:\\b.exe","CommandLine":")" + command + R"("})";
  }

  std::unique_ptr<Engine> engine_;
  std::unique_ptr<PathTable> paths_;
  std::unique_ptr<JsonParser> json_;
  std::unique_ptr<Classifier> classifier_;
  std::unique_ptr<CostSample> sample_;
};

TEST_F(Cost, SaysWhatWasTimedAndWhy) {
  for (int i = 0; i < 200; ++i) add(process(std::string(400, 'a') + std::to_string(i)));
  const std::vector<RuleCost> costs = sample_->measure(Env::system());
  ASSERT_EQ(costs.size(), 3u);
  EXPECT_EQ(costs[0].events, 200u);
  EXPECT_EQ(costs[1].events, 200u);
  EXPECT_EQ(costs[2].events, 0u);
  EXPECT_EQ(costs[2].microseconds, 0);
  EXPECT_GT(costs[0].microseconds, 0);
  EXPECT_NE(costs[0].why.find("1 regular expression, on CommandLine"), std::string::npos);
  EXPECT_EQ(costs[1].why, "");
}

TEST_F(Cost, TheSampleIsBounded) {
  for (std::size_t i = 0; i < 3 * kCostEventsMax; ++i) add(process(std::to_string(i)));
  EXPECT_EQ(sample_->size(), kCostEventsMax);
  for (int i = 0; i < 80; ++i) add(R"({"eventSource":"s3.amazonaws.com","eventName":"y","eventVersion":"1.08","awsRegion":"x","more":")" + std::string(2u << 20, 'b') + "\"}");
  EXPECT_LT(sample_->size(), kCostEventsMax + 40);
}

}  // namespace
}  // namespace tocsin
