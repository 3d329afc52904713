#include "forward/spool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "base/memory_env.h"
#include "forward/spool_format.h"

namespace tocsin::forward {
namespace {

constexpr const char kFolder[] = "spool";

Result<std::unique_ptr<Spool>> open(MemoryEnv& env, std::uint64_t bytes_max = kSpoolBytesMin) { return Spool::open(env, {.folder = kFolder, .bytes_max = bytes_max}); }

Status append(Spool& spool, const std::vector<std::string>& records, const std::string& mark = "", const std::string& key = "source") {
  const std::vector<std::string_view> views(records.begin(), records.end());
  return spool.append({key, mark, views});
}

std::vector<std::string> read_all(Spool& spool) {
  std::vector<std::string> records;
  for (SpoolFrame frame; spool.next(frame).value_or(false);) {
    for (std::size_t i = 0; i < frame.size(); ++i) records.emplace_back(frame.record(i));
  }
  return records;
}

class SpoolTest : public testing::Test {
 protected:
  SpoolTest() { env_.add_folder(kFolder); }
  MemoryEnv env_;
};

TEST_F(SpoolTest, WhatIsNotAcknowledgedIsThereAgain) {
  {
    const auto spool = open(env_).value();
    ASSERT_TRUE(append(*spool, {"a", "b", "c"}, "3"));
    ASSERT_TRUE(append(*spool, {"", "e\n"}, "5"));
    EXPECT_EQ(read_all(*spool), (std::vector<std::string>{"a", "b", "c", "", "e\n"}));
    spool->acknowledge(2);
  }
  const auto spool = open(env_).value();
  EXPECT_EQ(spool->marks(), (std::map<std::string, std::string>{{"source", "5"}}));
  spool->rewind();
  EXPECT_EQ(read_all(*spool), (std::vector<std::string>{"c", "", "e\n"}));
  EXPECT_EQ(spool->counts().taken, 5u);
  EXPECT_EQ(spool->counts().acknowledged, 2u);
  ASSERT_TRUE(append(*spool, {"f"}, "6"));
  EXPECT_EQ(read_all(*spool), (std::vector<std::string>{"f"}));
}

TEST_F(SpoolTest, AFullOneSaysSoAndGoesOnWhenSomeIsAcknowledged) {
  const auto spool = open(env_).value();
  const std::string large(60'000, 'x');
  std::uint64_t taken = 0;
  Status last;
  while (last) {
    last = append(*spool, {large}, std::to_string(taken));
    taken += last ? 1 : 0;
  }
  EXPECT_EQ(last.error().code, Code::kLimit);
  EXPECT_GT(taken, 10u);
  EXPECT_LE(spool->counts().bytes, kSpoolBytesMin);
  EXPECT_EQ(spool->marks().at("source"), std::to_string(taken - 1)) << "what was not taken has no mark";
  (void)read_all(*spool);
  spool->acknowledge(taken / 2);
  EXPECT_TRUE(append(*spool, {large}, "more"));
  spool->acknowledge(taken + 1);
  EXPECT_LT(spool->counts().bytes, kSpoolBytesMin / 4) << "files that are acknowledged go";
  EXPECT_EQ(env_.list_folder(kFolder).value().size(), 2u) << "the last file, and what is acknowledged";
}

TEST_F(SpoolTest, OneThatIsLargerThanAllOfItHasItAlone) {
  const auto spool = open(env_).value();
  EXPECT_TRUE(append(*spool, {std::string(2 * kSpoolBytesMin, 'x')}));
  EXPECT_EQ(append(*spool, {"y"}).error().code, Code::kLimit);
  EXPECT_EQ(append(*spool, {std::string(kSpoolFrameBytesMax, 'x')}).error().code, Code::kInvalid);
}

TEST_F(SpoolTest, MarksOutliveTheRecords) {
  {
    const auto spool = open(env_).value();
    ASSERT_TRUE(append(*spool, {"a"}, "7", "file/1"));
    for (int i = 0; i < 60; ++i) {
      ASSERT_TRUE(append(*spool, {std::string(60'000, 'x')}, "j", "journal"));
      (void)read_all(*spool);
      spool->acknowledge(spool->counts().taken);
    }
    spool->forget("journal");
    spool->set_mark("file/2", "9");
    for (int i = 0; i < 4; ++i) {
      ASSERT_TRUE(append(*spool, {std::string(60'000, 'x')}, "", ""));
      (void)read_all(*spool);
      spool->acknowledge(spool->counts().taken);
    }
  }
  EXPECT_EQ(open(env_).value()->marks(), (std::map<std::string, std::string>{{"file/1", "7"}, {"file/2", "9"}}));
}

/// The last file was cut anywhere: what is whole before the cut is there, and the marks are those of it.
TEST_F(SpoolTest, AnyCutLeavesWhatIsBeforeIt) {
  const std::string path = std::string(kFolder) + "/0000000000000001.spool";
  std::vector<std::size_t> ends;
  {
    const auto spool = open(env_).value();
    for (int i = 1; i <= 4; ++i) {
      ASSERT_TRUE(append(*spool, {"record " + std::to_string(i)}, std::to_string(i)));
      ends.push_back(env_.text_of(path)->size());
    }
  }
  const std::string all = *env_.text_of(path);
  for (std::size_t cut = 0; cut < all.size(); ++cut) {
    MemoryEnv env;
    env.add_folder(kFolder);
    env.add_file(path, all.substr(0, cut));
    const auto spool = open(env).value();
    const auto whole = static_cast<std::size_t>(std::ranges::count_if(ends, [&](std::size_t end) { return end <= cut; }));
    EXPECT_EQ(read_all(*spool).size(), whole) << cut;
    EXPECT_EQ(spool->marks().contains("source"), whole > 0);
    ASSERT_TRUE(append(*spool, {"next"}, "n"));
    EXPECT_EQ(read_all(*spool), (std::vector<std::string>{"next"})) << cut;
    EXPECT_EQ(spool->counts().lost, 0u);
  }
}

/// A flipped bit is never given as a record; what it cost is counted, and what stands behind it is there.
TEST_F(SpoolTest, DamageIsCountedAndPassed) {
  {
    const auto spool = open(env_).value();
    for (int i = 0; i < 8; ++i) ASSERT_TRUE(append(*spool, {std::string(60'000, static_cast<char>('a' + i))}, std::to_string(i)));
  }
  const std::uint64_t bits = 8 * env_.text_of(std::string(kFolder) + "/0000000000000001.spool")->size();
  const std::vector<FolderEntry> entries = env_.list_folder(kFolder).value();
  for (std::uint64_t bit = 0; bit < bits; bit += 9'973) {
    MemoryEnv env;
    env.add_folder(kFolder);
    for (const FolderEntry& entry : entries) env.add_file(std::string(kFolder) + "/" + entry.name, *env_.text_of(std::string(kFolder) + "/" + entry.name));
    env.flip_bit(std::string(kFolder) + "/0000000000000001.spool", bit);
    const auto spool = open(env).value();
    const std::vector<std::string> records = read_all(*spool);
    EXPECT_LT(records.size(), 8u) << bit;
    for (const std::string& record : records) EXPECT_EQ(record, std::string(60'000, record.front())) << bit;
    const Spool::Counts counts = spool->counts();
    EXPECT_EQ(counts.lost + records.size(), counts.taken) << bit;  // what is taken no more was cut off with its marks
    spool->acknowledge(counts.taken);
    EXPECT_EQ(spool->counts().acknowledged, counts.taken) << "what is lost holds nothing up";
  }
}

/// A source of numbers, and a service that takes them, around a spool that is opened anew whenever the disk fails. All numbers arrive, each for the first time in its order.
class Numbers {
 public:
  Numbers(MemoryEnv& env, std::uint32_t seed) : env_(env), random_(seed) {}

  void run(std::uint64_t all, const std::function<void(int step)>& between) {
    std::unique_ptr<Spool> spool;
    for (int step = 0; arrived_ < all && step < 20'000; ++step) {
      between(step);
      if (reopen_) spool = nullptr;
      reopen_ = false;
      if (spool == nullptr) {
        auto opened = open(env_, 4 * kSpoolBytesMin);
        if (!opened) continue;
        spool = std::move(*opened);
        const auto marks = spool->marks();
        source_ = marks.contains("source") ? std::stoull(marks.at("source")) : 0;
        spool->rewind();
      }
      if (random_() % 2 == 0 && source_ < all) give(*spool, all);
      else if (!take(*spool)) spool->rewind();
      (void)spool->sync(random_() % 4 == 0);
      if (random_() % 16 == 0) spool->rewind();
    }
    EXPECT_EQ(arrived_, all);
  }
  void reopen() { reopen_ = true; }

 private:
  void give(Spool& spool, std::uint64_t all) {
    std::vector<std::string> records;
    for (std::uint64_t i = 0; i <= random_() % 5 && source_ + records.size() < all; ++i) records.push_back(std::to_string(source_ + records.size()) + std::string(random_() % 4'000, '.'));
    if (append(spool, records, std::to_string(source_ + records.size()))) source_ += records.size();
  }
  bool take(Spool& spool) {
    SpoolFrame frame;
    const Result<bool> next = spool.next(frame);
    if (!next) return false;
    if (!*next) return true;
    for (std::size_t i = 0; i < frame.size(); ++i) {
      const std::uint64_t number = std::stoull(std::string(frame.record(i)));
      EXPECT_LE(number, arrived_) << "one is missing before it";
      if (number == arrived_) ++arrived_;
    }
    if (random_() % 3 != 0) spool.acknowledge(frame.first + frame.size());
    return true;
  }

  MemoryEnv& env_;
  std::mt19937 random_;
  std::uint64_t source_ = 0, arrived_ = 0;
  bool reopen_ = false;
};

TEST_F(SpoolTest, EveryCallOfTheDiskMayFail) {
  std::uint64_t calls = 0;
  {
    MemoryEnv env;
    env.add_folder(kFolder);
    Numbers(env, 1).run(60, [](int) {});
    calls = env.calls();
  }
  for (std::uint64_t failing = 1; failing <= calls; ++failing) {
    MemoryEnv env;
    env.add_folder(kFolder);
    env.fail_call(failing, 1 + failing % 3);
    Numbers(env, 1).run(60, [](int) {});
  }
}

TEST_F(SpoolTest, PowerMayBeLostAtAnyTime) {
  for (std::uint32_t seed = 1; seed <= 60; ++seed) {
    MemoryEnv env;
    env.add_folder(kFolder);
    Numbers numbers(env, seed);
    numbers.run(300, [&](int step) {
      if (step % 40 != static_cast<int>(seed % 40)) return;
      env.crash(seed * 1'000 + static_cast<std::uint64_t>(step));
      numbers.reopen();
    });
  }
}

TEST_F(SpoolTest, AFullDiskIsWaitedFor) {
  MemoryEnv env;
  env.add_folder(kFolder);
  Numbers numbers(env, 7);
  numbers.run(300, [&](int step) {
    if (step % 50 == 0) env.set_space(step % 100 == 0 ? 10'000 : 1u << 20);
  });
}

TEST(SpoolFormat, NumbersHaveAnEnd) {
  const std::string_view record = "r";
  std::string last, beyond, file(kSpoolMagic);
  ASSERT_TRUE(append_batch_frame(last, kSpoolNumberMax - 1, {"k", "m", {&record, 1}}));
  EXPECT_TRUE(read_spool_payload(std::string_view(last).substr(kSpoolHeadBytes)));
  ASSERT_TRUE(append_batch_frame(beyond, kSpoolNumberMax, {"k", "m", {&record, 1}}));
  EXPECT_FALSE(read_spool_payload(std::string_view(beyond).substr(kSpoolHeadBytes)));
  append_marks_frame(file, kSpoolNumberMax - 1, {});
  MemoryEnv env;
  env.add_file("spool/0000000000000001.spool", file);
  auto spool = Spool::open(env, {.folder = "spool", .bytes_max = 1u << 30});
  ASSERT_TRUE(spool);
  EXPECT_TRUE((*spool)->append({"k", "m", {&record, 1}}));
  const Status full = (*spool)->append({"k", "m", {&record, 1}});
  ASSERT_FALSE(full) << "nobody could read it";
  EXPECT_EQ(full.error().code, Code::kLimit);
}

TEST(SpoolFormat, IsReadBack) {
  std::string frame;
  const std::vector<std::string_view> records = {"one", "", "three"};
  ASSERT_TRUE(append_batch_frame(frame, 41, {"file/7", "mark", records}));
  const std::string_view payload = std::string_view(frame).substr(kSpoolHeadBytes);
  const SpoolPayload read = read_spool_payload(payload).value();
  EXPECT_EQ(read.first, 41u);
  ASSERT_EQ(read.records(), 3u);
  EXPECT_EQ(read.marks.at("file/7"), "mark");
  EXPECT_EQ(payload.substr(read.places[2], read.places[3] - read.places[2]), "three");
  for (std::size_t size = 0; size < payload.size(); ++size) EXPECT_FALSE(read_spool_payload(payload.substr(0, size))) << size;
  std::string marks;
  append_marks_frame(marks, 44, {{"journal", "s=1"}, {"file/7", ""}});
  const SpoolPayload all = read_spool_payload(std::string_view(marks).substr(kSpoolHeadBytes)).value();
  EXPECT_FALSE(all.is_batch);
  EXPECT_EQ(all.first, 44u);
  EXPECT_EQ(all.marks.size(), 2u);
}

}  // namespace
}  // namespace tocsin::forward
