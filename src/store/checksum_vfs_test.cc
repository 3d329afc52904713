// state.db on a real disk: what is not what was written is found, and never an answer.
#include "store/checksum_vfs.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <random>

#include "store/state.h"
#include "store/state_check.h"

namespace tocsin {
namespace {

namespace fs = std::filesystem;

/// Flips per file; TOCSIN_FLIPS sets it.
int flips() {
  const char* const wanted = std::getenv("TOCSIN_FLIPS");
  return wanted == nullptr ? 40 : std::atoi(wanted);
}

class CheckedState : public testing::Test {
 protected:
  CheckedState() {
    std::string name = (fs::temp_directory_path() / "tocsin-checked-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  ~CheckedState() override { fs::remove_all(folder_); }

  std::string path(const std::string& ending = "") const { return folder_ + "/state.db" + ending; }
  std::string bytes(const std::string& ending) const { return Env::system().read_file(path(ending), 1u << 28).value_or(""); }
  void put(const std::string& ending, const std::string& bytes) { ASSERT_TRUE(Env::system().write_file(path(ending), bytes)); }
  std::vector<std::string> damage() const {
    Result<std::vector<std::string>> damage = state_damage(Env::system(), path());
    EXPECT_TRUE(damage) << (damage ? "" : damage.error().message);
    return damage.value_or(std::vector<std::string>());
  }

  /// Alerts, hits that come and go, senders; as a service writes them.
  void fill(State& state, int from, int to) {
    for (int i = from; i < to; ++i) {
      std::vector<StoredAlert> alerts;
      std::vector<StoredHit> hits;
      for (int n = 0; n < 5; ++n) {
        const std::string id = std::to_string(100'000 + i * 10 + n);
        alerts.push_back({id, 7, i * 10 + n, "rule", "A title", "high", "{\"id\":\"" + id + "\"," + std::string(300, 'b') + "}"});
        hits.push_back({i * 10 + n, i, std::string(200, static_cast<char>('a' + n))});
      }
      const std::vector<SourceSeen> sources = {{"bulk/a", static_cast<std::uint64_t>(i), i}};
      const Status done = state.apply({.alerts = alerts, .sources = sources, .hits = hits, .hits_needed_from = i * 5, .position = static_cast<std::uint64_t>(i) + 1});
      ASSERT_TRUE(done) << done.error().message;
      const Status added = state.add_sender({"sender" + std::to_string(i), "bulk", "digest", i});
      ASSERT_TRUE(added) << added.error().message;
    }
  }

  /// Everything that it says, or "" if it says that something is damaged.
  std::string answers() {
    const auto state = State::open(path(), State::IfMissing::kFail);
    if (!state) return expect_damage(state.error());
    std::string all;
    const auto alerts = (*state)->alerts({.limit = 1'000'000});
    if (!alerts) return expect_damage(alerts.error());
    for (const StoredAlert& alert : *alerts) all += alert.body + alert.title + std::to_string(alert.time);
    const auto hits = (*state)->hits();
    if (!hits) return expect_damage(hits.error());
    for (const StoredHit& hit : *hits) all += hit.packed + std::to_string(hit.time);
    const auto senders = (*state)->senders();
    if (!senders) return expect_damage(senders.error());
    for (const SenderRecord& sender : *senders) all += sender.name + sender.token_digest;
    const auto sources = (*state)->sources();
    if (!sources) return expect_damage(sources.error());
    for (const SourceSeen& source : *sources) all += source.name + std::to_string(source.last_seen);
    const auto position = (*state)->position();
    if (!position) return expect_damage(position.error());
    return all + std::to_string(*position);
  }
  std::string expect_damage(const Error& error) {
    EXPECT_EQ(error.code, Code::kInvalid) << error.message;
    EXPECT_NE(error.message.find("tocsin verify"), std::string::npos) << error.message;
    return "";
  }

  /// With every file put back as it was.
  void flip_bits(const std::string& ending, bool may_be_unused) {
    const std::vector<std::string> endings = {"", "-wal", "-mark"};
    std::vector<std::string> good;
    for (const std::string& each : endings) good.push_back(bytes(each));
    const std::string expected = answers();
    ASSERT_FALSE(expected.empty());
    std::string file = bytes(ending);
    ASSERT_FALSE(file.empty()) << ending;
    std::mt19937 random(20261129);
    int found = 0, refused = 0;
    for (int i = 0; i < flips(); ++i) {
      for (std::size_t n = 0; n < endings.size(); ++n) {
        if (!good[n].empty()) put(endings[n], good[n]);
      }
      fs::remove(path("-shm"));
      const std::size_t bit = random() % (file.size() * 8);
      std::string bad = file;
      bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
      put(ending, bad);
      const bool is_found = !damage().empty();
      found += is_found ? 1 : 0;
      EXPECT_TRUE(is_found || may_be_unused) << ending << " bit " << bit;
      const std::string answer = answers();
      refused += answer.empty() ? 1 : 0;
      EXPECT_TRUE(answer.empty() || answer == expected) << ending << " bit " << bit << ": something else was given";
      EXPECT_TRUE(is_found || answer == expected) << ending << " bit " << bit;
    }
    std::printf("state.db%s: %d flips, %d found, %d refused by who reads all\n", ending.c_str(), flips(), found, refused);
    for (std::size_t n = 0; n < endings.size(); ++n) {
      if (!good[n].empty()) put(endings[n], good[n]);
    }
    EXPECT_TRUE(damage().empty());
  }

  /// What a kill leaves: the files as they are while it is open.
  void fill_and_kill(int to) {
    const std::string kept = folder_ + "/kept";
    {
      const auto state = State::open(path(), State::IfMissing::kMake);
      ASSERT_TRUE(state) << state.error().message;
      fill(**state, 0, to);
      fs::create_directory(kept);
      for (const char* const ending : {"", "-wal", "-mark"}) fs::copy_file(path(ending), kept + "/state.db" + ending);
    }
    for (const char* const ending : {"", "-wal", "-mark"}) fs::copy_file(kept + "/state.db" + ending, path(ending), fs::copy_options::overwrite_existing);
  }

  std::string folder_;
};

TEST_F(CheckedState, AFlippedBitOfTheFileIsFound) {
  {
    const auto state = State::open(path(), State::IfMissing::kMake);
    ASSERT_TRUE(state) << state.error().message;
    fill(**state, 0, 150);
  }
  EXPECT_FALSE(fs::exists(path("-wal")));
  flip_bits("", false);
}

TEST_F(CheckedState, AFlippedBitOfTheLogIsFound) {
  fill_and_kill(20);
  flip_bits("-wal", false);
}

TEST_F(CheckedState, AFlippedBitOfTheLogsMarkIsFoundAndCostsNothing) {
  fill_and_kill(20);
  flip_bits("-mark", false);
}

TEST_F(CheckedState, WhatIsLeftOfAnOlderLogCarriesNothing) {
  fill_and_kill(200);  // the log has begun again
  EXPECT_FALSE(answers().empty());
  flip_bits("-wal", true);
}

TEST_F(CheckedState, APageAtAnotherPlaceIsFound) {
  {
    const auto state = State::open(path(), State::IfMissing::kMake);
    ASSERT_TRUE(state) << state.error().message;
    fill(**state, 0, 50);
  }
  std::string file = bytes("");
  file.replace(5 * kStatePageBytes, kStatePageBytes, file.substr(6 * kStatePageBytes, kStatePageBytes));
  put("", file);
  ASSERT_EQ(damage().size(), 1u);
  EXPECT_NE(damage()[0].find("page 6"), std::string::npos) << damage()[0];
  file.resize(file.size() - 100);
  put("", file);
  EXPECT_EQ(damage().size(), 2u);
}

TEST_F(CheckedState, ALogThatIsCutIsFoundAndWhatWasNeverSafeIsNot) {
  fill_and_kill(20);
  const std::string log = bytes("-wal"), expected = answers();
  put("-wal", log + std::string(1'000, 'x'));
  EXPECT_TRUE(damage().empty());
  EXPECT_EQ(answers(), expected);
  put("-wal", log.substr(0, log.size() - 1));
  EXPECT_EQ(damage().size(), 1u);
  EXPECT_EQ(answers(), "");
  // Without the mark, the last transaction could be one that was never safe; the one before it could not.
  fs::remove(path("-mark"));
  EXPECT_TRUE(damage().empty());
  std::string bad = log;
  bad[log.size() / 2] ^= 1;
  put("-wal", bad);
  EXPECT_EQ(damage().size(), 1u);
  EXPECT_EQ(answers(), "");
}

TEST_F(CheckedState, AnOlderFileIsReadByNobodyUntilTheServiceHasBroughtItHere) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(path().c_str(), &database), SQLITE_OK);
  std::string sql =
      "PRAGMA journal_mode=WAL; CREATE TABLE senders (name TEXT PRIMARY KEY, input TEXT NOT NULL, token_digest BLOB NOT NULL, added INTEGER NOT NULL);"
      "PRAGMA user_version=3;";
  for (int i = 0; i < 500; ++i) sql += "INSERT INTO senders VALUES ('s" + std::to_string(i) + "', 'bulk', x'" + std::string(200, 'a') + "', 1);";
  ASSERT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(database);
  for (const auto if_missing : {State::IfMissing::kFail, State::IfMissing::kMake}) {
    const auto refused = State::open(path(), if_missing);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("format 3"), std::string::npos) << refused.error().message;
  }
  EXPECT_TRUE(damage().empty()) << "it has no checks";
  {
    const auto state = State::open(path(), State::IfMissing::kMake, State::IfOlder::kUpgrade);
    ASSERT_TRUE(state) << state.error().message;
    EXPECT_EQ((*state)->senders()->size(), 500u);
  }
  EXPECT_EQ(static_cast<unsigned char>(bytes("")[kReservedAt]), kPageCheckBytes);
  EXPECT_TRUE(damage().empty());
  flip_bits("", false);
}

TEST_F(CheckedState, ChecksGoOnWithACopy) {
  const auto state = State::open(path(), State::IfMissing::kMake);
  ASSERT_TRUE(state) << state.error().message;
  fill(**state, 0, 20);
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open_v2(path().c_str(), &database, SQLITE_OPEN_READWRITE, checksum_vfs()), SQLITE_OK);
  const std::string copy = folder_ + "/copy.db";
  EXPECT_EQ(sqlite3_exec(database, ("PRAGMA cache_size=2; VACUUM INTO '" + copy + "'").c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(database);
  sqlite3_close(database);
  const auto found = state_damage(Env::system(), copy);
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->empty()) << found->front();
  const auto copied = State::open(copy, State::IfMissing::kFail);
  ASSERT_TRUE(copied) << copied.error().message;
  EXPECT_EQ((*copied)->alert_count().value(), 100u);
}

}  // namespace
}  // namespace tocsin
