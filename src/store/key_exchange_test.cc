#include "store/key_exchange.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/memory_env.h"
#include "store/journal_format.h"
#include "store/journal_reader.h"
#include "store/journal_writer.h"

namespace tocsin {
namespace {

const DataFolder kData{"data"};
const std::string kKeyFile = "etc/key";

/// Counts what opens, with the keys of the key file.
class Records : public journal::PayloadVisitor {
 public:
  void record(journal::Sequence, const journal::Record&) override { ++count; }
  void source(journal::SourceId, std::string_view) override {}
  void counts(journal::SourceId, const journal::Counts&, bool) override {}
  void end() override {}
  std::size_t count = 0;
};

std::size_t readable(MemoryEnv& env) {
  const Result<SealKeys> keys = read_key(env, kKeyFile);
  if (!keys) return 0;
  Seal master(*keys);
  Result<journal::Reader> reader = journal::Reader::open(env, kData.journal(), master, 0);
  if (!reader) return 0;
  Records records;
  while (reader->next(UINT64_MAX, records).value_or(false)) {
  }
  return records.count;
}

/// A journal of some segments, each with a record.
void write_journal(MemoryEnv& env, Seal& master, int segments) {
  for (int i = 0; i < segments; ++i) {
    auto writer = journal::Writer::open(env, kData.journal(), master, {});
    ASSERT_TRUE(writer) << writer.error().message;
    const journal::SourceId source = (*writer)->source("test").value();
    (*writer)->append({source, 1, "", "a record"});
    ASSERT_TRUE((*writer)->commit());
  }
}

struct World {
  World() {
    env.add_folder("data");
    env.add_folder("etc");
    Result<SealKeys> keys = read_or_make_key(env, kKeyFile);
    EXPECT_TRUE(keys);
    Seal master(*keys);
    write_journal(env, master, 3);
  }
  MemoryEnv env;
};

const UseKeys kNobody = [](const SealKeys&) {};

TEST(KeyExchange, EverythingOpensUnderTheNewKeyAndNothingUnderTheOld) {
  World world;
  const SealKeys old = std::move(*read_key(world.env, kKeyFile));
  const Result<SealKeys> made = exchange_key(world.env, kData, kKeyFile, kNobody);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_FALSE(made->before);
  EXPECT_NE(key_mark(made->now), key_mark(old.now));
  EXPECT_EQ(readable(world.env), 3u);
  Seal before(old);
  for (std::uint64_t number = 1; number <= 3; ++number) {
    const std::string file = *world.env.text_of(journal::key_path(kData.journal(), number));
    EXPECT_FALSE(journal::unwrap_key(before, number, file)) << number;
  }
}

/// The disk fails at each call, or the power does: all opens with what is there, at once, and once the exchange was ended.
TEST(KeyExchange, CutShortAnywhereItLeavesKeysThatOpenAll) {
  std::uint64_t calls = 0;
  {
    World world;
    world.env.fail_call(0);
    ASSERT_TRUE(exchange_key(world.env, kData, kKeyFile, kNobody));
    calls = world.env.calls();
  }
  ASSERT_GT(calls, 30u);
  for (std::uint64_t call = 1; call <= calls; ++call) {
    for (std::uint64_t seed = 0; seed < 6; ++seed) {  // 0: the disk fails, and is well again
      World world;
      world.env.fail_call(call);
      const bool ended = exchange_key(world.env, kData, kKeyFile, kNobody).has_value();
      world.env.fail_call(0);
      if (seed > 0) world.env.crash(seed * 1'000 + call);
      ASSERT_EQ(readable(world.env), 3u) << call << " of " << calls << ", seed " << seed;
      const Result<SealKeys> again = exchange_key(world.env, kData, kKeyFile, kNobody);
      ASSERT_TRUE(again) << again.error().message;
      ASSERT_EQ(readable(world.env), 3u) << call << " of " << calls << ", seed " << seed << ", then ended";
      EXPECT_FALSE(read_key(world.env, kKeyFile)->before) << ended;
    }
  }
}

TEST(KeyExchange, AWriterThatGoesOnSealsUnderTheNewKey) {
  World world;
  Seal master(*read_key(world.env, kKeyFile));
  int uses = 0;
  const UseKeys use = [&](const SealKeys& keys) {
    // A segment that was begun under the keys of before, as late as can be.
    if (uses++ == 0) write_journal(world.env, master, 1);
    master.rekey(keys);
    write_journal(world.env, master, 1);
  };
  ASSERT_TRUE(exchange_key(world.env, kData, kKeyFile, use));
  EXPECT_EQ(uses, 2);
  EXPECT_EQ(readable(world.env), 6u);
}

TEST(KeyExchange, ACredentialIsACopyAndStays) {
  World world;
  ::setenv("CREDENTIALS_DIRECTORY", "etc", 1);
  const Result<SealKeys> keys = exchange_key(world.env, kData, kKeyFile, [](const SealKeys&) {});
  ::setenv("CREDENTIALS_DIRECTORY", "elsewhere", 1);
  const Result<SealKeys> others = exchange_key(world.env, kData, kKeyFile, [](const SealKeys&) {});
  ::unsetenv("CREDENTIALS_DIRECTORY");
  ASSERT_FALSE(keys);
  EXPECT_EQ(keys.error().code, Code::kUnsupported);
  EXPECT_TRUE(others);
  EXPECT_EQ(readable(world.env), 3u);
}

TEST(KeyExchange, NotWhileABackupIsMade) {
  World world;
  const auto alone = world.env.lock_file(kData.alone());
  ASSERT_TRUE(alone);
  EXPECT_EQ(exchange_key(world.env, kData, kKeyFile, kNobody).error().code, Code::kDenied);
  EXPECT_EQ(readable(world.env), 3u);
}

}  // namespace
}  // namespace tocsin
