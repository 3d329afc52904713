#include "pipeline/run_journal.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/memory_env.h"

namespace tocsin {
namespace {

SealKey key() { return std::move(*SealKey::from(std::string(kSealKeyBytes, 'k'))); }

std::vector<std::string> read_all(RunJournal& log) {
  std::vector<std::string> records;
  const Status read = log.read([&](std::uint64_t, std::string_view record) {
    records.emplace_back(record);
    return Status();
  });
  EXPECT_TRUE(read) << read.error().message;
  return records;
}

TEST(RunJournal, WhatACommitSaidIsSafeIsThereWhateverCallFailed) {
  const SealKey master_key = key();
  std::uint64_t calls = 0;
  for (std::uint64_t n = 0; n <= calls; ++n) {
    MemoryEnv env;
    Seal master(master_key);
    std::vector<std::string> safe;
    {
      auto log = RunJournal::open(env, "runs/journal", master);
      ASSERT_TRUE(log);
      env.fail_call(n);
      for (int i = 0; i < 20; ++i) {
        std::vector<std::string> some;
        for (int j = 0; j < 3; ++j) some.push_back(fmt::format("record {}.{}", i, j));
        for (int tries = 0; tries < 3; ++tries) {  // as the engine does: all of it again
          for (const std::string& one : some) (*log)->append(one);
          if (!(*log)->commit()) continue;
          safe.insert(safe.end(), some.begin(), some.end());
          break;
        }
      }
      if (n == 0) calls = env.calls();
    }
    env.fail_call(0);
    env.crash(n);
    auto again = RunJournal::open(env, "runs/journal", master);
    ASSERT_TRUE(again) << n;
    const std::vector<std::string> found = read_all(**again);
    EXPECT_EQ(safe.size(), 60u) << n;
    EXPECT_EQ(found, safe) << "call " << n;
  }
  EXPECT_GT(calls, 30u);
}

TEST(RunJournal, WhatIsForgottenGoesBySegments) {
  const SealKey master_key = key();
  MemoryEnv env;
  Seal master(master_key);
  auto log = std::move(*RunJournal::open(env, "runs/journal", master));
  std::uint64_t last = 0;
  const std::string record(100'000, 'x');
  for (int i = 0; i < 300; ++i) {
    last = log->append(record + std::to_string(i));
    ASSERT_TRUE(log->commit());
  }
  ASSERT_TRUE(log->forget_before(last));
  const std::vector<std::string> left = read_all(*log);
  EXPECT_LT(left.size(), 150u);
  ASSERT_FALSE(left.empty());
  EXPECT_TRUE(left.back().ends_with("299"));
}

TEST(PlaybookShelf, GivesTheTextThatWasPutThere) {
  MemoryEnv env;
  auto shelf = std::move(*PlaybookShelf::open(env, "runs/playbooks"));
  ASSERT_TRUE(shelf->put("ab", "{}"));
  ASSERT_TRUE(shelf->put("ab", "another"));
  EXPECT_EQ(*shelf->text("ab"), "{}");
  EXPECT_EQ(shelf->text("cd").error().code, Code::kNotFound);
}

}  // namespace
}  // namespace tocsin
