#include "store/token_vault.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <fstream>

#include "store/checksum_vfs.h"

namespace tocsin {
namespace {

class TokenVaultTest : public ::testing::Test {
 protected:
  TokenVaultTest() {
    std::string name = (std::filesystem::temp_directory_path() / "tocsin-tokens-XXXXXX").string();
    data_.path = ::mkdtemp(name.data());
    master_ = std::make_unique<Seal>(*read_or_make_key(Env::system(), data_.path + "/key"));
  }
  ~TokenVaultTest() override { std::filesystem::remove_all(data_.path); }

  std::unique_ptr<TokenVault> open(TokenVault::Use use = TokenVault::Use::kWrite) {
    auto vault = TokenVault::open(Env::system(), data_, *master_, use);
    if (!vault) ADD_FAILURE() << vault.error().message;
    return vault ? std::move(*vault) : nullptr;
  }
  static std::string token(TokenVault& vault, std::string_view value, std::uint32_t days = 0) {
    std::string out;
    return vault.append_token(value, days, out) ? out : "none";
  }
  /// All bytes of all files in the folder.
  std::string bytes() const {
    std::string all;
    for (const auto& file : std::filesystem::directory_iterator(data_.path)) {
      std::ifstream in(file.path(), std::ios::binary);
      all.append(std::istreambuf_iterator<char>(in), {});
    }
    return all;
  }

  DataFolder data_;
  std::unique_ptr<Seal> master_;
};

TEST_F(TokenVaultTest, OneTokenForOneValueWhateverItsCase) {
  const auto vault = open();
  const std::string ada = token(*vault, "Ada");
  EXPECT_TRUE(ada.starts_with("tok-"));
  EXPECT_EQ(ada.size(), kTokenBytes);
  EXPECT_EQ(token(*vault, "ADA"), ada);
  EXPECT_NE(token(*vault, "Bob"), ada);
  EXPECT_EQ(token(*vault, std::string(kTokenValueBytesMax + 1, 'x')), "none");
  ASSERT_TRUE(vault->flush());
  EXPECT_EQ(*vault->reveal(ada), "Ada") << "as it was written first";
}

TEST_F(TokenVaultTest, WhatATokenStandsForIsForgottenWhenItsDaysAreOver) {
  constexpr TimeUs kDay = 86'400'000'000;
  const TimeUs now = Env::system().now_us();
  std::string ada, bob, cyd, dee;
  {
    const auto vault = open();
    ada = token(*vault, "ada", 10), bob = token(*vault, "bob"), cyd = token(*vault, "cyd", 10), dee = token(*vault, "dee", 10);
    EXPECT_EQ(vault->expire(now + 9 * kDay).value(), 0);
    EXPECT_EQ(token(*vault, "ada", 3), ada) << "a rule with fewer days does not make them fewer";
    EXPECT_EQ(token(*vault, "dee", 20), dee);
    ASSERT_TRUE(vault->hold("cyd", "case 12"));
  }
  const auto vault = open();
  EXPECT_EQ(vault->expire(now + 12 * kDay).value(), 1);
  EXPECT_EQ(vault->reveal(ada).error().code, Code::kNotFound);
  EXPECT_EQ(bytes().find(ada), std::string::npos) << "nothing of it is left";
  EXPECT_NE(token(*vault, "ada", 10), ada);
  for (const auto& [kept, value] : {std::pair(bob, "bob"), std::pair(cyd, "cyd"), std::pair(dee, "dee")}) EXPECT_EQ(*vault->reveal(kept), value);
  ASSERT_TRUE(vault->hold("cyd", ""));
  EXPECT_EQ(vault->expire(now + 30 * kDay).value(), 3) << "the new one of ada, cyd and dee";
  EXPECT_EQ(*vault->reveal(bob), "bob");
  EXPECT_EQ(vault->count().value(), 1);
}

TEST_F(TokenVaultTest, ATokenWithoutAnEndGetsOneWhereNoRuleMakesSuch) {
  constexpr TimeUs kDay = 86'400'000'000;
  const TimeUs now = Env::system().now_us();
  const auto vault = open();
  const std::string ada = token(*vault, "ada");
  ASSERT_TRUE(vault->flush());
  EXPECT_EQ(token(*vault, "ada", 10), ada);
  EXPECT_EQ(vault->expire(now + 12 * kDay).value(), 0) << "another rule made it without an end";
  vault->end_all(true);
  EXPECT_EQ(token(*vault, "ada", 10), ada);
  EXPECT_EQ(vault->expire(now + 9 * kDay).value(), 0);
  EXPECT_EQ(vault->expire(now + 12 * kDay).value(), 1);
}

TEST_F(TokenVaultTest, AFileOfTheFirstFormatGoesOn) {
  std::string ada;
  {
    const auto vault = open();
    ada = token(*vault, "ada");
    ASSERT_TRUE(vault->flush());
  }
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open_v2(data_.tokens().c_str(), &database, SQLITE_OPEN_READWRITE, checksum_vfs()), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(database, "DROP INDEX tokens_by_end; ALTER TABLE tokens DROP COLUMN until; PRAGMA user_version=1", nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(database);
  sqlite3_close(database);
  EXPECT_EQ(token(*open(TokenVault::Use::kRead), "ada"), ada) << "who only reads leaves it as it is";
  const auto vault = open();
  EXPECT_EQ(token(*vault, "ada", 5), ada);
  EXPECT_EQ(vault->expire(INT64_MAX).value(), 0) << "it has no end";
}

TEST_F(TokenVaultTest, WhatWasFlushedOutlivesTheProcess) {
  std::string ada, bob;
  {
    const auto vault = open();
    ada = token(*vault, "ada");
    ASSERT_TRUE(vault->flush());
    bob = token(*vault, "bob");
  }
  const auto vault = open();
  EXPECT_EQ(token(*vault, "ada"), ada);
  EXPECT_NE(token(*vault, "bob"), bob) << "nobody has kept it";
  EXPECT_EQ(*vault->count(), 1);
  EXPECT_EQ(bytes().find("ada"), std::string::npos) << "in no file in clear";
}

TEST_F(TokenVaultTest, WhoOnlyReadsMakesNone) {
  EXPECT_EQ(token(*open(TokenVault::Use::kRead), "ada"), "none") << "there is no file yet";
  EXPECT_FALSE(std::filesystem::exists(data_.tokens()));
  const auto vault = open();
  const std::string ada = token(*vault, "ada");
  ASSERT_TRUE(vault->flush());
  const auto reader = open(TokenVault::Use::kRead);
  EXPECT_EQ(token(*reader, "ada"), ada);
  EXPECT_EQ(token(*reader, "bob"), "none");
  EXPECT_EQ(reader->address_key(), vault->address_key());
}

TEST_F(TokenVaultTest, WhatWasForgottenComesBackNowhere) {
  const auto vault = open();
  const std::string ada = token(*vault, "ada"), bob = token(*vault, "bob");
  ASSERT_TRUE(vault->flush());
  ASSERT_TRUE(vault->forget("ADA", 1'785'153'600'000'000));
  const Result<std::string> revealed = vault->reveal(ada);
  ASSERT_FALSE(revealed);
  EXPECT_EQ(revealed.error().code, Code::kDenied);
  EXPECT_EQ(revealed.error().message, "what " + ada + " stood for was forgotten on 2026-07-27T12:00:00.000000Z; nobody can bring it back");
  EXPECT_EQ(*vault->reveal(bob), "bob");
  EXPECT_NE(token(*vault, "ada"), ada) << "whoever comes back is somebody else";
  EXPECT_EQ(vault->forget("grace", 1).error().code, Code::kNotFound);
}

TEST_F(TokenVaultTest, AHoldStopsForgetting) {
  const auto vault = open();
  const std::string ada = token(*vault, "ada");
  ASSERT_TRUE(vault->hold("ada", "case 12"));
  const Status forgotten = vault->forget("ada", 1);
  ASSERT_FALSE(forgotten);
  EXPECT_EQ(forgotten.error().message, ada + " is held: case 12; end the hold first");
  ASSERT_TRUE(vault->hold("ada", ""));
  EXPECT_TRUE(vault->forget("ada", 1));
}

TEST_F(TokenVaultTest, AnotherMasterKeyOpensItAfterAnExchange) {
  const std::string ada = [&] {
    const auto vault = open();
    const std::string token = TokenVaultTest::token(*vault, "ada");
    EXPECT_TRUE(vault->flush());
    return token;
  }();
  Seal other(*SealKey::random());
  EXPECT_EQ(TokenVault::open(Env::system(), data_, other, TokenVault::Use::kRead).error().code, Code::kInvalid);
  EXPECT_EQ(*open()->reveal(ada), "ada");
}

TEST_F(TokenVaultTest, ForAWhileKeptSealed) {
  const auto vault = open();
  const std::string sealed = vault->sealed("alice logged in");
  EXPECT_EQ(sealed.find("alice"), std::string::npos);
  EXPECT_NE(vault->sealed("alice logged in"), sealed);
  EXPECT_EQ(vault->unsealed(sealed), "alice logged in");
  EXPECT_EQ(vault->unsealed("of an older version"), "of an older version");
}

TEST_F(TokenVaultTest, ADamagedFileIsAnError) {
  {
    const auto vault = open();
    for (int i = 0; i < 200; ++i) (void)token(*vault, "user" + std::to_string(i));
    ASSERT_TRUE(vault->flush());
    EXPECT_TRUE(check_tokens(Env::system(), data_)->empty());
  }
  std::fstream file(data_.tokens(), std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(9'000);
  file.put('\x5a');
  file.close();
  const auto mistakes = check_tokens(Env::system(), data_);
  EXPECT_TRUE(!mistakes || !mistakes->empty());
}

TEST_F(TokenVaultTest, ACopyHasThemAll) {
  const auto vault = open();
  const std::string ada = token(*vault, "ada");
  ASSERT_TRUE(vault->flush());
  DataFolder copy{data_.path + "/copy"};
  std::filesystem::create_directory(copy.path);
  ASSERT_TRUE(copy_tokens(Env::system(), data_, copy.tokens()));
  std::filesystem::copy(data_.path + "/protection.key", copy.path + "/protection.key");
  auto other = TokenVault::open(Env::system(), copy, *master_, TokenVault::Use::kRead);
  ASSERT_TRUE(other);
  EXPECT_EQ(*(*other)->reveal(ada), "ada");
}

}  // namespace
}  // namespace tocsin
