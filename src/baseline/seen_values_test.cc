#include "baseline/seen_values.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>

#include "base/hash.h"

namespace tocsin::baseline {
namespace {

constexpr std::uint32_t kHour = 3'600, kDay = 86'400;
std::uint64_t print_of(std::uint64_t n) { return hash_fold(n + 1, 0x9e3779b97f4a7c15ull); }

/// All that was ever seen: when last, and how often by what has faded since.
class Twin {
 public:
  bool add(std::uint64_t value, std::uint32_t now_s) {
    const auto [at, is_new] = seen_.try_emplace(value);
    at->second.count = faded(at->second, now_s) + 1;
    at->second.last_s = std::max(at->second.last_s, now_s);
    return is_new;
  }
  bool has(std::uint64_t value) const { return seen_.contains(value); }
  std::uint32_t last_s(std::uint64_t value) const { return seen_.at(value).last_s; }
  double count(std::uint64_t value, std::uint32_t now_s) const { return faded(seen_.at(value), now_s); }

 private:
  struct Seen {
    double count = 0;
    std::uint32_t last_s = 0;
  };
  static double faded(const Seen& seen, std::uint32_t now_s) {
    if (now_s / kHour <= seen.last_s / kHour) return seen.count;
    return seen.count * std::exp2(-static_cast<double>(now_s / kHour - seen.last_s / kHour) / kValueHalfLifeHours);
  }
  std::map<std::uint64_t, Seen> seen_;
};

TEST(SeenValues, KnowsWhatItHasRoomFor) {
  SeenValues values(1 << 13);
  Twin twin;
  std::mt19937_64 random(7);
  for (std::uint32_t i = 0; i < 200'000; ++i) {
    const std::uint64_t value = print_of(std::min<std::uint64_t>(random() % 1'000, random() % 1'000));
    const std::uint32_t now_s = 1'000'000 + i * 37 - static_cast<std::uint32_t>(random() % 2'000);  // not quite in order
    const SeenValues::Known known = values.find(value, now_s);
    ASSERT_EQ(known.is_there, twin.has(value)) << i;
    ASSERT_EQ(known.since_s, 0u);
    if (known.is_there) {
      ASSERT_NEAR(known.count, twin.count(value, now_s), 1e-3 * twin.count(value, now_s));
    }
    ASSERT_EQ(values.add(value, now_s), twin.add(value, now_s));
  }
}

/// Of what had to go it is never said that it was not seen when it was.
TEST(SeenValues, SaysNoMoreThanItKnows) {
  SeenValues values(1 << 6);
  Twin twin;
  std::mt19937_64 random(8);
  std::size_t forgotten = 0, claims = 0;
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    const std::uint64_t value = print_of(random() % 3'000);
    const std::uint32_t now_s = 1'000'000 + i * 60;
    const SeenValues::Known known = values.find(value, now_s);
    if (known.is_there) {
      ASSERT_TRUE(twin.has(value));
    }
    if (!known.is_there && twin.has(value)) {
      ++forgotten;
      ASSERT_GE(known.since_s, twin.last_s(value)) << "not seen since then, it says";
    }
    claims += known.since_s == 0 && !known.is_there;
    values.add(value, now_s);
    twin.add(value, now_s);
  }
  EXPECT_GT(forgotten, 10'000u) << "the table was too large to forget";
  EXPECT_GT(claims, 100u);
}

TEST(SeenValues, ForgetsByHalves) {
  SeenValues values(1 << 4);
  const std::uint64_t value = print_of(1);
  for (int i = 0; i < 8; ++i) values.add(value, kDay);
  EXPECT_FLOAT_EQ(values.find(value, kDay).count, 8);
  EXPECT_NEAR(values.find(value, 15 * kDay).count, 4, 1e-4);
  EXPECT_FLOAT_EQ(values.find(value, 0).count, 8) << "what came late takes nothing away";
  EXPECT_EQ(values.find(value, 15 * kDay + 400 * kDay).count, 0);
}

TEST(SeenValues, IsTheSameFromItsBytes) {
  SeenValues values(1 << 6), again(1 << 6);
  std::mt19937_64 random(9);
  for (std::uint32_t i = 0; i < 1'000; ++i) values.add(print_of(random() % 400), 1'000'000 + i);
  std::string bytes, bytes_again;
  values.pack(bytes);
  ByteReader reader(bytes);
  ASSERT_TRUE(again.unpack(reader));
  EXPECT_TRUE(reader.at_end());
  again.pack(bytes_again);
  EXPECT_EQ(bytes, bytes_again);
  for (std::uint64_t value = 0; value < 400; ++value) {
    const SeenValues::Known a = values.find(print_of(value), 1'002'000), b = again.find(print_of(value), 1'002'000);
    EXPECT_EQ(a.is_there, b.is_there);
    EXPECT_EQ(a.count, b.count);
    EXPECT_EQ(a.since_s, b.since_s);
  }
  for (std::size_t size = 0; size < bytes.size(); size += 17) {
    SeenValues none(1 << 6);
    ByteReader cut(std::string_view(bytes).substr(0, size));
    EXPECT_FALSE(none.unpack(cut)) << size;
  }
  SeenValues smaller(1 << 4);
  ByteReader larger(bytes);
  EXPECT_FALSE(smaller.unpack(larger)) << "a place that it does not have";
}

}  // namespace
}  // namespace tocsin::baseline
