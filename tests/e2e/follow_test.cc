// Files that the service follows, as a process of its own that is killed (SIGKILL) at any moment: every record once, and for all of them exactly the alerts of
// `tocsin scan` over the same files; a log that the real logrotate rotates in each of its ways, every line once. TOCSIN_KILLS sets how often (3).
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <sstream>

#include "serving.h"

namespace tocsin {
namespace {

class Follow : public Serving {
 protected:
  Follow() : random_(20261129) { fs::create_directory(folder_ + "/log"); }

  std::unique_ptr<Process> serve_files(const std::vector<std::string>& files) {
    std::vector<std::string> more = {"--api", "none", "--protect", "none"};
    for (const std::string& file : files) more.insert(more.end(), {"--file", file});
    std::unique_ptr<Process> process = serve("0", more, folder_ + "/said");
    EXPECT_TRUE(text("ready").ends_with("\n")) << text("said");
    return process;
  }
  /// Records that rules were asked about.
  std::uint64_t looked_at() { return status().at("records").at("looked_at").to_number<std::uint64_t>(); }
  /// Kills and starts again, at random moments.
  void kill_again(std::unique_ptr<Process>& service, const std::vector<std::string>& files, int milliseconds_most) {
    const char* const wanted = std::getenv("TOCSIN_KILLS");
    for (int kills = wanted == nullptr ? 3 : std::atoi(wanted); kills > 0; --kills) {
      std::this_thread::sleep_for(std::chrono::microseconds(random_() % static_cast<unsigned>(1000 * milliseconds_most)));
      EXPECT_EQ(service->end(SIGKILL), -1) << text("said");
      service = serve_files(files);
    }
  }
  void rotate(const std::string& mode, const std::string& name_for_service);

  std::mt19937 random_;
};

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
  const std::string scan = run({"scan", "--format", "ndjson", folder_ + "/log"}, false, 3);
  const std::multiset<std::string> expected = alerts_in(scan);
  EXPECT_GT(expected.size(), 10u);
  const std::vector<std::string> files = {folder_ + "/log"};
  std::unique_ptr<Process> service = serve_files(files);
  kill_again(service, files, 1'500);
  std::multiset<std::string> found;
  std::uint64_t before = 0;
  int quiet = 0;
  for (int i = 0; i < kWaits && quiet < 50; ++i) {
    wait_a_little();
    const std::uint64_t now = looked_at();
    found = alerts_in(run({"alerts", "--format", "ndjson", "--limit", "1000000"}));
    quiet = now == before && found.size() >= expected.size() ? quiet + 10 : 0;
    before = now;
  }
  EXPECT_EQ(service->end(SIGTERM), 0) << text("said");
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
  const std::string clients = TOCSIN_SOURCE_DIR "/build/clients/usr", unpacked = clients + "/sbin/logrotate";
  const std::string logrotate = fs::exists(unpacked) ? unpacked : "/usr/sbin/logrotate";
  // What it needs lies beside it, where the machine has not got it.
  const std::string libraries = "LD_LIBRARY_PATH=" + clients + "/lib/x86_64-linux-gnu:" + clients + "/lib/aarch64-linux-gnu";
  if (!fs::exists(logrotate)) GTEST_SKIP() << "skipped: there is no logrotate (scripts/fetch-clients)";
  const std::string log = folder_ + "/log/app.log";
  std::ofstream(folder_ + "/conf") << log << " {\n  rotate 1000\n  nomail\n  missingok\n" << mode << "}\n";
  fs::permissions(folder_ + "/conf", fs::perms::owner_read | fs::perms::owner_write);
  std::ofstream(log, std::ios::app).flush();
  const std::vector<std::string> files = {folder_ + "/log/" + name_for_service};
  std::unique_ptr<Process> service = serve_files(files);
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
      Process process({libraries, logrotate, "--force", "--state", folder_ + "/state", folder_ + "/conf"}, folder_ + "/logrotate.out", folder_ + "/logrotate.said", "/usr/bin/env");
      EXPECT_EQ(process.end(0), 0) << text("logrotate.said");
    }
  });
  kill_again(service, files, 3'000);
  std::this_thread::sleep_for(std::chrono::seconds(2));
  done = true;
  rotator.join();
  writer.join();
  wait_until_looked_at(static_cast<std::uint64_t>(written));
  std::this_thread::sleep_for(std::chrono::seconds(3));  // what comes twice would come now
  EXPECT_EQ(service->end(SIGTERM), 0) << text("said");
  std::multiset<std::string> found;
  for (const auto& [number, record] : stored()) found.insert(record);
  std::multiset<std::string> expected;
  for (int i = 0; i < written; ++i) expected.insert("2026-11-29T08:00:00Z app: line " + std::to_string(i) + " of many");
  std::vector<std::string> missing, more;
  std::ranges::set_difference(expected, found, std::back_inserter(missing));
  std::ranges::set_difference(found, expected, std::back_inserter(more));
  EXPECT_TRUE(missing.empty()) << missing.size() << " missing, the first: " << missing.front() << "\n" << text("said");
  EXPECT_TRUE(more.empty()) << more.size() << " too many, the first: " << more.front() << "\n" << text("said");
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
