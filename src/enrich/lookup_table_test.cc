// The tables against lists that are searched from one end to the other.
#include "enrich/lookup_table.h"

#include <gtest/gtest.h>

#include <random>

namespace tocsin::enrich {
namespace {

TEST(LookupTable, NetworksAsTheListHasThem) {
  std::mt19937 random(3);
  for (int round = 0; round < 50; ++round) {
    NetworkTable table;
    struct One {
      IpNetwork network;
      TableValue value;
    };
    std::vector<One> list;
    const auto any = [&] { return IpAddress{random() % 2, random() % 4096}; };
    for (std::uint32_t line = 0; line < 300; ++line) {
      const auto bits = static_cast<unsigned>(116 + random() % 13);
      const One one{{first_bits(any(), bits), bits}, {line, static_cast<std::uint16_t>(random() % 3)}};
      const bool there = std::ranges::any_of(list, [&](const One& other) { return other.network == one.network && other.value.list == one.value.list; });
      if (!there) list.push_back(one);
      table.add(one.network, one.value);
    }
    table.finish();
    ASSERT_EQ(table.size(), list.size());
    std::ranges::sort(list, [](const One& a, const One& b) { return a.network.bits != b.network.bits ? a.network.bits > b.network.bits : a.value.list < b.value.list; });
    for (int i = 0; i < 500; ++i) {
      const IpAddress address = any();
      std::vector<TableValue> wanted, found;
      for (const One& one : list) {
        if (one.network.holds(address)) wanted.push_back(one.value);
      }
      table.each_that_holds(address, [&](const IpNetwork& network, TableValue value) {
        EXPECT_TRUE(network.holds(address));
        found.push_back(value);
        return true;
      });
      ASSERT_EQ(found, wanted);
    }
  }
}

TEST(LookupTable, NamesAsTheListHasThem) {
  std::mt19937 random(4);
  NameTable table;
  std::vector<std::pair<std::string, TableValue>> list;
  const auto any = [&] { return std::string(1 + random() % 2, static_cast<char>('a' + random() % 4)) + std::to_string(random() % 40); };
  for (std::uint32_t line = 0; line < 500; ++line) {
    const std::string name = any();
    const TableValue value{line, static_cast<std::uint16_t>(random() % 3)};
    const bool there = std::ranges::any_of(list, [&](const auto& other) { return other.first == name && other.second.list == value.list; });
    if (!there) list.emplace_back(name, value);
    table.add(name, value);
  }
  table.finish();
  ASSERT_EQ(table.size(), list.size());
  for (int i = 0; i < 2'000; ++i) {
    const std::string name = any();
    std::vector<TableValue> wanted, found;
    for (const auto& [other, value] : list) {
      if (other == name) wanted.push_back(value);
    }
    std::ranges::sort(wanted, {}, &TableValue::list);
    table.each_of(name, [&](TableValue value) {
      found.push_back(value);
      return true;
    });
    ASSERT_EQ(found, wanted);
  }
}

}  // namespace
}  // namespace tocsin::enrich
