#include "analyze/account_name.h"

#include <gtest/gtest.h>

#include "analyze/entity_resolver.h"

namespace tocsin::analyze {
namespace {

TEST(AccountName, OfADomainHasItsShortName) {
  for (const auto& [name, domain] : {std::pair("ANN", "CORP"), {"ann", "corp.example.org"}, {"CORP\\Ann", ""}, {"ann", "Corp"}}) {
    const AccountName account = account_name(name, domain, "S-1-5-21-1-2-3-1104", "ws5.corp.example.org");
    EXPECT_EQ(account.kind, AccountKind::kDomain) << name;
    EXPECT_EQ(account.name, "corp\\ann") << name;
  }
}

TEST(AccountName, OfTheSystemSaysNothing) {
  for (const auto& [name, domain, id] : {std::tuple("SYSTEM", "NT AUTHORITY", ""), {"WS5$x", "", "S-1-5-18"}, {"NT AUTHORITY\\LOCAL SERVICE", "", ""}, {"S-1-5-20", "", ""},
                                         {"UMFD-2", "Font Driver Host", ""}, {"dwm-1", "", ""}, {"ANONYMOUS LOGON", "", ""}, {"www-data", "", ""}}) {
    EXPECT_EQ(account_name(name, domain, id, "ws5").kind, AccountKind::kService) << name;
  }
  EXPECT_EQ(account_name("umfd-two", "CORP", "", "ws5").kind, AccountKind::kDomain);
  EXPECT_EQ(account_name("", "CORP", "", "ws5").kind, AccountKind::kNone);
  EXPECT_EQ(account_name("CORP\\", "", "", "ws5").kind, AccountKind::kNone);
}

TEST(AccountName, OfAMachineIsTheMachine) {
  const AccountName account = account_name("WS5$", "CORP", "", "dc.corp.example.org");
  EXPECT_EQ(account.kind, AccountKind::kMachine);
  EXPECT_EQ(account.name, "ws5");
}

TEST(AccountName, OfOneMachineAlone) {
  EXPECT_EQ(account_name("ann", "WS5", "", "ws5.corp.example.org").kind, AccountKind::kLocal);
  EXPECT_EQ(account_name("root", "", "", "web1").kind, AccountKind::kLocal);
  EXPECT_EQ(account_name("Administrator", "", "", "ws5").kind, AccountKind::kLocal);
  EXPECT_EQ(account_name("Administrator", "CORP", "", "ws5").kind, AccountKind::kDomain);
  EXPECT_EQ(account_name("ann", ".", "", "ws5").kind, AccountKind::kLocal);
}

TEST(AccountName, OfAProviderIsWhole) {
  EXPECT_EQ(account_name("Ann@Example.org", "", "", "").name, "ann@example.org");
  EXPECT_EQ(account_name("arn:aws:iam::123456789012:user/ann", "", "", "").kind, AccountKind::kDomain);
  EXPECT_EQ(account_name("ann", "", "", "ws5").kind, AccountKind::kBare);
}

TEST(EntityResolver, AShortNameIsTheOneFullName) {
  EntityResolver names;
  EXPECT_EQ(names.host("WS5"), "ws5") << "nobody has said the full one";
  EXPECT_EQ(names.host("WS5.Corp.Example.ORG."), "ws5.corp.example.org");
  EXPECT_EQ(names.host("ws5"), "ws5.corp.example.org");
  ASSERT_EQ(names.said().size(), 1u);
  EXPECT_EQ(names.said().front().name, "ws5");
  EXPECT_EQ(names.host("ws5.lab.example.org"), "ws5.lab.example.org");
  EXPECT_EQ(names.host("ws5"), "ws5") << "there are two now";
  EXPECT_EQ(names.host("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(names.host("192"), "192") << "an address has no short name";
}

TEST(EntityResolver, AnAccountWithoutItsDomain) {
  EntityResolver names;
  const std::string host = "ws5.corp.example.org";
  const AccountName bare = account_name("ann", "", "", host), full = account_name("ann", "CORP", "", host), other = account_name("ann", "LAB", "", host);
  EXPECT_EQ(names.account(bare, "", host), host + "\\ann") << "the machine's, for all that is known";
  EXPECT_EQ(names.account(full, "S-1-5-21-1-2-3-1104", host), "corp\\ann");
  EXPECT_EQ(names.account(bare, "", host), "corp\\ann");
  EXPECT_EQ(names.account(account_name("S-1-5-21-1-2-3-1104", "", "", host), "", host), "corp\\ann") << "by its identifier";
  EXPECT_EQ(names.account(other, "", host), "lab\\ann");
  EXPECT_EQ(names.account(bare, "", host), "corp\\ann") << "of two the one in the machine's domain";
  EXPECT_EQ(names.account(bare, "", "web1.dmz.example.org"), "web1.dmz.example.org\\ann") << "of two none";
  EXPECT_EQ(names.account(account_name("SYSTEM", "NT AUTHORITY", "", host), "", host), "");
  EXPECT_EQ(names.account(account_name("ann", "", "", ""), "", ""), "ann") << "no machine";
}

TEST(EntityResolver, RemembersSoMuch) {
  EntityResolver names;
  for (std::size_t i = 0; i < kResolvedNamesMax + 10; ++i) names.host("m" + std::to_string(i) + ".example.org");
  EXPECT_EQ(names.host("m7"), "m7.example.org");
  EXPECT_EQ(names.host("m" + std::to_string(kResolvedNamesMax + 5)), "m" + std::to_string(kResolvedNamesMax + 5)) << "not learnt, and stands for itself";
}

}  // namespace
}  // namespace tocsin::analyze
