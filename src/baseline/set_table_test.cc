#include "baseline/set_table.h"

#include <gtest/gtest.h>

#include <map>

namespace tocsin::baseline {
namespace {

struct Seen {
  std::uint64_t fingerprint;
  std::uint32_t at;
};

std::uint32_t by_time(const Seen& seen) { return seen.at; }
void append_seen(std::string& out, const Seen& seen) { append_number(out, seen.at); }
bool read_seen(ByteReader& reader, Seen& seen) {
  seen.at = reader.number<std::uint32_t>();
  return seen.at < 1'000'000;
}

using Table = SetTable<Seen, 64>;

std::string state_of(const Table& table) {
  std::string state;
  table.append_state(state, append_seen);
  return state;
}

TEST(SetTable, FindsWhatItTook) {
  Table table;
  for (std::uint64_t name = 0; name < 20; ++name) table.find_or_take(name, by_time).at = 7;
  table.find_or_take(3, by_time).at = 9;
  ASSERT_NE(table.find(3), nullptr);
  EXPECT_EQ(table.find(3)->at, 9u);
  EXPECT_EQ(table.find(99), nullptr);
  EXPECT_NE(table.find(0), nullptr);  // a fingerprint of 0 is one like any other
}

TEST(SetTable, TheLowestOfAFullSetGoes) {
  // As many as have room on the average and eight times more, so that every set is full; the newest is always there, and what is there is never older than eight others of its set.
  Table table;
  for (std::uint32_t i = 1; i <= 512; ++i) {
    Seen& seen = table.find_or_take(i, by_time);
    EXPECT_EQ(seen.at, 0u);
    seen.at = i;
    EXPECT_EQ(table.find(i)->at, i);
  }
  std::map<std::uint64_t, std::vector<std::uint64_t>> sets;
  for (std::uint64_t i = 1; i <= 512; ++i) sets[mixed(i) % 8].push_back(i);
  for (const auto& [number, names] : sets) {
    for (std::size_t i = 0; i < names.size(); ++i) EXPECT_EQ(table.find(names[i]) != nullptr, i + 8 >= names.size());
  }
}

TEST(SetTable, ComesOutOfItsState) {
  Table table;
  for (std::uint32_t i = 1; i <= 100; ++i) table.find_or_take(i * 77, by_time).at = i;
  const std::string state = state_of(table);
  Table again;
  ByteReader reader(state);
  ASSERT_TRUE(again.read_state(reader, read_seen));
  EXPECT_TRUE(reader.at_end());
  EXPECT_EQ(state_of(again), state);
  // And goes on as the first one does.
  for (std::uint32_t i = 101; i <= 200; ++i) table.find_or_take(i * 77, by_time).at = i, again.find_or_take(i * 77, by_time).at = i;
  EXPECT_EQ(state_of(again), state_of(table));
}

TEST(SetTable, RefusesStatesThatItCannotHaveWritten) {
  const auto reads = [](const std::string& state) {
    Table table;
    ByteReader reader(state);
    return table.read_state(reader, read_seen);
  };
  const auto entry = [](std::uint64_t fingerprint, std::uint32_t at) {
    std::string bytes;
    append_number(bytes, fingerprint);
    append_number(bytes, at);
    return bytes;
  };
  const auto count = [](std::uint32_t number) {
    std::string bytes;
    append_number(bytes, number);
    return bytes;
  };
  EXPECT_TRUE(reads(count(0)));
  EXPECT_TRUE(reads(count(2) + entry(5, 1) + entry(6, 2)));
  EXPECT_FALSE(reads(count(2) + entry(5, 1)));                // too short
  EXPECT_FALSE(reads(count(2) + entry(5, 1) + entry(5, 2)));  // twice
  EXPECT_FALSE(reads(count(1) + entry(0, 1)));                // free
  EXPECT_FALSE(reads(count(1) + entry(5, 1'000'000)));        // what the entry refuses
  EXPECT_FALSE(reads(count(65)));
  std::string full = count(64);
  for (std::uint64_t i = 1, of_set = 0; of_set < 64; ++i) {
    if (mixed(i) % 8 == 3) full += entry(i, 1), ++of_set;
  }
  EXPECT_FALSE(reads(full));  // all of one set
}

}  // namespace
}  // namespace tocsin::baseline
