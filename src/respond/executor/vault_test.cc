#include "respond/executor/vault.h"

#include <gtest/gtest.h>

#include "base/memory_env.h"
#include "respond/executor/vault_key.h"

namespace tocsin::respond {
namespace {

SealKey key(char byte) { return std::move(*SealKey::from(std::string(kSealKeyBytes, byte))); }
Secret secret(std::string text) { return Secret(std::move(text)); }

TEST(Vault, GivesBackWhatWasPutThereAndNothingOfItStandsInTheFile) {
  MemoryEnv env;
  env.add_folder("etc");
  Vault vault(env, "etc/vault", key('k'));
  EXPECT_EQ(vault.get("ssh/key").error().code, Code::kNotFound);
  ASSERT_TRUE(vault.put("ssh/key", secret("hunter2-hunter2")));
  ASSERT_TRUE(vault.put("mail", secret("geheim")));
  ASSERT_TRUE(vault.put("mail", secret("another")));
  EXPECT_EQ(vault.get("ssh/key")->reveal(), "hunter2-hunter2");
  EXPECT_EQ(vault.get("mail")->reveal(), "another");
  EXPECT_EQ(vault.names().value(), (std::vector<std::string>{"mail", "ssh/key"}));
  const std::string file = *env.text_of("etc/vault");
  for (const char* const word : {"hunter2", "another", "mail", "ssh/key"}) EXPECT_EQ(file.find(word), std::string::npos) << word;
  ASSERT_TRUE(vault.remove("mail"));
  EXPECT_EQ(vault.remove("mail").error().code, Code::kNotFound);
  EXPECT_EQ(Vault(env, "etc/vault", key('k')).get("ssh/key")->reveal(), "hunter2-hunter2");
}

TEST(Vault, AnotherKeyOrAFlippedBitOpensNothingAndSaysNothing) {
  MemoryEnv env;
  env.add_folder("etc");
  Vault vault(env, "etc/vault", key('k'));
  ASSERT_TRUE(vault.put("mail", secret("geheim")));
  const Error other = Vault(env, "etc/vault", key('j')).get("mail").error();
  EXPECT_EQ(other.code, Code::kInvalid);
  EXPECT_EQ(other.message.find("geheim"), std::string::npos);
  const std::size_t bits = env.text_of("etc/vault")->size() * 8;
  for (std::size_t bit = 0; bit < bits; bit += 5) {
    env.flip_bit("etc/vault", bit);
    EXPECT_FALSE(vault.get("mail")) << bit;
    env.flip_bit("etc/vault", bit);
  }
  EXPECT_TRUE(vault.get("mail"));
}

TEST(Vault, NamesAndSizesHaveLimitsAndAFailureLosesNothing) {
  MemoryEnv env;
  env.add_folder("etc");
  Vault vault(env, "etc/vault", key('k'));
  for (const char* const name : {"", "a b", "a\n", "ä"}) EXPECT_FALSE(vault.put(name, secret("x"))) << name;
  EXPECT_FALSE(vault.put("a", secret("")));
  EXPECT_FALSE(vault.put("a", secret(std::string(kVaultSecretBytesMax + 1, 'x'))));
  ASSERT_TRUE(vault.put("a", secret("one")));
  for (std::uint64_t call = 1; call < 12; ++call) {
    env.fail_call(call);
    const bool done = vault.put("a", secret("two")).has_value();
    env.fail_call(0);
    const std::string now(vault.get("a")->reveal());
    EXPECT_TRUE(now == "one" || now == "two") << call;
    EXPECT_TRUE(!done || now == "two") << call;
    ASSERT_TRUE(vault.put("a", secret("one")));
  }
}

TEST(VaultKey, IsMadeOnceAndRead) {
  MemoryEnv env;
  env.add_folder("etc");
  ASSERT_TRUE(make_vault_key(env, "etc/key"));
  EXPECT_FALSE(make_vault_key(env, "etc/key"));
  EXPECT_TRUE(read_vault_key(env, "etc/key"));
  env.add_file("etc/bad", "0123");
  EXPECT_EQ(read_vault_key(env, "etc/bad").error().code, Code::kInvalid);
}

}  // namespace
}  // namespace tocsin::respond
