#include "report/audit/audit_log.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/memory_env.h"
#include "report/audit/audit_testing.h"

namespace tocsin::audit {
namespace {

constexpr const char* kFolder = "/data/audit";
/// Of the files of tests that need several.
constexpr std::uint64_t kSmallFile = 512;

/// The slow twin: all lines, and the tree over them.
struct Twin {
  std::vector<std::string> lines;
  Hash root() const {
    Frontier tree;
    for (const std::string& line : lines) tree.add(leaf_hash(line));
    return tree.root();
  }
};

Twin read_all(MemoryEnv& env) {
  Twin twin;
  const std::vector<std::uint64_t> files = *leaf_files(env, kFolder);
  for (const std::uint64_t first : files) {
    LineReader lines = *LineReader::open(env, std::string(kFolder) + "/" + leaf_file_name(first));
    while (const auto line = *lines.next()) twin.lines.emplace_back(*line);
  }
  return twin;
}

/// Every leaf is one of those that were given, in order and none twice; `least` of them are there.
void expect_beginning(MemoryEnv& env, std::uint64_t least) {
  const Result<std::unique_ptr<AuditLog>> log = AuditLog::open_to_read(env, kFolder);
  ASSERT_TRUE(log) << log.error().message;
  ASSERT_GE((*log)->size(), least);
  for (std::uint64_t i = 0; i < (*log)->size(); ++i) {
    const Result<LeafFacts> facts = read_leaf(*(*log)->leaf(i));
    ASSERT_TRUE(facts) << facts.error().message;
    EXPECT_EQ(facts->number, i);
    EXPECT_EQ(facts->position, i + 1);
  }
}

TEST(AuditLog, ALineSaysWhatIsKnownAndNoMore) {
  const std::string line = *leaf_of({.what = "user.add", .object = "ada", .source = "accounts", .position = 1}, 0, 0);
  EXPECT_EQ(line, R"({"logged":"1970-01-01T00:00:00.000000Z","n":0,"object":"ada","position":1,"schema":"tocsin.audit/1","source":"accounts","what":"user.add"})");
  const AuditEntry full{.time = 1, .who = "user ada", .auth = "session", .address = "192.0.2.1", .what = "run.step", .object = "host a", .detail = "d", .from = "a", .to = "b",
                        .why = {.confidence = 1.0 / 3, .evidence = {"alert 1"}, .policy = "p 2", .reason = "r"}, .command = "c", .result = "done", .undo = "u", .source = "runs", .position = 9};
  EXPECT_EQ(*leaf_of(full, 7, 2),
            R"({"address":"192.0.2.1","auth":"session","command":"c","detail":"d","from":"a","logged":"1970-01-01T00:00:00.000002Z","n":7,"object":"host a","position":9,"result":"done",)"
            R"("schema":"tocsin.audit/1","source":"runs","time":"1970-01-01T00:00:00.000001Z","to":"b","undo":"u","what":"run.step","who":"user ada",)"
            R"("why":{"confidence":0.3333,"evidence":["alert 1"],"policy":"p 2","reason":"r"}})");
}

TEST(AuditLog, ALongTextIsShortenedAndBrokenUtf8Replaced) {
  AuditEntry entry = test_entry("accounts", 1);
  entry.detail = std::string(kLeafTextBytesMax - 1, 'x') + "é and more";
  entry.command = "a\xFF\xFE";
  const std::string line = *leaf_of(entry, 0, 0);
  EXPECT_NE(line.find("x… (2058 bytes, SHA-256 "), std::string::npos) << line;
  EXPECT_NE(line.find("a\xEF\xBF\xBD\xEF\xBF\xBD"), std::string::npos) << line;
  EXPECT_TRUE(read_leaf(line));
}

/// The largest that can be: each text at its limit, of control characters.
TEST(AuditLog, NoLeafIsLargerThanItsLimit) {
  const std::string worst(kLeafTextBytesMax, '\1');
  const AuditEntry entry{.time = 1, .who = worst, .auth = worst, .address = worst, .what = worst, .object = worst, .detail = worst, .from = worst, .to = worst,
                         .why = {.confidence = 0.5, .evidence = std::vector<std::string>(100, worst), .policy = worst, .reason = worst}, .command = worst, .result = worst, .undo = worst, .source = worst, .position = 1};
  EXPECT_LE(leaf_of(entry, 0, 0)->size(), kLeafBytesMax);
}

TEST(AuditLog, WhatWasAppendedIsThereWhenItIsOpenedAgain) {
  MemoryEnv env;
  {
    const auto log = *AuditLog::open_to_write(env, kFolder, 0);
    EXPECT_EQ(log->root(), empty_root());
    ASSERT_TRUE(log->append(test_entries(1, 300), 5));
    ASSERT_TRUE(log->append(test_entries(301, 1), 6));
    EXPECT_EQ(log->size(), 301U);
  }
  const auto log = *AuditLog::open_to_read(env, kFolder);
  EXPECT_EQ(log->size(), 301U);
  EXPECT_EQ(log->root(), read_all(env).root());
  EXPECT_EQ(log->last_position("accounts"), 301U);
  EXPECT_EQ(log->last_position("others"), 0U);
  EXPECT_EQ(log->last_logged(), 6);
  EXPECT_EQ(*log->leaf(300), read_all(env).lines.back());
  EXPECT_FALSE(log->leaf(301));
}

TEST(AuditLog, NothingIsTakenTwice) {
  MemoryEnv env;
  const auto log = *AuditLog::open_to_write(env, kFolder, 0);
  ASSERT_TRUE(log->append(test_entries(1, 3), 5));
  EXPECT_FALSE(log->append(test_entries(3, 1), 5));
  EXPECT_FALSE(log->append(std::vector<AuditEntry>{test_entry("accounts", 4), test_entry("accounts", 4)}, 5));
  EXPECT_TRUE(log->append(test_entries(3, 1, "segments"), 5));
  EXPECT_EQ(log->size(), 4U);
}

TEST(AuditLog, ProofsHoldForEveryLeafAndEverySize) {
  MemoryEnv env;
  const auto log = *AuditLog::open_to_write(env, kFolder, 0);
  ASSERT_TRUE(log->append(test_entries(1, 600), 5));
  for (const std::uint64_t size : {1u, 2u, 255u, 256u, 257u, 511u, 600u}) {
    const Hash root = *log->root_at(size);
    for (std::uint64_t i = 0; i < size; i += 7) EXPECT_TRUE(check_inclusion(leaf_hash(*log->leaf(i)), i, size, *log->inclusion(i, size), root)) << i << " of " << size;
    EXPECT_TRUE(check_consistency(size, 600, root, log->root(), *log->consistency(size, 600))) << size;
  }
  EXPECT_FALSE(log->inclusion(0, 601));
  EXPECT_FALSE(log->consistency(5, 601));
  EXPECT_FALSE(log->root_at(601));
}

/// Three files, of which two are full, with and without their index.
TEST(AuditLog, FullFilesHaveAnIndexThatCanBeMadeAgain) {
  MemoryEnv env;
  {
    const auto log = *AuditLog::open_to_write(env, kFolder, 0, kSmallFile);
    for (std::uint64_t at = 0; at < 2 * kSmallFile + 10;) {
      const std::uint64_t count = std::min<std::uint64_t>(std::uint64_t{100}, 2 * kSmallFile + 10 - at);
      ASSERT_TRUE(log->append(test_entries(at + 1, count), 5));
      at += count;
    }
  }
  const Hash root = read_all(env).root();
  for (const bool with_index : {true, false}) {
    if (!with_index) {
      ASSERT_TRUE(env.remove_file(std::string(kFolder) + "/" + index_file_name(0)));
    }
    const auto log = *AuditLog::open_to_read(env, kFolder, kSmallFile);
    ASSERT_EQ(log->size(), 2 * kSmallFile + 10);
    EXPECT_EQ(log->root(), root);
    EXPECT_EQ(log->last_position("accounts"), 2 * kSmallFile + 10);
    for (const std::uint64_t i : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{300}, kSmallFile - 1, kSmallFile, 2 * kSmallFile + 9}) {
      EXPECT_EQ(read_leaf(*log->leaf(i))->number, i);
      EXPECT_TRUE(check_inclusion(leaf_hash(*log->leaf(i)), i, log->size(), *log->inclusion(i, log->size()), root)) << i;
    }
    EXPECT_TRUE(check_consistency(333, log->size(), *log->root_at(333), root, *log->consistency(333, log->size())));
  }
  const auto log = *AuditLog::open_to_write(env, kFolder, 0, kSmallFile);
  EXPECT_TRUE(env.exists(std::string(kFolder) + "/" + index_file_name(0)));
  ASSERT_TRUE(log->append(test_entries(2 * kSmallFile + 11, 1), 5));
  EXPECT_EQ(log->root(), read_all(env).root());
}

/// Loss of power after every call: what append() promised is there, in order, and it goes on.
TEST(AuditLog, ACrashAtAnyCallLosesNothingThatWasSafe) {
  std::uint64_t calls = 0;
  {
    MemoryEnv env;
    env.fail_call(0);
    const auto log = *AuditLog::open_to_write(env, kFolder, 0);
    for (std::uint64_t i = 0; i < 6; ++i) ASSERT_TRUE(log->append(test_entries(1 + 3 * i, 3), 5));
    calls = env.calls();
  }
  for (std::uint64_t n = 1; n <= calls; ++n) {
    for (std::uint64_t seed = 0; seed < 8; ++seed) {
      MemoryEnv env;
      ASSERT_TRUE(env.make_folder(kFolder));
      env.fail_call(n, UINT64_MAX);
      std::uint64_t safe = 0;
      if (const auto log = AuditLog::open_to_write(env, kFolder, 0)) {
        for (std::uint64_t i = 0; i < 6 && (*log)->append(test_entries(1 + 3 * i, 3), 5); ++i) safe += 3;
      }
      env.fail_call(0);
      env.crash(seed);
      std::uint64_t size = 0;
      {
        const auto log = AuditLog::open_to_write(env, kFolder, 0);
        ASSERT_TRUE(log) << n << ": " << log.error().message;
        size = (*log)->size();
        ASSERT_GE(size, safe) << n;
        ASSERT_EQ((*log)->last_position("accounts"), size) << n;
        ASSERT_TRUE((*log)->append(test_entries(size + 1, 2), 6)) << n;
      }
      env.crash(seed + 1);
      expect_beginning(env, size + 2);
    }
  }
}

/// Every call fails once while it runs on: who feeds it goes on behind what it has.
TEST(AuditLog, AFailureIsOverWhenTheDiskIsWellAgain) {
  for (std::uint64_t n = 1; n <= 40; ++n) {
    MemoryEnv env;
    const auto log = *AuditLog::open_to_write(env, kFolder, 0);
    env.fail_call(n);
    for (std::uint64_t i = 0; i < 12; ++i) {
      const std::uint64_t position = log->last_position("accounts");
      (void)log->append(test_entries(position + 1, 2), 5);
    }
    env.fail_call(0);
    ASSERT_TRUE(log->append(test_entries(log->last_position("accounts") + 1, 1), 6)) << n;
    env.crash(n);
    expect_beginning(env, log->size());
    EXPECT_GE(log->size(), 23U);
  }
}

/// A crash around the end of a file, where the index is written and the next file begun.
TEST(AuditLog, ACrashWhereAFileIsFullLosesNothing) {
  const auto fill = [](MemoryEnv& env) {
    const auto log = *AuditLog::open_to_write(env, kFolder, 0, kSmallFile);
    for (std::uint64_t at = 0; at + 2 < kSmallFile;) {
      const std::uint64_t count = std::min<std::uint64_t>(std::uint64_t{100}, kSmallFile - 2 - at);
      ASSERT_TRUE(log->append(test_entries(at + 1, count), 5));
      at += count;
    }
  };
  MemoryEnv full;
  fill(full);
  const std::string lines = *full.read_file(std::string(kFolder) + "/" + leaf_file_name(0), SIZE_MAX);
  const std::uint64_t before = kSmallFile - 2;
  for (std::uint64_t n = 1; n <= 16; ++n) {
    MemoryEnv env;
    ASSERT_TRUE(env.make_folder(kFolder));
    env.add_file(std::string(kFolder) + "/" + leaf_file_name(0), lines);
    const auto log = *AuditLog::open_to_write(env, kFolder, before, kSmallFile);
    env.fail_call(n, UINT64_MAX);
    const bool safe = log->append(test_entries(before + 1, 5), 6).has_value();
    env.fail_call(0);
    env.crash(n);
    const auto again = AuditLog::open_to_write(env, kFolder, before, kSmallFile);
    ASSERT_TRUE(again) << n << ": " << again.error().message;
    EXPECT_GE((*again)->size(), before + (safe ? 5 : 0)) << n;
    const std::uint64_t size = (*again)->size();
    ASSERT_TRUE((*again)->append(test_entries(size + 1, 10), 7)) << n;
    EXPECT_EQ((*again)->size(), size + 10);
    EXPECT_EQ((*again)->root(), read_all(env).root()) << n;
  }
}

TEST(AuditLog, WhatWasSignedIsNotCut) {
  MemoryEnv env;
  ASSERT_TRUE((*AuditLog::open_to_write(env, kFolder, 0))->append(test_entries(1, 10), 5));
  const std::string path = std::string(kFolder) + "/" + leaf_file_name(0), whole = *env.read_file(path, SIZE_MAX);
  std::string damaged = whole;
  damaged[damaged.find('\n') + 3] = '\0';
  env.add_file(path, damaged);
  const auto refused = AuditLog::open_to_write(env, kFolder, 10);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("line 2 is damaged"), std::string::npos) << refused.error().message;
  EXPECT_EQ(*env.read_file(path, SIZE_MAX), damaged) << "nothing was changed";
  env.add_file(path, whole.substr(0, whole.size() - 5));
  EXPECT_FALSE(AuditLog::open_to_write(env, kFolder, 10));
  const auto cut = AuditLog::open_to_write(env, kFolder, 9);
  ASSERT_TRUE(cut);
  EXPECT_EQ((*cut)->size(), 9U);
  EXPECT_GT((*cut)->cut_bytes(), 0U);
}

TEST(AuditLog, WhoReadsBesideOneThatWritesSeesWholeLines) {
  MemoryEnv env;
  const auto log = *AuditLog::open_to_write(env, kFolder, 0);
  ASSERT_TRUE(log->append(test_entries(1, 5), 5));
  const auto reader = *AuditLog::open_to_read(env, kFolder);
  ASSERT_TRUE(log->append(test_entries(6, 5), 5));
  EXPECT_EQ(reader->size(), 5U);
  EXPECT_EQ(*reader->leaf(4), *log->leaf(4));
  const std::string path = std::string(kFolder) + "/" + leaf_file_name(0);
  MemoryEnv other;
  ASSERT_TRUE(other.make_folder(kFolder));
  const std::string whole = *env.read_file(path, SIZE_MAX);
  other.add_file(path, whole.substr(0, whole.size() - 1));
  EXPECT_EQ((*AuditLog::open_to_read(other, kFolder))->size(), 9U);
  EXPECT_FALSE(AuditLog::open_to_read(other, "/nowhere"));
}

TEST(CheckpointFile, ATornEndIsCutAndAFailureIsOver) {
  for (std::uint64_t n = 1; n <= 12; ++n) {
    MemoryEnv env;
    ASSERT_TRUE(env.make_folder(kFolder));
    const SigningKey key = test_key();
    CheckpointFile kept = *CheckpointFile::open_to_write(env, kFolder);
    std::vector<std::string> safe;
    env.fail_call(n);
    for (std::uint64_t size = 1; size <= 5; ++size) {
      const std::string note = key.sign({key.name(), size, empty_root()});
      if (kept.append(note)) safe.push_back(note);
    }
    env.fail_call(0);
    env.crash(n);
    CheckpointFile again = *CheckpointFile::open_to_write(env, kFolder);
    const std::vector<std::string> notes = *read_checkpoints(env, kFolder);
    for (const std::string& note : safe) EXPECT_EQ(std::ranges::count(notes, note), 1) << n;
    EXPECT_EQ(again.newest(), notes.back());
  }
}

}  // namespace
}  // namespace tocsin::audit
