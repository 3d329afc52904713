// Files that the service follows, as a process of its own that is killed (SIGKILL) at any moment: every record once, and for all of them exactly the alerts of
// `tocsin scan` over the same files; a log that the real logrotate rotates in each of its ways, every line once. TOCSIN_KILLS sets how often (3).
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/json.hpp>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <sstream>
#include <thread>

#include "base/env.h"
#include "store/data_folder.h"
#include "store/journal_reader.h"

namespace tocsin {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

/// Waiting for another process ends here; nothing is judged by how long it took.
constexpr int kWaits = 1'500;
void wait_a_little() { std::this_thread::sleep_for(std::chrono::milliseconds(100)); }

class Process {
 public:
  /// `output` gets what it prints; of a run without an end, what it says as well.
  Process(std::vector<std::string> words, const std::string& output, bool says = false) {
    pid_ = ::fork();
    if (pid_ != 0) return;
    const int file = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(file, 1);
    if (says) ::dup2(file, 2);
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    ::execv(pointers[0], pointers.data());
    ::_exit(127);
  }
  ~Process() { end(SIGKILL); }
  int end(int signal) {
    if (pid_ <= 0) return status_;
    if (signal != 0) ::kill(pid_, signal);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = 0;
    return status_ = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t pid_ = 0;
  int status_ = -1;
};

class Follow : public testing::Test {
 protected:
  Follow() : random_(20261129) {
    std::string name = (fs::temp_directory_path() / "tocsin-follow-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    fs::create_directory(folder_ + "/log");
  }
  ~Follow() override { fs::remove_all(folder_); }

  std::string text(const std::string& name) { return Env::system().read_file(folder_ + "/" + name, 256u << 20).value_or(""); }
  std::string run(std::vector<std::string> words, int or_exit = 0) {
    words.insert(words.begin(), TOCSIN_PROGRAM);
    fs::remove(folder_ + "/out");
    Process process(words, folder_ + "/out");
    const int exit = process.end(0);
    EXPECT_TRUE(exit == 0 || exit == or_exit) << words[1] << " exited with " << exit << "\n" << text("out");
    return text("out");
  }
  std::unique_ptr<Process> serve(const std::vector<std::string>& files) {
    fs::remove(folder_ + "/ready");
    std::vector<std::string> words = {TOCSIN_PROGRAM, "serve", "--data", folder_ + "/data", "--key-file", folder_ + "/key", "--bulk", "127.0.0.1:0", "--hec", "127.0.0.1:0",
                                      "--syslog", "127.0.0.1:0", "--syslog-tls", "127.0.0.1:0", "--api", "none", "--store-after", "86400", "--ready-file", folder_ + "/ready"};
    for (const std::string& file : files) words.insert(words.end(), {"--file", file});
    auto process = std::make_unique<Process>(words, folder_ + "/serve.out", true);
    for (int i = 0; i < kWaits && !text("ready").ends_with("\n"); ++i) wait_a_little();
    EXPECT_TRUE(text("ready").ends_with("\n")) << text("serve.out");
    return process;
  }
  json::value status() { return json::parse(run({"status", "--json", "--data", folder_ + "/data", "--key-file", folder_ + "/key"})); }
  /// Records that rules were asked about.
  std::uint64_t looked_at() { return status().at("records").at("looked_at").to_number<std::uint64_t>(); }
  void wait_until_looked_at(std::uint64_t records) {
    for (int i = 0; i < kWaits && looked_at() < records; ++i) wait_a_little();
  }
  /// Kills and starts again, at random moments.
  void kill_again(std::unique_ptr<Process>& service, const std::vector<std::string>& files, int milliseconds_most) {
    const char* const wanted = std::getenv("TOCSIN_KILLS");
    for (int kills = wanted == nullptr ? 3 : std::atoi(wanted); kills > 0; --kills) {
      std::this_thread::sleep_for(std::chrono::microseconds(random_() % static_cast<unsigned>(1000 * milliseconds_most)));
      EXPECT_EQ(service->end(SIGKILL), -1) << text("serve.out");
      service = serve(files);
    }
  }
  std::multiset<std::string> records();
  void rotate(const std::string& mode, const std::string& name_for_service);

  std::string folder_;
  std::mt19937 random_;
};

class Raws : public journal::PayloadVisitor {
 public:
  void record(journal::Sequence, const journal::Record& record) override { all.insert(std::string(record.raw)); }
  void source(journal::SourceId, std::string_view) override {}
  void counts(journal::SourceId, const journal::Counts&, bool) override {}
  void end() override {}
  std::multiset<std::string> all;
};

/// What is in the journal, which keeps it all (--store-after).
std::multiset<std::string> Follow::records() {
  Result<SealKeys> key = read_key(Env::system(), folder_ + "/key");
  Seal master(*key);
  Result<journal::Reader> reader = journal::Reader::open(Env::system(), DataFolder{folder_ + "/data"}.journal(), master, 0);
  Raws raws;
  while (true) {
    const Result<bool> more = reader->next(UINT64_MAX, raws);
    EXPECT_TRUE(more) << (more ? "" : more.error().message);
    if (!more || !*more) return raws.all;
  }
}

/// Without what differs by where a record stands: id, index, and the name of the source.
std::multiset<std::string> alerts_in(const std::string& ndjson) {
  std::multiset<std::string> alerts;
  std::istringstream lines(ndjson);
  for (std::string line; std::getline(lines, line);) {
    json::object alert = json::parse(line).as_object();
    if (alert.contains("events")) continue;  // of a correlation, which the order of the files decides
    alert.erase("id");
    json::object& event = alert.at("event").as_object();
    event.erase("index");
    std::string source(event.at("source").as_string());
    if (source.starts_with("file/")) source = source.substr(4);
    event["source"] = source;
    alerts.insert(json::serialize(alert));
  }
  return alerts;
}

TEST_F(Follow, AlertsAreThoseOfAScan) {
  const std::string scenario = TOCSIN_SOURCE_DIR "/content/scenarios/intrusion/";
  for (const char* const name : {"access.log", "audit.log", "auth.log", "cloudtrail.json", "windows.ndjson"}) fs::copy(scenario + name, folder_ + "/log/" + name);
  const char* const given = std::getenv("TOCSIN_DATA");
  const fs::path data = given != nullptr ? given : TOCSIN_SOURCE_DIR "/../shared/data";
  std::size_t logs = 0;
  if (fs::exists(data / "evtx-mitre")) {
    for (const auto& entry : fs::recursive_directory_iterator(data / "evtx-mitre")) {
      if (entry.path().extension() != ".evtx" || entry.file_size() > (2u << 20)) continue;
      // Each under a name of its own.
      fs::copy(entry.path(), folder_ + "/log/n" + std::to_string(logs++) + "-" + entry.path().filename().string());
    }
  } else {
    std::printf("without event logs: there is no %s (TOCSIN_DATA)\n", (data / "evtx-mitre").c_str());
  }
  std::ofstream(folder_ + "/log/u_ex.log") << "#Software: Microsoft Internet Information Services 10.0\n#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port c-ip "
                                              "cs(User-Agent) sc-status\n2026-11-23 08:00:00 10.0.0.1 GET /index.php id=1%20UNION%20SELECT%20password 80 192.0.2.9 sqlmap/1.7 200\n";
  const std::string scan = run({"scan", "--format", "ndjson", folder_ + "/log"}, 3);
  const std::multiset<std::string> expected = alerts_in(scan);
  EXPECT_GT(expected.size(), 10u);
  const std::vector<std::string> files = {folder_ + "/log"};
  std::unique_ptr<Process> service = serve(files);
  kill_again(service, files, 1'500);
  std::multiset<std::string> found;
  std::uint64_t before = 0;
  int quiet = 0;
  for (int i = 0; i < kWaits && quiet < 50; ++i) {
    wait_a_little();
    const std::uint64_t now = looked_at();
    found = alerts_in(run({"alerts", "--format", "ndjson", "--limit", "1000000", "--data", folder_ + "/data"}));
    quiet = now == before && found.size() >= expected.size() ? quiet + 10 : 0;
    before = now;
  }
  EXPECT_EQ(service->end(SIGTERM), 0) << text("serve.out");
  std::vector<std::string> missing, more;
  std::ranges::set_difference(expected, found, std::back_inserter(missing));
  std::ranges::set_difference(found, expected, std::back_inserter(more));
  EXPECT_TRUE(missing.empty()) << missing.size() << " missing, the first: " << missing.front();
  EXPECT_TRUE(more.empty()) << more.size() << " too many, the first: " << more.front();
  std::printf("%zu event logs, %llu records, %zu alerts\n", logs, static_cast<unsigned long long>(before), expected.size());
}

/// Writes numbered lines and rotates, the service killed meanwhile. Between logrotate's copy and its emptying of the file nothing is written: what is,
/// logrotate loses.
void Follow::rotate(const std::string& mode, const std::string& name_for_service) {
  const std::string clients = TOCSIN_SOURCE_DIR "/build/clients/usr/sbin/logrotate";
  const std::string logrotate = fs::exists(clients) ? clients : "/usr/sbin/logrotate";
  if (!fs::exists(logrotate)) GTEST_SKIP() << "skipped: there is no logrotate (scripts/fetch-clients)";
  const std::string log = folder_ + "/log/app.log";
  std::ofstream(folder_ + "/conf") << log << " {\n  rotate 1000\n  nomail\n  missingok\n" << mode << "}\n";
  fs::permissions(folder_ + "/conf", fs::perms::owner_read | fs::perms::owner_write);
  std::ofstream(log, std::ios::app).flush();
  const std::vector<std::string> files = {folder_ + "/log/" + name_for_service};
  std::unique_ptr<Process> service = serve(files);
  std::mutex writing;
  std::atomic<bool> done{false};
  std::atomic<int> written{0};
  std::thread writer([&] {
    while (!done) {
      {
        const std::lock_guard<std::mutex> lock(writing);
        std::ofstream out(log, std::ios::app);
        for (int i = 0; i < 20; ++i) out << "2026-11-29T08:00:00Z app: line " << written++ << " of many\n";
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  });
  std::thread rotator([&] {
    while (!done) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1'100));
      const std::lock_guard<std::mutex> lock(writing);
      Process process({logrotate, "--force", "--state", folder_ + "/state", folder_ + "/conf"}, folder_ + "/logrotate.out", true);
      EXPECT_EQ(process.end(0), 0) << text("logrotate.out");
    }
  });
  kill_again(service, files, 3'000);
  std::this_thread::sleep_for(std::chrono::seconds(2));
  done = true;
  rotator.join();
  writer.join();
  wait_until_looked_at(static_cast<std::uint64_t>(written));
  std::this_thread::sleep_for(std::chrono::seconds(3));  // what comes twice would come now
  EXPECT_EQ(service->end(SIGKILL), -1);  // at a graceful end all would go into segments
  const std::multiset<std::string> found = records();
  std::multiset<std::string> expected;
  for (int i = 0; i < written; ++i) expected.insert("2026-11-29T08:00:00Z app: line " + std::to_string(i) + " of many");
  std::vector<std::string> missing, more;
  std::ranges::set_difference(expected, found, std::back_inserter(missing));
  std::ranges::set_difference(found, expected, std::back_inserter(more));
  EXPECT_TRUE(missing.empty()) << missing.size() << " missing, the first: " << missing.front() << "\n" << text("serve.out");
  EXPECT_TRUE(more.empty()) << more.size() << " too many, the first: " << more.front() << "\n" << text("serve.out");
  std::size_t parts = 0;
  for (const auto& entry : fs::directory_iterator(folder_ + "/log")) parts += entry.is_regular_file() ? 1 : 0;
  std::printf("%d lines in %zu files\n", written.load(), parts);
}

TEST_F(Follow, LogrotateRenames) { rotate("  create\n", "app.log"); }
TEST_F(Follow, LogrotateCopiesAndEmpties) { rotate("  copytruncate\n", "app.log"); }
TEST_F(Follow, LogrotateCompresses) { rotate("  create\n  compress\n", "app.log"); }
TEST_F(Follow, LogrotateCopiesAndCompressesWhereThePatternNamesAll) { rotate("  copytruncate\n  compress\n  delaycompress\n", "app.log*"); }
TEST_F(Follow, LogrotateDatesItsFiles) { rotate("  create\n  dateext\n  dateformat -%Y%m%d-%s\n  extension .log\n", "app.log"); }

}  // namespace
}  // namespace tocsin
