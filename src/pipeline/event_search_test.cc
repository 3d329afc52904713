// That a search is confined by the kernel, whatever DuckDB does: here it has none of its own settings, in a child that has a search's sandbox.
// Each question is asked without the sandbox too, so that none fails for another reason.
#include "pipeline/event_search.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "store/duck_api.h"

#ifdef TOCSIN_DUCKDB
namespace tocsin {
namespace {

namespace fs = std::filesystem;

constexpr int kGood = 0, kRefused = 1, kNoSandbox = 2, kNotTried = 3;

/// A statement in a DuckDB that nothing holds back; what it would ask the machine for (its memory, its processors) it is told.
int ask(const store::DuckApi& api, const std::string& sql) {
  duckdb_database database = nullptr;
  duckdb_connection connection = nullptr;
  duckdb_config config = nullptr;
  char* message = nullptr;
  if (api.create_config(&config) != DuckDBSuccess || api.set_config(config, "memory_limit", "8GB") != DuckDBSuccess ||
      api.set_config(config, "threads", "2") != DuckDBSuccess || api.open_ext(nullptr, &database, config, &message) != DuckDBSuccess ||
      api.connect(database, &connection) != DuckDBSuccess) {
    return kNotTried;
  }
  duckdb_result result{};
  return api.query(connection, sql.c_str(), &result) == DuckDBSuccess ? kGood : kRefused;
}

class SearchSandbox : public testing::Test {
 protected:
  SearchSandbox() {
    std::string name = (fs::temp_directory_path() / "tocsin-confined-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    data_.path = name + "/data";
    outside_ = name;
    for (const std::string& file : {data_.segments() + "/inside.txt", data_.state(), outside_ + "/outside.txt"}) {
      fs::create_directories(fs::path(file).parent_path());
      std::ofstream(file) << "a,b\n1,2\n";
    }
  }
  ~SearchSandbox() override { fs::remove_all(outside_); }

  int in_child(const std::string& sql, bool confined) {
    const pid_t child = ::fork();
    if (child == 0) {
      const Result<const store::DuckApi*> api = store::duck_api();
      if (!api) ::_exit(kNotTried);
      if (confined) {
        const Result<Sandbox> sandbox = enter_sandbox(search_sandbox(data_, 128u << 20));
        if (!sandbox || sandbox->landlock == 0 || !sandbox->seccomp) ::_exit(kNoSandbox);
      }
      ::_exit(ask(**api, sql));
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

  DataFolder data_;
  std::string outside_;
};

TEST_F(SearchSandbox, TheKernelRefusesWhatDuckDbWouldNot) {
  if (!store::duck_available()) GTEST_SKIP() << "skipped: there is no DuckDB (scripts/fetch-duckdb)";
  const std::string inside = "SELECT * FROM read_text('" + data_.segments() + "/inside.txt')";
  const int good = in_child(inside, true);
  if (good == kNoSandbox) GTEST_SKIP() << "skipped: this kernel lacks Landlock or seccomp, or the build has sanitizers";
  EXPECT_EQ(good, kGood) << "what it is there for works";
  for (const std::string& sql : {"SELECT * FROM read_text('" + outside_ + "/outside.txt')", "SELECT * FROM read_csv('" + outside_ + "/outside.txt')",
                                 "SELECT * FROM read_blob('" + data_.state() + "')", std::string("SELECT * FROM read_text('/etc/passwd')"),
                                 "COPY (SELECT 1) TO '" + outside_ + "/made.csv'", "COPY (SELECT 1) TO '" + data_.segments() + "/made.csv'",
                                 "ATTACH '" + outside_ + "/made.db' AS made"}) {
    EXPECT_EQ(in_child(sql, true), kRefused) << sql;
    EXPECT_EQ(in_child(sql, false), kGood) << sql;
  }
}

TEST_F(SearchSandbox, MemoryHasABoundThatDuckDbDoesNotSet) {
  if (!store::duck_available()) GTEST_SKIP() << "skipped: there is no DuckDB (scripts/fetch-duckdb)";
  // Some 1.6 GB of distinct values, in a DuckDB that would take 80 % of the machine; it may be refused or ended, but must not succeed.
  const std::string sql = "SELECT count(*) FROM (SELECT DISTINCT repeat('x', 400) || range FROM range(4000000))";
  const int confined = in_child(sql, true);
  if (confined == kNoSandbox) GTEST_SKIP() << "skipped: this kernel lacks Landlock or seccomp, or the build has sanitizers";
  EXPECT_NE(confined, kGood);
  EXPECT_NE(confined, kNotTried);
}

}  // namespace
}  // namespace tocsin
#endif
