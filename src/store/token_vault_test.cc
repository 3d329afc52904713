#include "store/token_vault.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

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
  static std::string token(TokenVault& vault, std::string_view value) {
    std::string out;
    return vault.append_token(value, out) ? out : "none";
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
