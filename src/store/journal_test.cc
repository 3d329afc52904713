#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "base/memory_env.h"
#include "store/journal_reader.h"
#include "store/journal_writer.h"

namespace tocsin::journal {
namespace {

SealKey master_key() {
  Result<SealKey> key = SealKey::from(std::string(32, 'm'));
  return std::move(*key);
}

/// All that a reader gives.
struct Kept : PayloadVisitor {
  void record(Sequence sequence, const Record& record) override {
    EXPECT_TRUE(records.emplace(sequence, std::string(record.raw)).second) << "record " << sequence << " twice";
    received[record.source] += 1;
  }
  void source(SourceId source, std::string_view name) override { sources[source] = name; }
  void counts(SourceId, const Counts&, bool) override {}
  void end() override {}

  std::map<Sequence, std::string> records;
  std::map<SourceId, std::uint64_t> received;
  std::map<SourceId, std::string> sources;
  std::vector<Damage> damage;
  std::size_t left = 0;
};

Kept read_all(Env& env, Sequence from = 0, Sequence until = UINT64_MAX) {
  const SealKey key = master_key();
  Seal master(key);
  Kept kept;
  Result<Reader> reader = Reader::open(env, "journal", master, from);
  EXPECT_TRUE(reader) << (reader ? "" : reader.error().message);
  if (!reader) return kept;
  while (true) {
    Result<bool> more = reader->next(until, kept);
    EXPECT_TRUE(more) << (more ? "" : more.error().message);
    if (!more || !*more) break;
  }
  kept.damage = reader->damage();
  kept.left = reader->left();
  return kept;
}

/// A writer, and what it acknowledged.
class Session {
 public:
  Session(Env& env, std::uint64_t segment_bytes) : key_(master_key()), master_(key_) {
    Result<std::unique_ptr<Writer>> writer = Writer::open(env, "journal", master_, {segment_bytes});
    if (writer) writer_ = std::move(*writer);
  }
  bool good() const { return writer_ != nullptr; }
  Writer& writer() { return *writer_; }

  /// Some records in one commit.
  bool write(int count, std::size_t size, std::map<Sequence, std::string>& acknowledged) {
    std::map<Sequence, std::string> pending;
    for (int i = 0; i < count; ++i) {
      const Result<SourceId> source = writer_->source(i % 2 == 0 ? "a" : "b");
      if (!source) return false;
      const std::string raw = std::to_string(serial_++) + std::string(size, 'x');
      pending[writer_->append({*source, 7, {}, raw})] = raw;
    }
    if (!writer_->commit()) return false;
    for (const auto& [sequence, raw] : pending) EXPECT_TRUE(acknowledged.emplace(sequence, raw).second) << "number " << sequence << " twice";
    return true;
  }

 private:
  const SealKey key_;
  Seal master_;
  std::unique_ptr<Writer> writer_;
  static inline int serial_ = 0;
};

bool holds(const Kept& kept, const std::map<Sequence, std::string>& acknowledged) {
  for (const auto& [sequence, raw] : acknowledged) {
    const auto at = kept.records.find(sequence);
    if (at == kept.records.end() || at->second != raw) return false;
  }
  return true;
}

TEST(Journal, GivesBackWhatWasWrittenInOrderFromAnyRecord) {
  MemoryEnv env;
  std::map<Sequence, std::string> acknowledged;
  {
    Session session(env, 2000);
    ASSERT_TRUE(session.good());
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(session.write(5, 40, acknowledged));
    ASSERT_TRUE(session.writer().close());
  }
  ASSERT_EQ(acknowledged.size(), 100u);
  EXPECT_GT(list_segments(env, "journal")->size(), 2u);
  const Kept all = read_all(env);
  EXPECT_EQ(all.records, acknowledged);
  EXPECT_TRUE(all.damage.empty());
  EXPECT_EQ(all.left, 0u);
  EXPECT_EQ(all.sources, (std::map<SourceId, std::string>{{0, "a"}, {1, "b"}}));
  for (Sequence from = 0; from <= 100; from += 7) {
    EXPECT_EQ(read_all(env, from).records, (std::map<Sequence, std::string>(acknowledged.find(from), acknowledged.end()))) << from;
  }
  EXPECT_EQ(read_all(env, 0, 50).records.size(), 50u);
}

TEST(Journal, ARestartGoesOnWithNumbersAndLedger) {
  MemoryEnv env;
  std::map<Sequence, std::string> acknowledged;
  for (int round = 0; round < 4; ++round) {
    Session session(env, 100'000);
    ASSERT_TRUE(session.good());
    session.writer().count_refused(*session.writer().source("a"), 2);
    session.writer().count_dropped(*session.writer().source("b"), 1);
    ASSERT_TRUE(session.write(3, 10, acknowledged));
    if (round % 2 == 0) {
      ASSERT_TRUE(session.writer().close());
    }
  }
  const Session session(env, 100'000);
  const std::vector<SourceCounts>& ledger = const_cast<Session&>(session).writer().ledger();
  ASSERT_EQ(ledger.size(), 2u);
  EXPECT_EQ(ledger[0].counts, (Counts{8, 8, 0}));
  EXPECT_EQ(ledger[1].counts, (Counts{4, 0, 4}));
  EXPECT_EQ(read_all(env).records, acknowledged);
}

TEST(Journal, AFailureOfAnyCallLosesNothingThatWasAcknowledged) {
  const auto workload = [](MemoryEnv& env, std::map<Sequence, std::string>& acknowledged) {
    Session session(env, 600);
    if (!session.good()) return 0;
    int refused = 0;
    for (int i = 0; i < 12; ++i) refused += session.write(3, 20, acknowledged) ? 0 : 1;
    (void)session.writer().remove_before(6);
    (void)session.writer().close();
    return refused;
  };
  MemoryEnv counting;
  std::map<Sequence, std::string> all;
  counting.fail_call(0);
  EXPECT_EQ(workload(counting, all), 0);
  const std::uint64_t calls = counting.calls();
  ASSERT_GT(calls, 50u);
  int refused = 0;
  for (std::uint64_t n = 1; n <= calls; ++n) {
    MemoryEnv env;
    std::map<Sequence, std::string> acknowledged;
    env.fail_call(n);
    refused += workload(env, acknowledged);
    env.fail_call(0);
    std::erase_if(acknowledged, [](const auto& entry) { return entry.first < 6; });  // were allowed to go
    EXPECT_TRUE(holds(read_all(env), acknowledged)) << "call " << n;
  }
  EXPECT_LE(refused, 2) << "one failing call is survived by a new segment";
}

TEST(Journal, AFullDiskRefusesAndResumes) {
  for (std::uint64_t space = 0; space < 4000; space += 37) {
    MemoryEnv env;
    std::map<Sequence, std::string> acknowledged;
    env.set_space(space);
    Session session(env, 1000);
    ASSERT_TRUE(session.good());
    int refused = 0;
    for (int i = 0; i < 30; ++i) refused += session.write(2, 60, acknowledged) ? 0 : 1;
    ASSERT_GT(refused, 0) << space;
    EXPECT_LE(list_segments(env, "journal")->size(), 4u) << "what was begun in vain does not stay; space " << space;
    env.set_space(1 << 20);
    ASSERT_TRUE(session.write(2, 60, acknowledged)) << space;
    const Kept kept = read_all(env);
    EXPECT_EQ(kept.records, acknowledged) << space;
    EXPECT_TRUE(kept.damage.empty()) << space << ' ' << kept.damage.front().what;
    Counts all;
    for (const SourceCounts& source : session.writer().ledger()) all += source.counts;
    EXPECT_EQ(all, (Counts{acknowledged.size(), 0, 0})) << "what was given back is its caller's to count";
  }
}

/// A commit whose frame is in the file, whole, but was not synced; and no new segment could be made.
void fail_to_sync(MemoryEnv& env, Session& session) {
  std::map<Sequence, std::string> none;
  env.set_space(400);
  env.fail_call(2);
  ASSERT_FALSE(session.write(3, 20, none));
  env.fail_call(0);
  env.set_space(1 << 20);
}

TEST(Journal, AFrameThatWasNotSyncedCountsNoMore) {
  MemoryEnv env;
  std::map<Sequence, std::string> acknowledged;
  Session session(env, 100'000);
  ASSERT_TRUE(session.write(3, 20, acknowledged));
  fail_to_sync(env, session);
  ASSERT_TRUE(session.write(2, 30, acknowledged));
  const Kept kept = read_all(env);
  EXPECT_EQ(kept.records, acknowledged);
  EXPECT_TRUE(kept.damage.empty());
}

TEST(Journal, WhoReadsAlongDoesNotTakeAFrameThatWasNotSynced) {
  MemoryEnv env;
  std::map<Sequence, std::string> acknowledged;
  Session session(env, 100'000);
  ASSERT_TRUE(session.write(3, 20, acknowledged));
  const SealKey key = master_key();
  Seal master(key);
  Reader reader = *Reader::open(env, "journal", master, 0);
  Kept kept;
  while (reader.next(session.writer().committed(), kept).value()) {
  }
  EXPECT_EQ(kept.records, acknowledged);
  fail_to_sync(env, session);
  EXPECT_FALSE(reader.next(session.writer().committed(), kept).value());
  ASSERT_TRUE(session.write(2, 30, acknowledged));  // under the same numbers
  while (reader.next(session.writer().committed(), kept).value()) {
  }
  EXPECT_EQ(kept.records, acknowledged);
  EXPECT_TRUE(reader.damage().empty());
}

TEST(Journal, NorOneThatItHeldBackBehindDamage) {
  MemoryEnv env;
  std::map<Sequence, std::string> damaged, none, acknowledged;
  Session session(env, 100'000);
  ASSERT_TRUE(session.write(3, 20, damaged));
  env.flip_bit(segment_path("journal", 1), env.text_of(segment_path("journal", 1))->size() * 8 - 1);
  env.fail_call(2, UINT64_MAX);
  ASSERT_FALSE(session.write(3, 20, none));  // in the file, not synced
  env.fail_call(0);
  const SealKey key = master_key();
  Seal master(key);
  Reader reader = *Reader::open(env, "journal", master, 0);
  Kept kept;
  while (reader.next(session.writer().committed(), kept).value()) {
  }
  EXPECT_EQ(reader.damage().size(), 1u);
  ASSERT_TRUE(session.write(2, 30, acknowledged));
  while (reader.next(session.writer().committed(), kept).value()) {
  }
  EXPECT_EQ(kept.records, acknowledged);
}

TEST(Journal, AStartThatWasNotFinishedSaysNothingOfOthers) {
  MemoryEnv env;
  std::map<Sequence, std::string> acknowledged;
  {
    Session session(env, 100'000);
    ASSERT_TRUE(session.write(3, 20, acknowledged));
    fail_to_sync(env, session);
  }
  Session session(env, 100'000);
  ASSERT_TRUE(session.write(2, 30, acknowledged));
  const Kept kept = read_all(env);
  EXPECT_TRUE(holds(kept, acknowledged));
  EXPECT_TRUE(kept.damage.empty());
  std::uint64_t received = 0;
  for (const SourceCounts& source : session.writer().ledger()) received += source.counts.stored;
  EXPECT_EQ(received, kept.records.size());
}

/// A kill between the two files of a new segment.
TEST(Journal, AKeyWithoutItsSegmentIsInNobodysWay) {
  MemoryEnv env;
  std::map<Sequence, std::string> acknowledged;
  {
    Session session(env, 100'000);
    ASSERT_TRUE(session.write(3, 20, acknowledged));
  }
  const std::vector<std::uint64_t> numbers = list_segments(env, "journal").value();
  ASSERT_TRUE(env.write_file(key_path("journal", numbers.back() + 1), "half a key"));
  Session session(env, 100'000);
  ASSERT_TRUE(session.good());
  EXPECT_FALSE(env.exists(key_path("journal", numbers.back() + 1)));
  const Status let_go = session.writer().remove_before(session.writer().committed());
  EXPECT_TRUE(let_go) << let_go.error().message;
  acknowledged.clear();
  ASSERT_TRUE(session.write(2, 30, acknowledged));
  EXPECT_TRUE(holds(read_all(env), acknowledged));
}

TEST(Journal, TheNumbersOfADamagedFrameAreNotGivenAgain) {
  MemoryEnv env;
  std::map<Sequence, std::string> acknowledged;
  {
    Session session(env, 100'000);
    ASSERT_TRUE(session.write(3, 20, acknowledged) && session.write(3, 20, acknowledged));
  }
  const std::string file = segment_path("journal", 1);
  env.flip_bit(file, env.text_of(file)->size() * 8 - 1);
  Session session(env, 100'000);
  ASSERT_TRUE(session.write(3, 20, acknowledged)) << "and none of them is one of those";
  const Kept kept = read_all(env);
  EXPECT_EQ(kept.records.size(), 6u);
  ASSERT_EQ(kept.damage.size(), 1u);
  EXPECT_EQ(kept.damage[0].from, 3u);
  EXPECT_EQ(kept.damage[0].to, std::prev(acknowledged.end(), 3)->first);
}

TEST(Journal, ALossOfPowerLosesNothingThatWasAcknowledged) {
  std::mt19937_64 random(20261124);
  for (int round = 0; round < 300; ++round) {
    MemoryEnv env;
    std::map<Sequence, std::string> acknowledged;
    for (int life = 0; life < 4; ++life) {
      Session session(env, 800);
      ASSERT_TRUE(session.good());
      const int commits = static_cast<int>(random() % 6);
      for (int i = 0; i < commits; ++i) ASSERT_TRUE(session.write(1 + static_cast<int>(random() % 4), random() % 100, acknowledged));
      env.fail_call(1 + random() % 8);  // somewhere in the next commit: what it wrote stays unsynced
      (void)session.write(3, 50, acknowledged);
      env.fail_call(0);
      env.crash(random());
      EXPECT_TRUE(holds(read_all(env), acknowledged)) << "round " << round << ", life " << life;
    }
    Session session(env, 800);
    std::uint64_t received = 0;
    for (const SourceCounts& source : session.writer().ledger()) received += source.counts.stored;
    const Kept kept = read_all(env);
    EXPECT_EQ(received, kept.records.size()) << "round " << round;
  }
}

TEST(Journal, AFlippedBitIsFoundAndNeverGivenOut) {
  MemoryEnv env;
  std::map<Sequence, std::string> acknowledged;
  {
    Session session(env, 500);
    for (int i = 0; i < 12; ++i) ASSERT_TRUE(session.write(2, 30, acknowledged));
    ASSERT_TRUE(session.writer().close());
  }
  std::vector<std::string> files;
  const Result<std::vector<FolderEntry>> entries = env.list_folder("journal");
  for (const FolderEntry& entry : *entries) files.push_back("journal/" + entry.name);
  std::mt19937_64 random(20261124);
  std::size_t lost = 0;
  for (int round = 0; round < 1500; ++round) {
    const std::string& file = files[random() % files.size()];
    const std::uint64_t bit = random() % (env.text_of(file)->size() * 8);
    env.flip_bit(file, bit);
    const Kept kept = read_all(env);
    for (const auto& [sequence, raw] : kept.records) EXPECT_EQ(acknowledged.at(sequence), raw);
    if (kept.records.size() < acknowledged.size()) {
      ++lost;
      EXPECT_TRUE(!kept.damage.empty() || kept.left > 0) << file << " bit " << bit;
    }
    for (const auto& entry : acknowledged) {
      const Sequence sequence = entry.first;
      if (kept.records.empty() || sequence > kept.records.rbegin()->first || kept.records.contains(sequence)) continue;
      const auto names = [&](const Damage& damage) { return damage.from <= sequence && sequence < damage.to; };
      EXPECT_TRUE(std::ranges::any_of(kept.damage, names)) << "record " << sequence << " is missing; " << file << " bit " << bit;
    }
    env.flip_bit(file, bit);
  }
  EXPECT_GT(lost, 100u);
  EXPECT_EQ(read_all(env).records, acknowledged);
}

TEST(Journal, OldSegmentsGoAndTheirKeysFirst) {
  MemoryEnv env;
  std::map<Sequence, std::string> acknowledged;
  Session session(env, 500);
  for (int i = 0; i < 12; ++i) ASSERT_TRUE(session.write(2, 30, acknowledged));
  const std::size_t before = list_segments(env, "journal")->size();
  ASSERT_TRUE(session.writer().remove_before(13));
  EXPECT_LT(list_segments(env, "journal")->size(), before);
  const Kept kept = read_all(env);
  EXPECT_LE(kept.records.begin()->first, 13u);
  EXPECT_GT(kept.records.begin()->first, 5u);
  EXPECT_TRUE(kept.damage.empty());
  acknowledged.erase(acknowledged.begin(), acknowledged.find(13));
  EXPECT_TRUE(holds(kept, acknowledged));
}

TEST(Journal, AllOfItCanGoAndTheLedgerStays) {
  MemoryEnv env;
  std::map<Sequence, std::string> acknowledged, later;
  {
    Session session(env, 500);
    for (int i = 0; i < 12; ++i) ASSERT_TRUE(session.write(2, 30, acknowledged));
    ASSERT_TRUE(session.writer().remove_before(session.writer().committed()));
    EXPECT_EQ(list_segments(env, "journal")->size(), 1u);
    const std::vector<std::uint64_t> left = *list_segments(env, "journal");
    ASSERT_TRUE(session.writer().remove_before(session.writer().committed()));
    EXPECT_EQ(*list_segments(env, "journal"), left) << "nothing came since, so nothing is begun";
    EXPECT_TRUE(read_all(env).records.empty());
    ASSERT_TRUE(session.write(2, 30, later));
    ASSERT_TRUE(session.writer().remove_before(session.writer().committed() - 1));
    EXPECT_EQ(read_all(env).records, later);
  }
  Session session(env, 500);
  ASSERT_TRUE(session.good());
  ASSERT_TRUE(session.write(1, 30, later));
  EXPECT_EQ(later.begin()->first, 24u);
  EXPECT_EQ(read_all(env).records, later);
  EXPECT_TRUE(read_all(env, 24).damage.empty());
  EXPECT_EQ(session.writer().ledger()[0].counts.stored, 14u);
  EXPECT_EQ(session.writer().ledger()[1].counts.stored, 13u);
}

/// Everything goes, and something comes after it: what that was.
std::map<Sequence, std::string> write_let_go_and_write(MemoryEnv& env, bool& made) {
  std::map<Sequence, std::string> before, after;
  Session session(env, 500);
  made = session.good();
  if (!made) return after;
  for (int i = 0; i < 5; ++i) (void)session.write(2, 30, before);
  (void)session.writer().remove_before(session.writer().committed());
  (void)session.write(2, 30, after);
  return after;
}

TEST(Journal, LettingAllGoLosesNothingThatCameAfterWhateverFails) {
  MemoryEnv counting;
  bool made = false;
  counting.fail_call(0);
  (void)write_let_go_and_write(counting, made);
  const std::uint64_t calls = counting.calls();
  std::size_t kept = 0;
  for (std::uint64_t n = 1; n <= calls; ++n) {
    MemoryEnv env;
    env.fail_call(n);
    std::map<Sequence, std::string> after = write_let_go_and_write(env, made);
    env.fail_call(0);
    EXPECT_TRUE(holds(read_all(env), after)) << "call " << n;
    env.crash(n);
    EXPECT_TRUE(holds(read_all(env), after)) << "call " << n << ", then a loss of power";
    Session again(env, 500);
    ASSERT_TRUE(again.good()) << "call " << n;
    ASSERT_TRUE(again.write(1, 30, after)) << "call " << n;
    EXPECT_TRUE(holds(read_all(env), after)) << "call " << n << ", then a restart";
    kept += after.size();
  }
  EXPECT_GT(kept, 2 * calls);
}

TEST(Journal, AnotherMasterKeyIsAnErrorAtTheStart) {
  MemoryEnv env;
  std::map<Sequence, std::string> acknowledged;
  {
    Session session(env, 500);
    ASSERT_TRUE(session.write(2, 30, acknowledged));
  }
  const Result<SealKey> other = SealKey::from(std::string(32, 'o'));
  Seal master(*other);
  const Result<std::unique_ptr<Writer>> writer = Writer::open(env, "journal", master, {});
  ASSERT_FALSE(writer);
  EXPECT_EQ(writer.error().code, Code::kInvalid);
  EXPECT_NE(writer.error().message.find("master key"), std::string::npos);
}

TEST(Journal, DetailsAreFoundByKind) {
  std::string details;
  EXPECT_TRUE(append_detail(details, Detail::kHost, "web1"));
  EXPECT_TRUE(append_detail(details, Detail::kPeer, "10.0.0.1"));
  EXPECT_EQ(detail(details, Detail::kPeer), "10.0.0.1");
  EXPECT_EQ(detail(details, Detail::kHost), "web1");
  EXPECT_EQ(detail(details, Detail::kIndex), "");
  EXPECT_FALSE(append_detail(details, Detail::kIndex, std::string(kDetailsBytesMax, 'a')));
  EXPECT_EQ(detail(std::string("\x01\xff\xff", 3), Detail::kHost), "");
}

}  // namespace
}  // namespace tocsin::journal
