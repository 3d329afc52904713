// Events here are made by hand, value by value: the parsers are another room. tests/data/protect has records through all of it.
#include "protect/protector.h"

#include <gtest/gtest.h>

#include <map>

#include "base/text.h"

namespace tocsin::protect {
namespace {

/// Tokens that can be read: tok-[value].
class ReadableTokens : public Tokens {
 public:
  bool append_token(std::string_view value, std::uint32_t for_days, std::string& out) override {
    if (full) return false;
    days = for_days;
    out += "tok-[" + folded(value) + "]";
    return true;
  }
  const ProtectionKey& address_key() const override { return key_; }
  const ProtectionKey& hash_key() const override { return key_; }
  bool full = false;
  std::uint32_t days = 0;  // as it was asked last

 private:
  ProtectionKey key_{1, 2, 3};
};

class TestNaming : public Naming {
 public:
  PathMeaning meaning(std::string_view path) const override {
    static const std::map<std::string_view, EntityType> kEntities = {{"user", EntityType::kUser}, {"host", EntityType::kHost}, {"ip", EntityType::kIp}};
    const auto found = kEntities.find(path);
    return {.names = {std::string(path)}, .entity = found == kEntities.end() ? EntityType::kNone : found->second};
  }
};

constexpr std::string_view kPolicy = R"(policy: test
mentions: [message]
rules:
  - {field: open, action: keep}
  - {field: password, action: mask}
  - {field: gone, action: delete}
  - {field: hashed, action: hash}
  - {entity: user, except: [SYSTEM], source: 'bulk/*', action: tokenize, forget_after_days: 7}
  - {entity: host, action: tokenize}
  - {entity: ip, action: prefix}
  - {class: IP, action: prefix}
  - {class: [EMAIL], action: tokenize}
  - {class: [SECRET, CARD], action: mask}
)";

class ProtectorTest : public ::testing::Test {
 protected:
  ProtectorTest() : policy_(std::move(*read_policy("p.yml", kPolicy))), paths_(naming_), protector_(policy_, tokens_, naming_, paths_, log_sources_) {}

  /// `values`: (path, text as it stands in the record); those of JSON strings in kind kJsonText.
  std::string kept(std::string_view raw, const std::vector<std::pair<std::string, std::string>>& values, bool json, std::string_view source = "bulk/a") {
    Event event;
    if (!json) add(event, PathTable::kRoot, raw, ValueKind::kText);
    for (const auto& [path, text] : values) {
      const std::size_t at = raw.find(text);
      EXPECT_NE(at, std::string_view::npos) << text;
      const bool quoted = json && at > 0 && raw[at - 1] == '"';
      add(event, paths_.child(PathTable::kRoot, path), raw.substr(at, text.size()), quoted ? ValueKind::kJsonText : json ? ValueKind::kNumber : ValueKind::kText);
    }
    std::string out;
    return protector_.protect({raw, raw, 0, json}, event, source, out) ? out : std::string(raw);
  }
  static void add(Event& event, PathId path, std::string_view text, ValueKind kind) {
    Value& value = event.values.emplace_back();
    value.data = text.data();
    value.size = static_cast<std::uint32_t>(text.size());
    value.path = path;
    value.kind = kind;
  }
  std::string address(std::string_view text) {
    std::string out;
    EXPECT_TRUE(PrefixPreserving(tokens_.address_key()).append_replaced(text, out));
    return out;
  }

  const Policy policy_;
  ReadableTokens tokens_;
  TestNaming naming_;
  PathTable paths_;
  LogSourceTable log_sources_;
  Protector protector_;
};

TEST_F(ProtectorTest, FieldsOfJson) {
  EXPECT_EQ(kept(R"({"user":"EXAMPLE\\ada","host":"PC1.example.org","n":1})", {{"user", R"(EXAMPLE\\ada)"}, {"host", "PC1.example.org"}}, true),
            R"({"user":"EXAMPLE\\tok-[ada]","host":"tok-[pc1].example.org","n":1})");
  EXPECT_EQ(kept(R"({"user":"PC1$","ip":"203.0.113.7"})", {{"user", "PC1$"}, {"ip", "203.0.113.7"}}, true), R"({"user":"tok-[pc1]$","ip":")" + address("203.0.113.7") + R"("})");
  EXPECT_EQ(kept(R"({"password":12345,"gone":"x","open":"a@example.org"})", {{"password", "12345"}, {"gone", "x"}, {"open", "a@example.org"}}, true), R"({"password":"[REMOVED]","gone":"","open":"a@example.org"})") << "a rule keeps it";
  EXPECT_EQ(kept(R"({"n":"a"})", {{"n", "a"}}, true), R"({"n":"a"})");
  EXPECT_EQ(kept(R"({"hashed":"Ada"})", {{"hashed", "Ada"}}, true), kept(R"({"hashed":"ada"})", {{"hashed", "ada"}}, true)) << "whatever the case";
}

TEST_F(ProtectorTest, ValuesThatSayNothingOrAreExceptedStay) {
  for (const char* const raw : {R"({"user":"-"})", R"({"user":"SYSTEM"})", R"({"user":"nt authority\\system"})", R"({"user":""})"}) {
    const std::string_view text = raw;
    const std::size_t from = text.find(":\"") + 2;
    EXPECT_EQ(kept(text, {{"user", std::string(text.substr(from, text.size() - from - 2))}}, true), raw);
  }
}

TEST_F(ProtectorTest, RulesHoldWhereTheySay) {
  EXPECT_EQ(kept(R"({"user":"ada"})", {{"user", "ada"}}, true, "hec/a"), R"({"user":"ada"})");
  EXPECT_EQ(kept(R"({"user":"ada"})", {{"user", "ada"}}, true, "bulk/a"), R"({"user":"tok-[ada]"})");
  EXPECT_EQ(tokens_.days, 7u);
}

TEST_F(ProtectorTest, WhatAFieldBecameIsPutWhereAFreeTextMentionsIt) {
  EXPECT_EQ(kept(R"({"user":"ada","message":"ada, adam and x.ada did\nada","other":"ada"})", {{"user", "ada"}, {"message", R"(ada, adam and x.ada did\nada)"}}, true),
            R"({"user":"tok-[ada]","message":"tok-[ada], adam and x.tok-[ada] did\ntok-[ada]","other":"ada"})");
  EXPECT_EQ(kept("sshd: bob from web, for bob.", {{"user", "bob"}}, false), "sshd: tok-[bob] from web, for tok-[bob].");
}

TEST_F(ProtectorTest, FindingsOfAnyText) {
  EXPECT_EQ(kept("login ada@example.org from 203.0.113.7 password=hunter2!", {}, false), "login tok-[ada@example.org] from " + address("203.0.113.7") + " password=[SECRET]");
  EXPECT_EQ(kept(R"({"card":4111111111111111,"m":"x"})", {}, true), R"({"card":"[CARD]","m":"x"})") << "a number becomes a string";
  EXPECT_EQ(kept(R"({"m":"Address:\t\t203.0.113.7\r\nPath C:\\tmp"})", {}, true), R"({"m":"Address:\t\t)" + address("203.0.113.7") + R"(\r\nPath C:\\tmp"})") << "tabs stay, and hide nothing";
}

TEST_F(ProtectorTest, NoTokenIsAMask) {
  tokens_.full = true;
  EXPECT_EQ(kept(R"({"user":"ada"})", {{"user", "ada"}}, true), R"({"user":"[USER]"})");
}

TEST_F(ProtectorTest, WhatWasDecodedIsFoundAsItIsWritten) {
  const std::string_view raw = "type=USER_CMD acct=416461 user=\"x\"";
  Event event;
  const std::string decoded = "Ada";
  add(event, paths_.child(PathTable::kRoot, "user"), decoded, ValueKind::kText);
  std::string out;
  ASSERT_TRUE(protector_.protect({raw, raw, 0, false}, event, "bulk/a", out));
  EXPECT_EQ(out, "type=USER_CMD acct=tok-[ada] user=\"x\"");
  EXPECT_EQ(protector_.unplaced(), 0u);
  const std::string nowhere = "Grace";
  event.values[0].data = nowhere.data();
  event.values[0].size = 5;
  EXPECT_FALSE(protector_.protect({raw, raw, 0, false}, event, "bulk/a", out));
  EXPECT_EQ(protector_.unplaced(), 1u);
}

TEST_F(ProtectorTest, ValuesOfAlerts) {
  protector_.begin_texts();
  std::string out;
  protector_.append_entity(EntityType::kUser, "Ada", "bulk/a", LogSourceTable::kUnknown, out);
  EXPECT_EQ(out, "tok-[ada]");
  out.clear();
  protector_.append_value("CommandLine", "run for Ada password=hunter2!", "bulk/a", LogSourceTable::kUnknown, out);
  EXPECT_EQ(out, "run for tok-[ada] password=[SECRET]");
  out.clear();
  protector_.append_value("user", "bob", "bulk/a", LogSourceTable::kUnknown, out);
  EXPECT_EQ(out, "tok-[bob]");
  out.clear();
  protector_.append_value("open", "x@example.org", "bulk/a", LogSourceTable::kUnknown, out);
  EXPECT_EQ(out, "x@example.org") << "the rule for it comes first";
}

}  // namespace
}  // namespace tocsin::protect
