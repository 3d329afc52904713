// Canaries of a running service: each comes out and leaves no trace among what people see; and where a part of the path is made to stand still, the service says that one did not come out, and
// which stage it did not pass. Every wait is for something that has to come.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <boost/json.hpp>
#include <csignal>
#include <fstream>
#include <functional>
#include <string>

#include "baseline/source_habit.h"
#include "serving.h"
#include "store/state.h"

namespace tocsin {
namespace {

class Canary : public Serving {
 protected:
  std::unique_ptr<Process> serve_canaries(const std::vector<std::string>& more = {}, const std::string& store_after = "0") {
    std::vector<std::string> arguments = {"--canary-every", "1", "--canary-late", "2"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return serve(store_after, arguments, folder_ + "/said");
  }
  json::value canary() { return status().at("canary"); }
  bool comes(const std::function<bool()>& what) {
    for (int i = 0; i < kWaits; ++i) {
      if (what()) return true;
      wait_a_little();
    }
    return false;
  }
  bool comes_out(std::int64_t more_than) {
    return comes([&] { return canary().at("out").to_number<std::int64_t>() > more_than; });
  }
  std::string stage() {
    const json::value all = canary();
    const json::value& alarm = all.at("alarm");
    return alarm.is_null() ? "" : std::string(alarm.at("stage").as_string());
  }
  bool stage_is(const std::string& wanted) {
    return comes([&] { return stage() == wanted; });
  }
};

TEST_F(Canary, ComesOutAndIsNobodysRecord) {
  const std::unique_ptr<Process> service = serve_canaries({"--canary-late", "600"});  // a slow machine is none that has fallen silent
  ASSERT_TRUE(comes_out(4)) << text("said");
  EXPECT_TRUE(comes([&] { return canary().at("sent").to_number<int>() - canary().at("out").to_number<int>() <= 1; })) << "none is lost on its way: " << json::serialize(canary());
  EXPECT_EQ(status().at("sources").as_array().size(), 0u);
  send_to(address("syslog_tcp"), SOCK_STREAM, "<13>Nov 30 10:00:00 web1 app: a line of somebody's\n");
  wait_until_looked_at(6);
  EXPECT_TRUE(comes([&] { return ledger("syslog") == Ledger{1, 1, 0, 0}; }));
  const json::value all = status();
  EXPECT_EQ(all.at("alerts").to_number<int>(), 0);
  ASSERT_EQ(all.at("sources").as_array().size(), 1u) << json::serialize(all.at("sources"));
  EXPECT_EQ(ledger("syslog"), (Ledger{1, 1, 0, 0}));
  for (const char* const name : {"accepted", "journaled", "found", "written"}) EXPECT_TRUE(all.at("canary").at("seconds").as_object().contains(name)) << name;
  EXPECT_TRUE(all.at("canary").at("alarm").is_null());
  EXPECT_TRUE(comes([&] { return !store::duck_available() || canary().at("seconds").as_object().contains("stored"); }));
  EXPECT_EQ(service->end(SIGTERM), 0) << text("said");
  EXPECT_GE(stored().size(), 3u);  // they are in the store, as what they are
}

TEST_F(Canary, ImitationsAreRecordsLikeOthersAndTakeNothingFromTheAlarm) {
  const std::unique_ptr<Process> service = serve_canaries();
  send_to(address("syslog_tcp"), SOCK_STREAM, "<110>1 - - tocsin - canary - 00112233445566778899aabbccddeeff\n");
  EXPECT_TRUE(comes([&] { return canary().at("imitated").to_number<int>() == 1; })) << text("said");
  EXPECT_EQ(ledger("syslog"), (Ledger{1, 1, 0, 0}));
  EXPECT_EQ(status().at("alerts").to_number<int>(), 0);
}

TEST_F(Canary, SaysThatTheNetworkIsNotRead) {
  const std::unique_ptr<Process> service = serve_canaries();
  ASSERT_TRUE(comes_out(0)) << text("said");
  const auto ingest = static_cast<pid_t>(status().at("ingest").at("pid").to_number<int>());
  ASSERT_EQ(::kill(ingest, SIGSTOP), 0);
  EXPECT_TRUE(stage_is("accepted")) << json::serialize(canary());
  EXPECT_TRUE(status().at("trouble").is_string());
  EXPECT_TRUE(comes([&] { return text("said").find("did not come out") != std::string::npos; }));
  EXPECT_NE(run({"status", "--key-file", folder_ + "/key", "--check"}, true, 1).find("CANARY"), std::string::npos);
  send_to(address("syslog_tcp"), SOCK_STREAM, "<110>1 - - tocsin - canary - 00112233445566778899aabbccddeeff\n");
  EXPECT_EQ(stage(), "accepted");
  ASSERT_EQ(::kill(ingest, SIGCONT), 0);
  EXPECT_TRUE(stage_is("")) << json::serialize(canary());
}

TEST_F(Canary, SaysThatTheJournalTakesNothing) {
  const std::unique_ptr<Process> service = serve_canaries({"--keep-free", "900TB"});
  EXPECT_TRUE(stage_is("journaled")) << json::serialize(canary());
  EXPECT_EQ(canary().at("out").to_number<int>(), 0);
  EXPECT_TRUE(status().at("trouble").is_string());
}

/// Who describes its lines as something else has broken the way from bytes to fields, and rules with it.
TEST_F(Canary, SaysThatRulesDoNotFindWhatTheyShould) {
  std::ofstream(folder_ + "/mapping.yml") << "formats:\n  - name: broken\n    lines: '<<110>1 - - tocsin - canary - <all:rest>'\n";
  const std::unique_ptr<Process> service = serve_canaries({"--mappings", folder_ + "/mapping.yml"});
  ASSERT_TRUE(stage_is("found")) << text("said") << json::serialize(canary());
  EXPECT_NE(std::string(canary().at("alarm").at("text").as_string()).find("no rule found it"), std::string::npos);
}

TEST_F(Canary, SaysThatAlertsAreNotWrittenDown) {
  const std::unique_ptr<Process> service = serve_canaries({}, "600");
  ASSERT_TRUE(comes_out(0)) << text("said");
  sqlite3* state = nullptr;
  ASSERT_EQ(sqlite3_open((folder_ + "/data/state.db").c_str(), &state), SQLITE_OK);
  ASSERT_EQ(sqlite3_busy_timeout(state, 60'000), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(state, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(state);
  EXPECT_TRUE(stage_is("written")) << json::serialize(canary());
  ASSERT_EQ(sqlite3_exec(state, "ROLLBACK", nullptr, nullptr, nullptr), SQLITE_OK);
  ASSERT_EQ(sqlite3_close(state), SQLITE_OK);
  EXPECT_TRUE(stage_is("")) << json::serialize(canary());
}

/// What is usual of it is made up, up to some seconds before it is silent.
TEST_F(Canary, SaysWhichSourceHasFallenSilent) {
  std::unique_ptr<Process> service = serve();
  send_to(address("syslog_tcp"), SOCK_STREAM, "<13>Nov 30 10:00:00 web1 app: one\n");
  wait_until_looked_at(1);
  EXPECT_EQ(service->end(SIGTERM), 0);
  baseline::SourceHabit habit;
  constexpr int kMinutes = 20 * 24 * 60;
  for (int minute = -kMinutes; minute < 0; ++minute) habit.look(Env::system().now_us() + minute * TimeUs{60'000'000}, std::chrono::minutes(1), true);
  habit.look(Env::system().now_us(), std::chrono::seconds(1'799), false);
  ASSERT_FALSE(habit.is_silent());
  ASSERT_TRUE((*State::open(folder_ + "/data/state.db", State::IfMissing::kFail))->keep_habits(std::vector<StoredHabit>{{"syslog", habit.packed()}}));
  service = serve("0", {}, folder_ + "/said");
  const auto is_silent = [&] { return status().at("sources").at(0).at("silent").is_object(); };
  ASSERT_TRUE(comes(is_silent)) << text("said");
  EXPECT_TRUE(comes([&] { return text("said").find("the source syslog has fallen silent: nothing since ") != std::string::npos; }));
  EXPECT_TRUE(status().at("trouble").is_null());
  EXPECT_NE(run({"status", "--key-file", folder_ + "/key", "--check"}, true, 1).find("SILENT    syslog: nothing since "), std::string::npos);
  send_to(address("syslog_tcp"), SOCK_STREAM, "<13>Nov 30 10:00:00 web1 app: two\n");
  EXPECT_TRUE(comes([&] { return !is_silent(); }));
  EXPECT_EQ(run({"sender", "dismiss", "syslog"}), "");
  EXPECT_EQ(run({"sender", "dismiss", "nobody"}, true, 2), "");
}

}  // namespace
}  // namespace tocsin
