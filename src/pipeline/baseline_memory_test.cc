// What baselines learnt over a restart: sealed, with its place, never ahead of the state, not written too often, and told where it cannot be used.
#include "pipeline/baseline_memory.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/memory_env.h"

namespace tocsin {
namespace {

using baseline::BaselineFields;
using baseline::Baselines;
using When = BaselineMemory::When;

class BaselineMemoryTest : public ::testing::Test {
 protected:
  BaselineMemoryTest() {
    std::string name = (std::filesystem::temp_directory_path() / "tocsin-baselines-XXXXXX").string();
    data_.path = ::mkdtemp(name.data());
    Seal master(*read_or_make_key(Env::system(), data_.path + "/key"));
    vault_ = std::move(*TokenVault::open(Env::system(), data_, master, TokenVault::Use::kWrite));
    env_.add_folder("data");
  }
  ~BaselineMemoryTest() override { std::filesystem::remove_all(data_.path); }

  static void learn(Baselines& baselines, int events) {
    const Value value{"a.exe", 5, 0, ValueKind::kText};
    baseline::Observation seen;
    seen.source = "syslog/gw";
    seen.source_fingerprint = 3;
    seen.fields[0] = {7, 11, &value, "Image"};
    seen.field_count = 1;
    for (int i = 0; i < events; ++i) {
      seen.time_s = 1'700'000'000 + static_cast<std::uint32_t>(i) * 60;
      baselines.learn(seen);
    }
  }
  std::uint64_t file_begins_with() {
    const std::string bytes = vault_->unsealed(env_.read_file("data/baselines", 64u << 20).value_or(""));
    return bytes.size() < 8 ? UINT64_MAX : number_at<std::uint64_t>(bytes, 0);
  }

  DataFolder data_;
  std::unique_ptr<TokenVault> vault_;
  MemoryEnv env_;
  const BaselineFields fields_ = *BaselineFields::shipped();
};

TEST_F(BaselineMemoryTest, IsThereAfterARestart) {
  Baselines baselines(fields_), again(fields_);
  BaselineMemory memory(env_, "data", *vault_);
  ASSERT_EQ(memory.recall(baselines, 0)->from, 0u);
  EXPECT_EQ(file_begins_with(), 0u) << "where learning began is known before anything is learnt";
  learn(baselines, 50);
  ASSERT_TRUE(memory.keep(baselines, 50, When::kNow));
  EXPECT_EQ(memory.kept(), 50u);
  BaselineMemory later(env_, "data", *vault_);
  const Result<BaselineMemory::Recalled> recalled = later.recall(again, 80);
  ASSERT_TRUE(recalled);
  EXPECT_EQ(recalled->from, 50u) << "the thirty records since are to be learnt again";
  EXPECT_EQ(recalled->trouble, "");
  EXPECT_EQ(later.kept(), 50u);
  EXPECT_EQ(again.packed(), baselines.packed());
  EXPECT_EQ(env_.read_file("data/baselines", 64u << 20)->find("TOCSBL01"), std::string::npos) << "it is sealed";
}

TEST_F(BaselineMemoryTest, IsNeverAheadOfTheState) {
  Baselines baselines(fields_), again(fields_);
  BaselineMemory memory(env_, "data", *vault_);
  learn(baselines, 50);
  ASSERT_TRUE(memory.keep(baselines, 50, When::kNow));
  const Result<BaselineMemory::Recalled> recalled = memory.recall(again, 49);
  ASSERT_TRUE(recalled);
  EXPECT_EQ(recalled->from, 49u);
  EXPECT_NE(recalled->trouble.find("data/baselines: does not open"), std::string::npos);
  EXPECT_EQ(again.learnt(), 0u);
  EXPECT_EQ(file_begins_with(), 49u) << "and the next start knows that";
}

TEST_F(BaselineMemoryTest, DamageIsToldAndLearntAnew) {
  Baselines baselines(fields_);
  BaselineMemory memory(env_, "data", *vault_);
  learn(baselines, 50);
  ASSERT_TRUE(memory.keep(baselines, 50, When::kNow));
  const std::string whole = *env_.read_file("data/baselines", 64u << 20);
  for (const std::size_t at : {std::size_t{0}, std::size_t{20}, whole.size() / 2, whole.size() - 1}) {
    std::string damaged = whole;
    damaged[at] ^= 4;
    env_.add_file("data/baselines", damaged);
    Baselines again(fields_);
    BaselineMemory later(env_, "data", *vault_);
    const Result<BaselineMemory::Recalled> recalled = later.recall(again, 60);
    ASSERT_TRUE(recalled);
    EXPECT_EQ(recalled->from, 60u);
    EXPECT_NE(recalled->trouble, "") << at;
    EXPECT_EQ(again.learnt(), 0u);
  }
  // Bytes that nobody sealed are none, however right they are.
  std::string plain;
  append_number(plain, std::uint64_t{50});
  env_.add_file("data/baselines", plain + baselines.packed());
  Baselines again(fields_);
  EXPECT_NE(BaselineMemory(env_, "data", *vault_).recall(again, 60)->trouble, "");
  EXPECT_EQ(again.learnt(), 0u);
}

TEST_F(BaselineMemoryTest, IsNotWrittenTooOftenNorForNothing) {
  Baselines baselines(fields_);
  BaselineMemory memory(env_, "data", *vault_);
  ASSERT_TRUE(memory.recall(baselines, 0));
  learn(baselines, 50);
  ASSERT_TRUE(memory.keep(baselines, 50, When::kIfDue));
  EXPECT_EQ(memory.kept(), 0u) << "a moment ago";
  env_.advance_us(2'000'000);
  ASSERT_TRUE(memory.keep(baselines, 50, When::kIfDue));
  EXPECT_EQ(memory.kept(), 50u);
  ASSERT_TRUE(env_.remove_file("data/baselines"));
  env_.advance_us(60'000'000);
  ASSERT_TRUE(memory.keep(baselines, 50, When::kIfDue));
  EXPECT_FALSE(env_.exists("data/baselines")) << "nothing came";
}

TEST_F(BaselineMemoryTest, ADiskThatIsFullHoldsNoJournal) {
  Baselines baselines(fields_), again(fields_);
  BaselineMemory memory(env_, "data", *vault_);
  ASSERT_TRUE(memory.recall(baselines, 0));
  learn(baselines, 50);
  ASSERT_TRUE(memory.keep(baselines, 50, When::kNow));
  learn(baselines, 10);
  env_.fail_call(1);
  EXPECT_FALSE(memory.keep(baselines, 60, When::kNow));
  env_.fail_call(0);
  EXPECT_EQ(memory.kept(), 60u) << "it may go";
  EXPECT_EQ(file_begins_with(), 50u) << "what was kept before is there";
  env_.fail_call(2);
  const Result<BaselineMemory::Recalled> recalled = BaselineMemory(env_, "elsewhere", *vault_).recall(again, 60);
  env_.fail_call(0);
  ASSERT_TRUE(recalled) << "a start goes on";
  EXPECT_NE(recalled->trouble, "");
}

TEST_F(BaselineMemoryTest, IsForgottenWhereNothingIsToBeLearnt) {
  Baselines baselines(fields_);
  BaselineMemory memory(env_, "data", *vault_);
  EXPECT_TRUE(memory.forget());
  ASSERT_TRUE(memory.recall(baselines, 0));
  EXPECT_TRUE(memory.forget());
  EXPECT_FALSE(env_.exists("data/baselines"));
}

}  // namespace
}  // namespace tocsin
