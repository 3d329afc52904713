#include "store/state.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstdio>
#include <filesystem>

#include "base/memory_env.h"
#include "store/alert_reach.h"
#include "store/checksum_vfs.h"
#include "store/case_log.h"
#include "store/data_folder.h"

namespace tocsin {
namespace {

namespace fs = std::filesystem;

class StateTest : public testing::Test {
 protected:
  StateTest() {
    std::string name = (fs::temp_directory_path() / "tocsin-state-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  ~StateTest() override { fs::remove_all(folder_); }
  std::unique_ptr<State> open() {
    Result<std::unique_ptr<State>> state = State::open(folder_ + "/state.db", State::IfMissing::kMake);
    EXPECT_TRUE(state) << (state ? "" : state.error().message);
    return state ? std::move(*state) : nullptr;
  }
  /// To change what State would not.
  sqlite3* raw() {
    sqlite3* database = nullptr;
    EXPECT_EQ(sqlite3_open_v2((folder_ + "/state.db").c_str(), &database, SQLITE_OPEN_READWRITE, checksum_vfs()), SQLITE_OK);
    return database;
  }
  std::string folder_;
};

StoredAlert alert(const std::string& id, TimeUs time, const std::string& level) {
  return {id, 7, time, "rule", "A title", level, "{\"id\":\"" + id + "\"}"};
}

TEST_F(StateTest, MarksOfFilesAreTheLatestUntilTheyAreForgotten) {
  const auto state = open();
  const std::vector<StoredFileMark> first = {{1, 100, "a"}, {2, 100, "b"}}, second = {{2, 200, std::string("c\0d", 3)}};
  StreamStep step;
  step.files = first;
  ASSERT_TRUE(state->apply(step));
  step.files = second;
  step.position = 5;
  ASSERT_TRUE(state->apply(step));
  const std::uint64_t there[] = {1, 7};
  ASSERT_TRUE(state->see_files(there, 300));
  const auto marks = open()->file_marks().value();
  ASSERT_EQ(marks.size(), 2u);
  EXPECT_EQ(marks[0].mark, "a");
  EXPECT_EQ(marks[0].seen, 300);
  EXPECT_EQ(marks[1].mark, std::string("c\0d", 3));
  EXPECT_EQ(marks[1].seen, 200);
  ASSERT_TRUE(state->forget_file(1));
  EXPECT_EQ(state->file_marks().value().size(), 1u);
}

TEST_F(StateTest, PollersHaveTheirLatestMarkAndTheIdsThatAreNeeded) {
  const auto state = open();
  ASSERT_TRUE(state->begin_poller("p", "first", 50));
  ASSERT_TRUE(state->begin_poller("p", "never", 60));
  std::array<char, 16> a{}, b{}, c{};
  a[0] = 'a', b[0] = 'b', c[0] = 'c';
  const std::vector<StoredPollMark> marks = {{"p", 100, "one", 0, {{a, 10}, {b, 20}}}, {"q", 100, "other", 0, {{a, 1}}}, {"p", 200, std::string("t\0o", 3), 15, {{b, 99}, {c, 30}}}};
  EXPECT_EQ(state->poll_marks()->at(0).mark, "first");
  StreamStep step;
  step.polls = marks;
  step.position = 5;
  ASSERT_TRUE(state->apply(step));
  const auto read = open()->poll_marks().value();
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(read[0].mark, std::string("t\0o", 3));
  EXPECT_EQ(read[0].seen, 200);
  EXPECT_EQ(read[0].ids, (std::vector<std::pair<std::array<char, 16>, TimeUs>>{{b, 20}, {c, 30}}));
  EXPECT_EQ(read[1].ids.size(), 1u);
}

TEST_F(StateTest, AlertsAndPositionComeBackTogether) {
  {
    const auto state = open();
    EXPECT_EQ(state->position().value(), 0u);
    const std::vector<StoredAlert> both = {alert("a", 1, "low"), alert("b", 2, "critical")};
    const std::vector<SourceSeen> seen = {{"bulk/a", 1, 5}}, later = {{"bulk/a", 2, 6}, {"hec/b", 0, 7}};
    ASSERT_TRUE(state->apply({.alerts = both, .sources = seen, .hits = {}, .position = 40}));
    ASSERT_TRUE(state->apply({.alerts = both, .sources = later, .hits = {}, .position = 41})) << "again, as after a crash";
  }
  const auto state = open();
  EXPECT_EQ(state->position().value(), 41u);
  EXPECT_EQ(state->alert_count().value(), 2u);
  const std::vector<SourceSeen> sources = state->sources().value();
  ASSERT_EQ(sources.size(), 2u);
  EXPECT_EQ(sources[0].parse_failures, 2u);
  EXPECT_EQ(sources[1].last_seen, 7);
  const std::vector<StoredAlert> all = state->alerts({.limit = 10}).value();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].id, "b");
  EXPECT_EQ(all[1].body, "{\"id\":\"a\"}");
  EXPECT_EQ(state->alerts({.limit = 10, .level_min = 3}).value().size(), 1u);
  EXPECT_EQ(state->alerts({.limit = 1}).value().size(), 1u);
  EXPECT_EQ(state->alert("a").value()->time, 1);
  EXPECT_FALSE(state->alert("c").value());
}

TEST_F(StateTest, AnAlertThatIsFoundLaterStaysAsItIsWhereItIsThere) {
  const auto state = open();
  const std::vector<StoredAlert> first = {alert("aa", 1, "high")};
  StreamStep step;
  step.alerts = first;
  step.position = 9;
  ASSERT_TRUE(state->apply(step));
  std::vector<StoredAlert> late = {alert("aa", 1, "high"), alert("bb", 2, "low")};
  late[0].body = "{}";
  EXPECT_EQ(*AlertReach::add_late(*state, late, 5), 1u);
  EXPECT_EQ(*AlertReach::add_late(*state, late, 6), 0u);
  EXPECT_EQ(*state->alert_count(), 2u);
  EXPECT_EQ((*state->alert("aa"))->body, first[0].body);
  EXPECT_EQ(*state->position(), 9u) << "the stream is where it was";
  EXPECT_EQ(state->alerts_added_after(1, 10, 0)->size(), 1u) << "it comes behind what there was";
}

TEST_F(StateTest, WhenAlertsWereAddedIsKept) {
  auto state = State::open(folder_ + "/state.db", State::IfMissing::kMake).value();
  const std::vector<StoredAlert> first = {alert("aa", 100, "high"), alert("bb", 90, "low")}, second = {alert("bb", 90, "low"), alert("cc", 80, "low")}, unknown = {alert("dd", 70, "low")};
  ASSERT_TRUE(state->apply({.alerts = first, .sources = {}, .hits = {}, .position = 1, .now = 1'000}));
  ASSERT_TRUE(state->apply({.alerts = second, .sources = {}, .hits = {}, .position = 2, .now = 2'000})) << "one that is there stays as it was";
  ASSERT_TRUE(state->apply({.alerts = unknown, .sources = {}, .hits = {}, .position = 3, .now = 0})) << "as an older format left it";
  const auto all = AlertReach::added_after(*state, 0, 10).value();
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(all[0].id + all[1].id + all[2].id + all[3].id, "aabbccdd");
  EXPECT_EQ(all[0].when, 1'000);
  EXPECT_EQ(all[1].when, 1'000);
  EXPECT_EQ(all[2].when, 2'000);
  EXPECT_EQ(all[3].when, kNoTime);
  const auto page = AlertReach::added_after(*state, all[1].number, 1).value();
  ASSERT_EQ(page.size(), 1u);
  EXPECT_EQ(page[0].id, "cc");
}

TEST_F(StateTest, AlertsComeInPagesAndAsTheyWereAdded) {
  const auto state = open();
  const std::vector<StoredAlert> alerts = {alert("a", 5, "low"), alert("b", 9, "high"), alert("c", 5, "critical"), alert("d", 1, "low")};
  ASSERT_TRUE(state->apply({.alerts = alerts, .sources = {}, .hits = {}, .position = 1}));
  const auto ids = [](const std::vector<StoredAlert>& all) {
    std::string text;
    for (const StoredAlert& one : all) text += one.id;
    return text;
  };
  EXPECT_EQ(ids(state->alerts({.limit = 2}).value()), "ba");
  EXPECT_EQ(ids(state->alerts({.limit = 2, .before_time = 5, .before_id = "a"}).value()), "cd");
  EXPECT_EQ(ids(state->alerts({.since = 5}).value()), "bac");
  EXPECT_EQ(ids(state->alerts({.level_min = 3, .since = 5, .before_time = 9, .before_id = "b"}).value()), "c");
  const std::int64_t last = state->last_alert_number().value();
  EXPECT_EQ(ids(state->alerts_added_after(0, 10, 0).value()), "abcd");
  EXPECT_EQ(ids(state->alerts_added_after(0, 10, 3).value()), "bc");
  EXPECT_EQ(ids(state->alerts_added_after(last - 1, 10, 0).value()), "d");
  EXPECT_EQ(ids(state->alerts_added_after(last, 10, 0).value()), "");
}

TEST_F(StateTest, SendersAreKeptByName) {
  const auto state = open();
  const std::string digest("\0\x01with a zero", 13);
  ASSERT_TRUE(state->add_sender({"web1", "bulk", digest, 5}));
  const Status again = state->add_sender({"web1", "hec", "x", 6});
  ASSERT_FALSE(again);
  EXPECT_NE(again.error().message.find("web1"), std::string::npos);
  ASSERT_EQ(state->senders().value().size(), 1u);
  EXPECT_EQ(state->senders().value()[0].token_digest, digest);
  EXPECT_TRUE(state->remove_sender("web1").value());
  EXPECT_FALSE(state->remove_sender("web1").value());
}

TEST_F(StateTest, WhatIsNoneOfOursIsSaid) {
  ASSERT_TRUE(Env::system().write_file(folder_ + "/state.db", std::string(5000, 'x')));
  const Result<std::unique_ptr<State>> state = State::open(folder_ + "/state.db", State::IfMissing::kMake);
  ASSERT_FALSE(state);
  EXPECT_EQ(state.error().code, Code::kInvalid);
}

TEST_F(StateTest, WhoOnlyLooksMakesNothing) {
  const Result<std::unique_ptr<State>> state = State::open(folder_ + "/state.db", State::IfMissing::kFail);
  ASSERT_FALSE(state);
  EXPECT_EQ(state.error().code, Code::kNotFound);
  EXPECT_FALSE(fs::exists(folder_ + "/state.db"));
}

TEST_F(StateTest, ANewerFormatIsRefused) {
  open();
  sqlite3* database = raw();
  sqlite3_exec(database, "PRAGMA user_version=999", nullptr, nullptr, nullptr);
  sqlite3_close(database);
  const Result<std::unique_ptr<State>> state = State::open(folder_ + "/state.db", State::IfMissing::kMake);
  ASSERT_FALSE(state);
  EXPECT_NE(state.error().message.find("newer"), std::string::npos);
}

store::Segment made_segment(std::uint64_t first) {
  store::Segment segment;
  segment.file = "2026-07-27/" + std::to_string(first);
  segment.first_sequence = first;
  segment.last_sequence = first + 9;
  segment.rows = 10;
  segment.raw_bytes = 2'000;
  segment.bytes = 300;
  segment.first_time = -5;
  segment.last_time = 1'000;
  segment.first_received = 500;
  segment.last_received = 900;
  segment.sha256 = std::string("\0\xff hash", 7);
  return segment;
}

TEST_F(StateTest, HitsAreKeptAsLongAsTheyAreNeeded) {
  const auto texts = [](State& state) {
    std::string all;
    const std::vector<StoredHit> hits = state.hits().value();
    for (const StoredHit& hit : hits) all += hit.packed + "@" + std::to_string(hit.time) + "/" + std::to_string(hit.seen) + " ";
    return all;
  };
  {
    const auto state = open();
    const std::vector<StoredHit> first = {{30, kNoTime, "c"}, {10, 30, "a"}, {20, 30, std::string("b\0", 2)}}, second = {{40, 30, "d"}};
    ASSERT_TRUE(state->apply({.alerts = {}, .sources = {}, .hits = first, .hits_needed_from = kNoTime, .position = 3}));
    ASSERT_TRUE(state->apply({.alerts = {}, .sources = {}, .hits = {}, .hits_needed_from = 100, .position = 4})) << "nothing new, nothing goes";
    EXPECT_EQ(state->hits()->size(), 3u);
    ASSERT_TRUE(state->apply({.alerts = {}, .sources = {}, .hits = second, .hits_needed_from = 20, .position = 5}));
  }
  EXPECT_EQ(texts(*open()), "c@30/-9223372036854775808 " + std::string("b\0", 2) + "@20/30 d@40/30 ");
}

TEST_F(StateTest, AnAlertIsFoundByTheBeginningOfItsId) {
  const auto state = open();
  const std::vector<StoredAlert> alerts = {alert("ab10", 1, "low"), alert("ab1f", 2, "low"), alert("ab", 3, "low"), alert("c000", 4, "low")};
  ASSERT_TRUE(state->apply({.alerts = alerts, .sources = {}, .hits = {}, .position = 1}));
  const auto found = [&](std::string_view id) {
    const Result<std::optional<StoredAlert>> one = state->alert(id);
    if (!one) return std::string("several");
    return *one ? (**one).id : std::string("none");
  };
  EXPECT_EQ(found("ab10"), "ab10");
  EXPECT_EQ(found("c"), "c000");
  EXPECT_EQ(found("ab1"), "several");
  EXPECT_EQ(found("ab"), "ab") << "the whole id of one";
  EXPECT_EQ(found("d"), "none");
  EXPECT_EQ(found(""), "none");
  EXPECT_EQ(found("c0000"), "none");
}

TEST_F(StateTest, SegmentsAndTheirPositionGoTogether) {
  const auto state = open();
  EXPECT_EQ(state->stored()->position, 0u);
  EXPECT_TRUE(state->stored()->segments.empty());
  ASSERT_TRUE(state->store(made_segment(20), 30));
  ASSERT_TRUE(state->store(made_segment(0), 30));
  ASSERT_TRUE(state->store(std::nullopt, 35));
  EXPECT_FALSE(state->store(made_segment(0), 99)) << "is there already";
  const State::Stored stored = *state->stored();
  EXPECT_EQ(stored.position, 35u);
  EXPECT_EQ(stored.segments, (std::vector<store::Segment>{made_segment(0), made_segment(20)}));
}

TEST_F(StateTest, OneSegmentTakesThePlaceOfMany) {
  const auto state = open();
  for (const std::uint64_t first : {0, 10, 20}) ASSERT_TRUE(state->store(made_segment(first), first + 10));
  const std::vector<store::Segment> parts = {made_segment(0), made_segment(10)};
  store::Segment whole = made_segment(0);
  EXPECT_FALSE(state->replace({}, made_segment(20))) << "is there already";
  whole.file = "whole";
  whole.last_sequence = 19;
  ASSERT_TRUE(state->replace(parts, whole));
  EXPECT_EQ(state->stored()->segments, (std::vector<store::Segment>{whole, made_segment(20)}));
  ASSERT_TRUE(state->replace(std::vector<store::Segment>{whole}, std::nullopt));
  EXPECT_EQ(state->stored()->segments, std::vector<store::Segment>{made_segment(20)});
  EXPECT_EQ(state->stored()->position, 30u);
}

TEST_F(StateTest, AlertsGoWhenTheyAreOldOrTooMany) {
  const auto state = open();
  const auto add = [&](int from, int until, TimeUs now) {
    std::vector<StoredAlert> alerts;
    for (int i = from; i < until; ++i) alerts.push_back(alert(std::to_string(i), 1'000'000, "low"));
    StreamStep step;
    step.alerts = alerts;
    step.now = now;
    ASSERT_TRUE(state->apply(step));
  };
  add(0, 1'500, 100);
  add(1'500, 1'510, 200);
  EXPECT_FALSE(state->expire_alerts({}, 10'000).value());
  EXPECT_FALSE(state->expire_alerts({.age_us = 9'900}, 10'000).value()) << "what was made that long ago to the microsecond stays";
  EXPECT_EQ(state->alert_count().value(), 1'510u);
  EXPECT_TRUE(state->expire_alerts({.age_us = 9'850}, 10'000).value()) << "some at once";
  EXPECT_EQ(state->alert_count().value(), 510u);
  EXPECT_FALSE(state->expire_alerts({.age_us = 9'850}, 10'000).value());
  EXPECT_EQ(state->alert_count().value(), 10u);
  EXPECT_FALSE(state->expire_alerts({.age_us = 0, .most = 4}, 10'000).value());
  EXPECT_EQ(state->alert_count().value(), 4u);
  EXPECT_TRUE(state->alert("1509").value().has_value());
  EXPECT_FALSE(state->expire_alerts({.age_us = 1}, 10'000).value());
  EXPECT_EQ(state->last_alert_number().value(), 1'510) << "the last one stays, so that its number is not given again";
  add(1'510, 1'511, 300);
  EXPECT_EQ(state->last_alert_number().value(), 1'511);
}

TEST_F(StateTest, AlertsOfAnOlderFormatCountFromItsUpgrade) {
  {
    const auto state = open();
    StreamStep step;
    const std::vector<StoredAlert> two = {alert("a", 1, "low"), alert("b", 2, "low")};
    step.alerts = two;
    ASSERT_TRUE(state->apply(step));
  }
  sqlite3* database = raw();
  ASSERT_EQ(sqlite3_exec(database, "ALTER TABLE alerts DROP COLUMN made; PRAGMA user_version=6", nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(database);
  sqlite3_close(database);
  const auto state = State::open(folder_ + "/state.db", State::IfMissing::kMake, State::IfOlder::kUpgrade);
  ASSERT_TRUE(state) << state.error().message;
  const TimeUs now = Env::system().now_us();
  EXPECT_FALSE((*state)->expire_alerts({.age_us = 86'400'000'000}, now).value());
  EXPECT_EQ((*state)->alert_count().value(), 2u);
  EXPECT_FALSE((*state)->expire_alerts({.age_us = 86'400'000'000}, now + 2 * 86'400'000'000).value());
  EXPECT_EQ((*state)->alert_count().value(), 1u);
}

TEST_F(StateTest, ActsFromBeforeAttachmentsStay) {
  {
    const auto state = open();
    ASSERT_TRUE(CaseLog(*state).add({.kind = CaseActKind::kComment, .incident = "A", .text = "hm"}, {"user ada", "", 5}));
  }
  sqlite3* database = raw();
  ASSERT_EQ(sqlite3_exec(database, "ALTER TABLE case_acts DROP COLUMN place; ALTER TABLE case_acts DROP COLUMN name; ALTER TABLE case_acts DROP COLUMN sha256; ALTER TABLE case_acts DROP COLUMN bytes;"
                                   "PRAGMA user_version=9", nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(database);
  sqlite3_close(database);
  const auto state = State::open(folder_ + "/state.db", State::IfMissing::kMake, State::IfOlder::kUpgrade);
  ASSERT_TRUE(state) << state.error().message;
  CaseLog log(**state);
  CaseAct act{.kind = CaseActKind::kAttach, .incident = "A"};
  act.file = {.place = "0123", .name = "x", .sha256 = "ab", .bytes = 1};
  ASSERT_TRUE(log.add(act, {"user ada", "", 6}));
  EXPECT_EQ(log.after(0, 10).value().at(0).text, "hm");
  EXPECT_EQ(log.files().value().size(), 1u);
}

TEST_F(StateTest, AnOlderFormatIsOpened) {
  (void)open();
  sqlite3* database = raw();
  ASSERT_EQ(sqlite3_exec(database, "DROP TABLE segments; DROP TABLE stored; DROP TABLE hits; DROP TABLE files; DROP TABLE pollers; DROP TABLE poll_ids; PRAGMA user_version=1", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(database);
  const auto state = State::open(folder_ + "/state.db", State::IfMissing::kMake, State::IfOlder::kUpgrade);
  ASSERT_TRUE(state);
  ASSERT_TRUE((*state)->store(made_segment(0), 10));
  EXPECT_EQ((*state)->stored()->segments.size(), 1u);
}

TEST(DataFolder, AKeyIsMadeOnceAndReadAgain) {
  MemoryEnv env;
  const Result<SealKeys> made = read_or_make_key(env, "etc/tocsin/key");
  ASSERT_TRUE(made);
  const Result<SealKeys> read = read_or_make_key(env, "etc/tocsin/key");
  ASSERT_TRUE(read);
  EXPECT_EQ(made->now.bytes(), read->now.bytes());
  EXPECT_EQ(read_key(env, "etc/other").error().code, Code::kNotFound);
  for (const char* const wrong : {"", "tocsin-key-1 ", "tocsin-key-2 00", "tocsin-key-1 zz00000000000000000000000000000000000000000000000000000000000000"}) {
    env.add_file("wrong", wrong);
    EXPECT_EQ(read_or_make_key(env, "wrong").error().code, Code::kInvalid) << wrong;
  }
}

TEST(DataFolder, BothKeysOfAnExchangeAreReadAsWritten) {
  MemoryEnv env;
  SealKeys keys{std::move(*SealKey::random()), std::nullopt};
  ASSERT_TRUE(write_key(env, "etc/key", keys));
  keys.before = std::move(*SealKey::random());
  ASSERT_TRUE(write_key(env, "etc/key", keys));
  EXPECT_TRUE(env.text_of("etc/key")->starts_with("tocsin-key-2 "));
  const Result<SealKeys> read = read_key(env, "etc/key");
  ASSERT_TRUE(read && read->before);
  EXPECT_EQ(read->now.bytes(), keys.now.bytes());
  EXPECT_EQ(read->before->bytes(), keys.before->bytes());
  EXPECT_FALSE(env.exists("etc/key.new"));
  env.add_file("etc/key", *env.text_of("etc/key") + "x");
  EXPECT_EQ(read_key(env, "etc/key").error().code, Code::kInvalid);
}

TEST_F(StateTest, RemembersRunsAndRuleSets) {
  {
    const auto state = open();
    EXPECT_TRUE(state->runs(9)->empty());
    ASSERT_TRUE(state->begin_run(1));
    ASSERT_TRUE(state->begin_run(2));
    ASSERT_TRUE(state->end_run(3));
    RuleSetFacts set{.from = 7, .since = 5, .rules = 3, .correlations = 1, .files = 4, .sha256 = "ab", .paths = "builtin"};
    ASSERT_TRUE(state->apply({.alerts = {}, .sources = {}, .hits = {}, .position = 7, .rule_set = &set}));
    set.from = 9;
    ASSERT_TRUE(state->apply({.alerts = {}, .sources = {}, .hits = {}, .position = 9, .rule_set = &set}));
  }
  const auto state = open();
  const std::vector<ServiceRun> runs = *state->runs(9);
  ASSERT_EQ(runs.size(), 2u);
  EXPECT_EQ(runs[0].started, 2);
  EXPECT_EQ(runs[0].stopped, 3);
  EXPECT_EQ(runs[1].stopped, kNoTime) << "killed";
  const std::vector<RuleSetFacts> sets = *state->rule_sets(9);
  ASSERT_EQ(sets.size(), 2u);
  EXPECT_EQ(sets[0].from, 9u);
  EXPECT_EQ(sets[1].from, 7u);
  EXPECT_EQ(sets[1].paths, "builtin");
  EXPECT_EQ(state->rule_sets(1)->size(), 1u);
}

TEST_F(StateTest, ACopyIsReadWithoutBeingChanged) {
  const auto state = open();
  const std::vector<StoredAlert> one = {alert("a", 1, "low")};
  ASSERT_TRUE(state->apply({.alerts = one, .sources = {}, .hits = {}, .position = 40}));
  const std::string path = folder_ + "/a copy?#%41.db";
  ASSERT_TRUE(state->copy_to(path));
  EXPECT_FALSE(state->copy_to(path)) << "over another";
  ASSERT_TRUE(state->apply({.alerts = {}, .sources = {}, .hits = {}, .position = 41}));
  const std::string bytes = Env::system().read_file(path, 1u << 24).value();
  {
    const auto copy = State::open_to_read(path);
    ASSERT_TRUE(copy) << copy.error().message;
    EXPECT_EQ((*copy)->position().value(), 40u);
    EXPECT_EQ((*copy)->alert_count().value(), 1u);
    EXPECT_FALSE((*copy)->begin_run(1));
  }
  EXPECT_EQ(Env::system().read_file(path, 1u << 24).value(), bytes);
  EXPECT_FALSE(fs::exists(path + "-wal"));
  EXPECT_FALSE(State::open_to_read(folder_ + "/none"));
}

}  // namespace
}  // namespace tocsin
