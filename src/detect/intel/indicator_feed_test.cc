#include "detect/intel/indicator_feed.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "base/memory_env.h"
#include "detect/intel/indicator_file.h"

namespace tocsin::intel {
namespace {

constexpr const char* kPath = "intel/feed.json";
constexpr TimeUs kDay = TimeUs{86'400} * 1'000'000;
const TimeUs kNow = *parse_time("2026-06-01T00:00:00Z");

std::string object(int id, int version, const std::string& more = "") {
  return fmt::format(R"({{"type":"indicator","id":"indicator--{}","modified":"2026-05-01T00:00:{:02}Z","pattern":"[ipv4-addr:value = '198.51.100.{}']","pattern_type":"stix"{}}})", id, version, id, more);
}

std::unique_ptr<IndicatorFeed> opened(Env& env) {
  Result<std::unique_ptr<IndicatorFeed>> feed = IndicatorFeed::open(env, kPath);
  EXPECT_TRUE(feed) << feed.error().message;
  return feed ? std::move(*feed) : nullptr;
}

/// What a reader of indicators finds in the file: references, each once.
std::multiset<std::string> in_file(Env& env) {
  std::multiset<std::string> found;
  FileCounts counts;
  std::vector<std::string> notes;
  const auto take = [&](const Indicator& indicator) { return found.insert(fmt::format("{}@{}", indicator.reference.substr(11), indicator.confidence)), Status(); };
  const Status read = read_indicator_file(env, kPath, take, counts, notes);
  EXPECT_TRUE(read) << read.error().message;
  return found;
}

using Found = std::multiset<std::string>;

TEST(IndicatorFeed, NewVersionsReplaceOldOnesAndWhatIsRevokedGoes) {
  MemoryEnv env;
  env.add_folder("intel");
  auto feed = opened(env);
  EXPECT_EQ(feed->mark(), "");
  ASSERT_TRUE(feed->append({object(1, 1, R"(,"confidence":1)"), object(2, 1, R"(,"confidence":2)")}, "a"));
  EXPECT_EQ(feed->pending(), 2u);
  Result<FeedCounts> counts = feed->publish(kNow);
  ASSERT_TRUE(counts) << counts.error().message;
  EXPECT_EQ(counts->added, 2u);
  EXPECT_EQ(in_file(env), (Found{"1@1", "2@2"}));
  ASSERT_TRUE(feed->append({object(2, 2, R"(,"confidence":3)"), object(3, 1, R"(,"confidence":4)"), object(3, 3, R"(,"confidence":5)"), object(3, 2, R"(,"confidence":6)")}, "b"));
  counts = feed->publish(kNow);
  ASSERT_TRUE(counts);
  EXPECT_EQ(counts->updated, 1u);
  EXPECT_EQ(counts->added, 1u);
  EXPECT_EQ(in_file(env), (Found{"1@1", "2@3", "3@5"}));
  ASSERT_TRUE(feed->append({object(1, 9, R"(,"revoked":true)"), object(2, 1), object(8, 1, R"(,"revoked":true)"), "{\"type\":\"indicator\"}", "no JSON"}, "c"));
  counts = feed->publish(kNow);
  ASSERT_TRUE(counts);
  EXPECT_EQ(counts->revoked, 1u) << "what was never there is not taken away";
  EXPECT_EQ(counts->refused, 2u);
  EXPECT_EQ(counts->indicators, 2u);
  EXPECT_EQ(in_file(env), (Found{"2@3", "3@5"})) << "an older version that comes late changes nothing";
  EXPECT_EQ(opened(env)->mark(), "c");
}

TEST(IndicatorFeed, WhatHasRunOutGoesAWeekLater) {
  MemoryEnv env;
  env.add_folder("intel");
  auto feed = opened(env);
  ASSERT_TRUE(feed->append({object(1, 1, R"(,"confidence":1,"valid_until":"2026-05-31T00:00:00Z")"), object(2, 1, R"(,"confidence":1,"valid_until":"2026-05-20T00:00:00Z")"), object(3, 1, R"(,"confidence":1)")}, "a"));
  Result<FeedCounts> counts = feed->publish(kNow);
  ASSERT_TRUE(counts);
  EXPECT_EQ(in_file(env), (Found{"1@1", "3@1"}));
  counts = feed->publish(kNow + 7 * kDay);
  ASSERT_TRUE(counts);
  EXPECT_EQ(counts->expired, 1u);
  EXPECT_TRUE(counts->changed());
  EXPECT_EQ(in_file(env), (Found{"3@1"}));
}

TEST(IndicatorFeed, AMarkHoldsOverAPublishAndATornLogEndsAtItsLastWholeFrame) {
  MemoryEnv env;
  env.add_folder("intel");
  {
    auto feed = opened(env);
    ASSERT_TRUE(feed->append({object(1, 1, R"(,"confidence":1)")}, "a"));
    ASSERT_TRUE(feed->publish(kNow));
  }
  EXPECT_EQ(opened(env)->mark(), "a");
  {
    auto feed = opened(env);
    ASSERT_TRUE(feed->append({object(2, 1, R"(,"confidence":1)")}, "b"));
  }
  std::string log;
  const std::vector<FolderEntry> entries = *env.list_folder("intel");
  for (const FolderEntry& entry : entries) log = entry.name == "feed.json" ? log : "intel/" + entry.name;
  const std::string whole = *env.text_of(log);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    env.add_file(log, whole.substr(0, size));
    EXPECT_EQ(opened(env)->mark(), "a") << size;
  }
  env.add_file(log, whole);
  env.flip_bit(log, 8 * (whole.size() - 3));
  EXPECT_EQ(opened(env)->mark(), "a");
  env.add_file(log, whole + "behind it");
  auto feed = opened(env);
  EXPECT_EQ(feed->mark(), "b");
  ASSERT_TRUE(feed->append({object(3, 1, R"(,"confidence":1)")}, "c")) << "goes into a log of its own";
  ASSERT_TRUE(feed->publish(kNow));
  EXPECT_EQ(in_file(env), (Found{"1@1", "2@1", "3@1"}));
}

TEST(IndicatorFeed, AFileOfSomebodyElseIsLeftAlone) {
  MemoryEnv env;
  env.add_file(kPath, R"({"type":"bundle","objects":[]})");
  EXPECT_FALSE(IndicatorFeed::open(env, kPath));
}

TEST(IndicatorFeed, RefusesMoreThanLogsMayHave) {
  MemoryEnv env;
  env.add_folder("intel");
  auto feed = opened(env);
  const std::string large(16u << 20, 'x');
  for (std::size_t bytes = 0; bytes <= kFeedPendingBytesMax; bytes += large.size()) ASSERT_TRUE(feed->append({large}, "a"));
  EXPECT_TRUE(feed->is_full());
  const Status refused = feed->append({large}, "b");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kLimit);
  ASSERT_TRUE(feed->publish(kNow));
  EXPECT_TRUE(feed->append({object(1, 1)}, "b"));
}

/// Logs that are full are followed by others, and the newest version counts in whichever it is.
TEST(IndicatorFeed, ALogThatIsFullIsFollowedByAnother) {
  MemoryEnv env;
  env.add_folder("intel");
  auto feed = opened(env);
  const std::string large(kFeedLogBytesMax / 2, 'x');
  ASSERT_TRUE(feed->append({object(1, 2, R"(,"confidence":2)"), object(2, 1, R"(,"confidence":1)")}, "a"));
  ASSERT_TRUE(feed->append({large}, "b"));
  ASSERT_TRUE(feed->append({large, object(1, 1, R"(,"confidence":1)"), object(3, 1, R"(,"confidence":1)")}, "c"));
  ASSERT_TRUE(feed->append({object(2, 2, R"(,"confidence":2)")}, "d"));
  EXPECT_EQ(env.list_folder("intel")->size(), 2u);
  EXPECT_TRUE(feed->is_full());
  feed = opened(env);
  EXPECT_EQ(feed->mark(), "d");
  ASSERT_TRUE(feed->publish(kNow));
  EXPECT_EQ(in_file(env), (Found{"1@2", "2@2", "3@1"}));
  EXPECT_EQ(env.list_folder("intel")->size(), 2u) << "the file, and a log with the mark";
  EXPECT_EQ(opened(env)->mark(), "d");
}

/// Against a map: whatever call fails, and whatever a loss of power leaves, the feed has all that it said was safe, and its mark is of the last append that was, or of one that was under way.
TEST(IndicatorFeed, WhatIsSafeStaysWhateverFailsWhen) {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    std::mt19937_64 random(seed);
    MemoryEnv env;
    env.add_file("intel/other", "");
    ASSERT_TRUE(env.sync_folder("intel"));
    std::map<int, int> versions;  // of what is safe
    std::map<int, std::set<int>> perhaps;  // of what was under way
    int mark = 0;
    std::set<std::string> marks = {""};
    auto feed = opened(env);
    for (int step = 0; step < 40; ++step) {
      if (random() % 3 == 0) env.fail_call(random() % 12 + 1);
      if (feed == nullptr || random() % 10 == 0) {
        Result<std::unique_ptr<IndicatorFeed>> again = IndicatorFeed::open(env, kPath);
        feed = again ? std::move(*again) : nullptr;
        continue;
      }
      if (random() % 4 == 0) {
        (void)feed->publish(kNow);
        continue;
      }
      const int id = static_cast<int>(random() % 6), version = static_cast<int>(random() % 50) + 1;
      const std::string name = std::to_string(++mark);
      if (feed->append({object(id, version, fmt::format(R"(,"confidence":{})", version))}, name)) {
        versions[id] = std::max(versions[id], version);
        marks = {name};
      } else {
        perhaps[id].insert(version);
        marks.insert(name);
      }
    }
    env.fail_call(0);
    env.crash(seed);
    feed = opened(env);
    ASSERT_NE(feed, nullptr);
    EXPECT_TRUE(marks.contains(feed->mark())) << seed << " " << feed->mark();
    ASSERT_TRUE(feed->publish(kNow));
    const Found found = in_file(env);
    std::set<int> ids;
    for (const std::string& one : found) {
      const int id = std::stoi(one), version = std::stoi(one.substr(one.find('@') + 1));
      EXPECT_TRUE(ids.insert(id).second) << seed << " " << one << " is there twice";
      EXPECT_TRUE(version == versions[id] || perhaps[id].contains(version)) << seed << " " << one;
      EXPECT_GE(version, versions[id]) << seed;
    }
    for (const auto& [id, version] : versions) EXPECT_TRUE(version == 0 || ids.contains(id)) << seed << " " << id << " is gone";
  }
}

}  // namespace
}  // namespace tocsin::intel
