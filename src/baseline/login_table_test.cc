#include "baseline/login_table.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace tocsin::baseline {
namespace {

std::string row(const std::string& more) { return "logins:\n  - {name: a, of: {product: linux}, when: {user: [x]}, account: [user], address: [ip]}\n  - " + more + "\n"; }

TEST(LoginTable, WhatIsShippedIsRead) {
  const Result<LoginTable> table = LoginTable::shipped();
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_GE(table->rows().size(), 15u);
  for (const LoginTable::Row& one : table->rows()) {
    EXPECT_FALSE(one.of.product.empty()) << one.name << ": events of any source would be asked";
    for (const LoginTable::Condition& condition : one.when) {
      for (const std::string& value : condition.values) EXPECT_EQ(value, folded(value)) << one.name;
    }
  }
}

TEST(LoginTable, ARowIsWhatItSays) {
  const Result<LoginTable> table = LoginTable::read("logins:\n  - {name: rdp, of: {product: windows, service: security}, when: {EventID: ['4624'], LogonType: ['3', '10']}, but_not: {TargetUserName: [ANONYMOUS LOGON]}, account: [TargetUserName, User], address: [IpAddress]}\n", "t.yml");
  ASSERT_TRUE(table) << table.error().message;
  ASSERT_EQ(table->rows().size(), 1u);
  const LoginTable::Row& one = table->rows()[0];
  EXPECT_EQ(one.of, (LogSource{"windows", "", "security"}));
  ASSERT_EQ(one.when.size(), 2u);
  EXPECT_EQ(one.when[1].field, "LogonType");
  EXPECT_EQ(one.when[1].values, (std::vector<std::string>{"3", "10"}));
  EXPECT_EQ(one.but_not[0].values, (std::vector<std::string>{"anonymous logon"}));
  EXPECT_EQ(one.account, (std::vector<std::string>{"TargetUserName", "User"}));
}

TEST(LoginTable, AMistakeHasItsPlace) {
  const auto says = [](const std::string& yaml) {
    const Result<LoginTable> table = LoginTable::read(yaml, "t.yml");
    return table ? "taken" : table.error().message;
  };
  EXPECT_EQ(says("a: b\n"), "t.yml:1:1: must be a mapping with the list 'logins'");
  EXPECT_EQ(says("logins: x\n"), "t.yml:1:1: must be a mapping with the list 'logins'");
  EXPECT_EQ(says(row("{name: b, of: {product: linux}, when: {user: [x]}, account: [user], address: [ip]}")), "taken");
  EXPECT_EQ(says(row("{name: a, of: {product: linux}, when: {user: [x]}, account: [user], address: [ip]}")), "t.yml:3:5: 'a' is there twice");
  EXPECT_EQ(says(row("{of: {product: linux}, when: {user: [x]}, account: [user], address: [ip]}")), "t.yml:3:5: a log-in needs a name");
  EXPECT_EQ(says(row("{name: b, when: {user: [x]}, account: [user], address: [ip]}")), "t.yml:3:5: 'b' must say of which log source ('of')");
  EXPECT_EQ(says(row("{name: b, of: {product: linux}, account: [user], address: [ip]}")), "t.yml:3:5: 'b' must say what a success is ('when')");
  EXPECT_EQ(says(row("{name: b, of: {product: linux}, when: {user: x}, account: [user], address: [ip]}")), "t.yml:3:50: 'user' of 'when' must be a list");
  EXPECT_EQ(says(row("{name: b, of: {product: linux}, when: {user: [[x]]}, account: [user], address: [ip]}")), "t.yml:3:51: 'user' of 'when' must list texts");
  EXPECT_EQ(says(row("{name: b, of: {product: linux}, when: {user: [x]}, account: [user]}")), "t.yml:3:5: 'address' must be a list");
  EXPECT_EQ(says(row("{name: b, of: {product: linux}, when: {user: [x]}, acount: [user], address: [ip]}")), "t.yml:3:56: 'acount' is none of: name, of, when, but_not, account, address");
  std::string many = "{name: b, of: {product: linux}, when: {f0: [x]";
  for (std::size_t i = 1; i <= kLoginConditionsMax; ++i) many += ", f" + std::to_string(i) + ": [x]";
  EXPECT_EQ(says(row(many + "}, account: [user], address: [ip]}")), "t.yml:3:5: 'b' asks for more than 8 fields");
  std::string names = "[a";
  for (std::size_t i = 0; i < kLoginNamesMax; ++i) names += ", a";
  EXPECT_EQ(says(row("{name: b, of: {product: linux}, when: {user: [x]}, account: " + names + "], address: [ip]}")), "t.yml:3:65: 'account' has more than 16 entries");
  std::string rows = "logins:\n";
  for (std::size_t i = 0; i <= kLoginRowsMax; ++i) rows += "  - {name: r" + std::to_string(i) + ", of: {product: linux}, when: {user: [x]}, account: [user], address: [ip]}\n";
  EXPECT_EQ(says(rows), "t.yml:2:3: more than 64 log-ins");
}

}  // namespace
}  // namespace tocsin::baseline
