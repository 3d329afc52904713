#include "detect/plan/string_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace tocsin::plan {
namespace {

using Place = StringSet::Place;

bool stands(Place place, std::string_view literal, std::string_view value) {
  switch (place) {
    case Place::kEquals: return value == literal;
    case Place::kPrefix: return value.starts_with(literal);
    case Place::kSuffix: return value.ends_with(literal);
    case Place::kContains: return value.find(literal) != std::string_view::npos;
  }
  return false;
}

std::vector<std::uint32_t> found(const StringSet& set, std::string_view value) {
  std::vector<std::uint32_t> ids;
  set.find(value, [&](std::uint32_t id) { ids.push_back(id); });
  std::ranges::sort(ids);
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

std::string random_text(std::mt19937& random, std::size_t size_max) {
  std::string text(random() % (size_max + 1), ' ');
  for (char& c : text) c = static_cast<char>('a' + random() % 3);  // few letters, so that everything nests in everything
  return text;
}

TEST(StringSet, AgreesWithAskingOneByOne) {
  std::mt19937 random(20261124);
  for (int round = 0; round < 400; ++round) {
    StringSet set;
    std::vector<std::pair<Place, std::string>> patterns;
    const std::size_t count = random() % (round % 4 == 0 ? 400 : 60);  // many short literals take another way
    for (std::uint32_t i = 0; i < count; ++i) {
      const Place place = static_cast<Place>(random() % 4);
      std::string literal = random_text(random, 12);
      if (place == Place::kContains && literal.empty()) literal = "a";
      set.add(place, literal, i);
      patterns.emplace_back(place, std::move(literal));
    }
    set.build();
    for (int k = 0; k < 50; ++k) {
      const std::string value = random_text(random, 40);
      std::vector<std::uint32_t> expected;
      for (std::uint32_t i = 0; i < patterns.size(); ++i) {
        if (stands(patterns[i].first, patterns[i].second, value)) expected.push_back(i);
      }
      ASSERT_EQ(found(set, value), expected) << "round " << round << ", value '" << value << "'";
    }
  }
}

TEST(StringSet, EmptyLiterals) {
  StringSet set;
  set.add(Place::kEquals, "", 1);
  set.add(Place::kPrefix, "", 2);
  set.add(Place::kSuffix, "", 3);
  set.build();
  EXPECT_EQ(found(set, ""), (std::vector<std::uint32_t>{1, 2, 3}));
  EXPECT_EQ(found(set, "x"), (std::vector<std::uint32_t>{2, 3}));
}

}  // namespace
}  // namespace tocsin::plan
