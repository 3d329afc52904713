// Events made by hand and at random, beside a twin that asks each row of the table of the whole event.
#include "baseline/login_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <random>

#include "base/text.h"

namespace tocsin::baseline {
namespace {

class Names : public Naming {
 public:
  PathMeaning meaning(std::string_view path) const override { return {.names = {std::string(path), "any." + std::string(path)}}; }
};
const Names kNames;

constexpr const char* kTable = R"(logins:
  - {name: first, of: {product: a}, when: {e: ['1'], t: ['3', x]}, but_not: {u: [nobody]}, account: [u, v], address: [i, any.j]}
  - {name: second, of: {product: a}, when: {e: ['2', '1']}, account: [v], address: [j]}
  - {name: other, of: {product: b, service: s}, when: {e: ['1']}, account: [u], address: [i]}
)";

struct Read {
  std::string account, address;
  std::size_t row = 0;
  bool operator==(const Read&) const = default;
};

class Logins : public testing::Test {
 protected:
  using Values = std::vector<std::pair<std::string, std::string>>;

  void make(const Values& values) {
    event_.clear();
    texts_.clear();
    for (const auto& [field, text] : values) {
      const std::string& kept = texts_.emplace_back(text);
      event_.values.push_back({kept.data(), static_cast<std::uint32_t>(kept.size()), paths_.child(PathTable::kRoot, field), ValueKind::kText});
    }
  }
  std::optional<Read> read(const LogSourceClass& of, const Values& values) {
    make(values);
    for (const Value& value : event_.values) {
      const auto [parts, is_new] = parts_.try_emplace({of, value.path});
      if (is_new) reader_.add_parts(of, paths_.meaning(value.path), parts->second);
      for (const std::uint16_t part : parts->second) reader_.see(part, value);
    }
    const LoginReader::Found found = reader_.take();
    if (found.account == nullptr) return std::nullopt;
    return Read{std::string(found.account->raw()), std::string(found.address->raw()), found.row};
  }
  /// The same, as the table says it.
  std::optional<Read> twin(const LogSourceClass& of, const Values& values) {
    const auto has = [&](const LoginTable::Condition& condition) {
      return std::ranges::any_of(values, [&](const auto& one) { return (one.first == condition.field || "any." + one.first == condition.field) && std::ranges::find(condition.values, folded(one.second)) != condition.values.end(); });
    };
    const auto first_of = [&](const std::vector<std::string>& names) -> const std::string* {
      for (const std::string& name : names) {
        for (const auto& [field, text] : values) {
          if (field == name || "any." + field == name) return &text;
        }
      }
      return nullptr;
    };
    for (std::size_t i = 0; i < table_.rows().size(); ++i) {
      const LoginTable::Row& row = table_.rows()[i];
      const std::string *const account = first_of(row.account), *const address = first_of(row.address);
      const bool is_one = of.fits(row.of) != nullptr && std::ranges::all_of(row.when, has) && std::ranges::none_of(row.but_not, has) && account != nullptr && address != nullptr;
      if (is_one) return Read{*account, *address, i};
    }
    return std::nullopt;
  }

  const LoginTable table_ = *LoginTable::read(kTable, "table");
  LoginReader reader_{table_};
  std::map<std::pair<LogSourceClass, PathId>, std::vector<std::uint16_t>> parts_;
  PathTable paths_{kNames};
  Event event_;
  std::deque<std::string> texts_;
  const LogSourceClass a_{{{"a", "", ""}}, {}}, b_{{{"b", "", "s"}}, {}}, none_{};
};

TEST_F(Logins, WhatARowSays) {
  EXPECT_EQ(read(a_, {{"e", "1"}, {"t", "3"}, {"u", "ann"}, {"i", "192.0.2.7"}}), (Read{"ann", "192.0.2.7", 0}));
  EXPECT_EQ(read(a_, {{"i", "192.0.2.7"}, {"u", "ann"}, {"t", "X"}, {"e", "1"}}), (Read{"ann", "192.0.2.7", 0})) << "in any order, in any case";
  EXPECT_EQ(read(a_, {{"e", "1"}, {"t", "2"}, {"u", "ann"}, {"i", "192.0.2.7"}}), std::nullopt) << "one condition of two";
  EXPECT_EQ(read(a_, {{"e", "1"}, {"t", "3"}, {"u", "Nobody"}, {"i", "192.0.2.7"}}), std::nullopt);
  EXPECT_EQ(read(a_, {{"e", "1"}, {"t", "3"}, {"u", "ann"}}), std::nullopt) << "from nowhere";
  EXPECT_EQ(read(a_, {{"e", "1"}, {"t", "3"}, {"v", "bob"}, {"u", "ann"}, {"j", "192.0.2.8"}}), (Read{"ann", "192.0.2.8", 0})) << "the better name";
  EXPECT_EQ(read(a_, {{"e", "2"}, {"e", "7"}, {"v", "bob"}, {"j", "192.0.2.8"}}), (Read{"bob", "192.0.2.8", 1})) << "one of an array";
  EXPECT_EQ(read(none_, {{"e", "1"}, {"t", "3"}, {"u", "ann"}, {"i", "192.0.2.7"}}), std::nullopt) << "of another source";
  EXPECT_EQ(read(b_, {{"e", "1"}, {"u", "ann"}, {"i", "192.0.2.7"}}), (Read{"ann", "192.0.2.7", 2}));
  EXPECT_EQ(read(a_, {}), std::nullopt) << "nothing stays of the event before";
}

TEST_F(Logins, AsTheTwin) {
  std::mt19937 random(11);
  const std::vector<std::string> fields = {"e", "t", "u", "v", "i", "j", "k"}, texts = {"1", "2", "3", "x", "X", "nobody", "ann", "192.0.2.7"};
  std::size_t found = 0;
  for (int round = 0; round < 20'000; ++round) {
    Values values;
    for (std::size_t i = random() % 8; i > 0; --i) values.emplace_back(fields[random() % fields.size()], texts[random() % texts.size()]);
    const LogSourceClass& of = random() % 4 == 0 ? b_ : a_;
    const std::optional<Read> one = read(of, values);
    ASSERT_EQ(one, twin(of, values)) << "round " << round;
    found += one.has_value();
  }
  EXPECT_GT(found, 300u);
}

}  // namespace
}  // namespace tocsin::baseline
