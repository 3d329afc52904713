// The processes that search for the service: which there are, what ends them, and that none of them serves what it must not. Waits are generous upper bounds;
// nothing is judged by how long it took.
#include <poll.h>

#include <algorithm>

#include "api/search_starter.h"
#include "api_testing.h"
#include "serving.h"
#include "store/duck_api.h"

namespace tocsin {
namespace {

bool runs(pid_t pid) {
  const std::string stat = Env::system().read_file("/proc/" + std::to_string(pid) + "/stat", 4096).value_or("");
  return !stat.empty() && stat.find(") Z ") == std::string::npos;
}

template <class Condition>
bool comes_true(const Condition& condition) {
  for (int i = 0; i < kWaits && !condition(); ++i) wait_a_little();
  return condition();
}

/// Whether the process behind a pidfd ends.
bool ends(const Descriptor& process) {
  pollfd wait = {process.get(), POLLIN, 0};
  return ::poll(&wait, 1, kWaits * 20) == 1;
}

class SearchProcess : public testing::Test {
 protected:
  void SetUp() override {
    if (!store::duck_available()) GTEST_SKIP() << "skipped: there is no DuckDB (scripts/fetch-duckdb)";
    ASSERT_NO_FATAL_FAILURE(rig_.start());
  }
  std::string search(const std::string& body) { return rig_.ask("POST", "/api/v1/search", rig_.as("analyst"), body).body; }
  std::string count() { return search(R"({"query":"","count":1})"); }
  static std::string whole(int rows) { return R"({"rows":[)" + std::to_string(rows) + R"(],"complete":true,"cut":false,"trouble":null})"; }
  /// The one that makes the others.
  pid_t maker() {
    const std::vector<pid_t> makers = started_by(::getpid(), "tocsin-searches");
    EXPECT_EQ(makers.size(), 1u);
    return makers.empty() ? -1 : makers.front();
  }
  fs::path only_segment() const {
    fs::path found;
    for (const auto& entry : fs::recursive_directory_iterator(rig_.folder() + "/data/segments")) {
      if (entry.path().extension() != ".parquet") continue;
      EXPECT_TRUE(found.empty());
      found = entry.path();
    }
    return found;
  }

  ApiRig rig_;
};

TEST_F(SearchProcess, SeesWhatCameAMomentAgo) {
  for (int i = 1; i <= 5; ++i) {
    rig_.send_lines({kQuietLine});
    EXPECT_EQ(count(), whole(i));
  }
}

TEST_F(SearchProcess, IsGoneWhenItsClientIs) {
  EXPECT_EQ(count(), whole(0));
  const pid_t made_by = maker();
  EXPECT_TRUE(comes_true([&] { return started_by(made_by, "tocsin-search").empty(); })) << "an answered search leaves nothing";
  {
    FakeClient client(rig_.server().address());
    client.send(ApiRig::request("POST", "/api/v1/search", rig_.server().address(), rig_.as("analyst"),
                                R"({"sql":"SELECT sum(a.range * b.range) FROM range(100000000000) a, range(1000) b","seconds":300})"));
    EXPECT_TRUE(comes_true([&] { return started_by(made_by, "tocsin-search").size() == 1; }));
  }
  EXPECT_TRUE(comes_true([&] { return started_by(made_by, "tocsin-search").empty(); }));
  EXPECT_EQ(maker(), made_by);
}

TEST_F(SearchProcess, AnotherOneMakesThemWhenTheFirstIsGone) {
  EXPECT_EQ(count(), whole(0));
  const pid_t first = maker();
  ::kill(first, SIGKILL);
  EXPECT_TRUE(comes_true([&] { return !runs(first); }));
  EXPECT_EQ(count(), whole(0));
  EXPECT_NE(maker(), first);
}

TEST_F(SearchProcess, EndsWithWhatMadeItAndWithoutARequest) {
  const std::unique_ptr<ProgramStarter> programs = std::move(*ProgramStarter::fork(TOCSIN_PROGRAM));
  SearchMaker maker(*programs, {rig_.folder() + "/data"}, rig_.folder() + "/key");
  api::SearchStarter starter([&maker] { return maker.start(); });
  Result<api::SearchChild> forgotten = starter.start(30), orphan = starter.start(30);
  ASSERT_TRUE(forgotten && orphan);
  forgotten->request.close();
  EXPECT_TRUE(ends(forgotten->process));
  pollfd still = {orphan->process.get(), POLLIN, 0};
  EXPECT_EQ(::poll(&still, 1, 0), 0);
  std::vector<pid_t> makers = started_by(::getpid(), "tocsin-searches");
  ASSERT_EQ(makers.size(), 2u);
  ::kill(std::max(makers[0], makers[1]), SIGKILL);
  ::kill(std::min(makers[0], makers[1]), SIGKILL);
  EXPECT_TRUE(ends(orphan->process));
  EXPECT_TRUE(starter.start(30)) << "another process is made";
}

/// The service remembers what it has checked: a bit that flips afterwards is found all the same.
TEST_F(SearchProcess, DoesNotServeASegmentInWhichABitFlipped) {
  rig_.send_lines({kAlarmingLine, kQuietLine, kQuietLine});
  rig_.stop();  // stores what waits
  ASSERT_NO_FATAL_FAILURE(rig_.start());
  for (int i = 0; i < 2; ++i) EXPECT_EQ(count(), whole(3));
  const fs::path segment = only_segment();
  const std::string bytes = *Env::system().read_file(segment, 1u << 20);
  for (const std::size_t at : {std::size_t{4}, bytes.size() / 2, bytes.size() - 1}) {
    const auto put = [&](char byte) {
      std::fstream file(segment, std::ios::binary | std::ios::in | std::ios::out);
      file.seekp(static_cast<std::streamoff>(at));
      file.put(byte);
    };
    put(static_cast<char>(bytes[at] ^ 1));
    for (int i = 0; i < 2; ++i) {
      const std::string found = count();
      EXPECT_TRUE(found.starts_with(R"({"rows":[0],"complete":false,)")) << at << ": " << found;
      EXPECT_NE(found.find("its 3 events are left out"), std::string::npos) << found;
    }
    put(bytes[at]);
    EXPECT_EQ(count(), whole(3));
  }
  rig_.send_lines({kQuietLine});
  EXPECT_EQ(count(), whole(4));
}

class KilledService : public Serving {};

TEST_F(KilledService, LeavesNoProcessThatSearches) {
  const std::unique_ptr<Process> service = serve();
  std::vector<pid_t> makers;
  EXPECT_TRUE(comes_true([&] { return !(makers = started_by(service->pid(), "tocsin-searches")).empty(); }));
  ASSERT_EQ(makers.size(), 1u);
  service->end(SIGKILL);
  EXPECT_TRUE(comes_true([&] { return !runs(makers[0]); }));
}

}  // namespace
}  // namespace tocsin
