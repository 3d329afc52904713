#include "base/sorted_spool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "base/memory_env.h"

namespace tocsin {
namespace {

constexpr std::size_t kLittle = 4 * kSpoolRecordBytesMax;

std::vector<std::string> made_up(std::size_t count, std::size_t bytes_max, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<std::string> records(count);
  for (std::string& record : records) {
    record.resize(random() % (bytes_max + 1));
    for (char& c : record) c = static_cast<char>(random() % 4 * 80);  // few values, some of them negative as char
  }
  return records;
}

std::vector<std::string> drain(SortedSpool& spool) {
  std::vector<std::string> records;
  std::string_view record;
  while (true) {
    const Result<bool> more = spool.next(record);
    EXPECT_TRUE(more) << more.error().message;
    if (!more || !*more) return records;
    records.emplace_back(record);
  }
}

TEST(SortedSpool, GivesBackWhatItGotInOrderWhereverItStood) {
  for (const std::size_t count : {0u, 1u, 100u, 20'000u}) {
    MemoryEnv env;
    SortedSpool spool(env, kLittle);
    std::vector<std::string> records = made_up(count, 60, 1);
    for (const std::string& record : records) {
      ASSERT_TRUE(spool.add(record));
      ASSERT_LE(spool.bytes(), kLittle);
    }
    EXPECT_EQ(spool.runs() > 1, count == 20'000) << spool.runs();
    EXPECT_EQ(spool.left(), count);
    std::ranges::sort(records);
    EXPECT_EQ(drain(spool), records);
    EXPECT_EQ(spool.left(), 0u);
  }
}

TEST(SortedSpool, LongRecordsAreMergedToo) {
  MemoryEnv env;
  SortedSpool spool(env, 2 * kLittle);
  std::vector<std::string> records = made_up(40, kSpoolRecordBytesMax, 2);
  records.emplace_back(kSpoolRecordBytesMax, 'x');
  for (const std::string& record : records) ASSERT_TRUE(spool.add(record));
  EXPECT_GT(spool.runs(), 1u);
  std::ranges::sort(records);
  EXPECT_EQ(drain(spool), records);
}

TEST(SortedSpool, ARecordThatIsTooLongIsRefused) {
  MemoryEnv env;
  SortedSpool spool(env, kLittle);
  const Status status = spool.add(std::string(kSpoolRecordBytesMax + 1, 'x'));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kLimit);
  EXPECT_TRUE(spool.add("y"));
  EXPECT_EQ(drain(spool), std::vector<std::string>{"y"});
}

TEST(SortedSpool, MoreThanMayBeMergedIsRefusedAndTheRestIsKept) {
  MemoryEnv env;
  SortedSpool spool(env, kLittle);
  std::vector<std::string> taken;
  Status status;
  for (const std::string& record : made_up(100'000, 60, 3)) {
    if (status = spool.add(record); !status) break;
    taken.push_back(record);
  }
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kLimit);
  EXPECT_EQ(spool.runs(), kLittle / (64 << 10));
  EXPECT_EQ(spool.left(), taken.size());
  EXPECT_FALSE(spool.add(std::string(60, 'z')));
  std::ranges::sort(taken);
  EXPECT_EQ(drain(spool), taken);
}

/// Whichever call fails: what was accepted comes back, or next() says that some does not.
TEST(SortedSpool, NothingGoesMissingSilentlyWhateverCallFails) {
  const std::vector<std::string> records = made_up(15'000, 60, 4);
  std::uint64_t calls = 1;
  for (std::uint64_t failing = 0; failing <= calls; ++failing) {
    MemoryEnv env;
    env.fail_call(failing);
    SortedSpool spool(env, kLittle);
    std::vector<std::string> taken;
    for (const std::string& record : records) {
      if (spool.add(record)) taken.push_back(record);
    }
    std::vector<std::string> back;
    bool said = false;
    std::string_view record;
    for (Result<bool> more = spool.next(record); !more || *more; more = spool.next(record)) {
      if (!more) said = true;
      else back.emplace_back(record);
    }
    EXPECT_TRUE(std::ranges::is_sorted(back));
    EXPECT_EQ(spool.left(), taken.size() - back.size()) << "call " << failing;
    EXPECT_EQ(said, spool.left() > 0) << "call " << failing;
    if (failing == 0) {
      calls = env.calls();
      EXPECT_EQ(taken.size(), records.size());
      EXPECT_GT(calls, 10u);
    }
  }
}

TEST(SortedSpool, KeysSortAsTheirNumbersDo) {
  const std::vector<std::int64_t> numbers = {INT64_MIN, -300, -1, 0, 1, 255, 256, INT64_MAX};
  std::string before;
  for (const std::int64_t number : numbers) {
    std::string key;
    append_key(key, number);
    EXPECT_TRUE(before.empty() || before < key) << number;
    std::string_view rest = key;
    EXPECT_EQ(read_key_i64(rest), number);
    before = key;
  }
}

TEST(RecordFile, RecordsComeBackFromDiskAndBuffer) {
  MemoryEnv env;
  RecordFile file(env);
  const std::vector<std::string> records = {"", "a", std::string(100'000, 'b'), "c", std::string(70'000, 'd'), ""};
  std::vector<std::uint64_t> at;
  for (const std::string& record : records) {
    at.push_back(file.size());
    ASSERT_TRUE(file.append(record));
  }
  EXPECT_GT(env.calls(), 0u);
  for (std::size_t from = 0; from < records.size(); ++from) {
    RecordFile::Reader reader(file, at[from], file.size());
    std::string_view record;
    for (std::size_t i = from; i < records.size(); ++i) {
      ASSERT_TRUE(reader.next(record).value());
      EXPECT_EQ(record, records[i]);
    }
    EXPECT_FALSE(reader.next(record).value());
  }
}

TEST(RecordFile, LittleNeverTouchesTheDisk) {
  MemoryEnv env;
  RecordFile file(env);
  ASSERT_TRUE(file.append("one"));
  RecordFile::Reader reader(file, 0, file.size());
  std::string_view record;
  EXPECT_TRUE(reader.next(record).value());
  EXPECT_EQ(env.calls(), 0u);
}

}  // namespace
}  // namespace tocsin
