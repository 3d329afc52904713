// `tocsin forward` against the whole service: a host is enrolled with a code, and what is written on it is in the service, byte for byte and in order, while either end is killed (SIGKILL) at any moment, again
// and again. Nothing is missing, nothing is there that was not written, and what is there twice was not acknowledged. TOCSIN_KILLS sets how often (6).
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <random>

#include "base/sanitized.h"
#include "serving.h"

namespace tocsin {
namespace {

class Shipping : public Serving {
 protected:
  Shipping() { fs::create_directories(folder_ + "/logs"); }

  std::unique_ptr<Process> serve_relp(const std::string& rules = "builtin") {
    auto service = serve("0", {"--relp", relp_, "--tls-streams", "yes", "--tls-senders", "yes", "--protect", "none", "--rules", rules}, folder_ + "/serve.log");
    relp_ = address("relp");  // from now on the same
    return service;
  }
  std::string new_code(const std::string& name) {
    std::string code = run({"sender", "add", name, "--enrol", "--key-file", folder_ + "/key"});
    while (code.ends_with("\n")) code.pop_back();
    return code;
  }
  /// What it exits with; `said` is what it said.
  int enrol(const std::string& code, const std::string& host = "host") {
    Process process({"forward", "--data", folder_ + "/" + host, "--server", relp_, "--enrol", code}, folder_ + "/enrol.out", folder_ + "/enrol.log");
    return process.end(0);
  }
  std::unique_ptr<Process> ship(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"forward", "--data", folder_ + "/host", "--inventory", "0", "--file", folder_ + "/logs/*.log"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return std::make_unique<Process>(arguments, folder_ + "/ship.out", folder_ + "/ship.log");
  }
  json::value ship_status() {
    Process process({"forward", "--data", folder_ + "/host", "--status", "--json"}, folder_ + "/status.out");
    EXPECT_EQ(process.end(0), 0);
    return json::parse(text("status.out"));
  }
  /// Until all that was taken is acknowledged, and so many records at least.
  bool wait_until_acknowledged(std::uint64_t records) {
    for (int i = 0; i < kWaits; ++i) {
      const json::value status = json::parse(text("host/status.json").empty() ? "{}" : text("host/status.json"));
      const auto number = [&](const char* key) { return status.as_object().contains(key) ? status.at(key).to_number<std::uint64_t>() : 0; };
      if (number("acknowledged") >= records && number("queued") == 0) return true;
      wait_a_little();
    }
    return false;
  }
  void write(const std::string& file, const std::string& lines) {
    std::ofstream out(folder_ + "/logs/" + file, std::ios::app);
    out << lines;
  }
  std::vector<std::string> records_of(const std::string& word) {
    std::vector<std::string> found;
    for (const auto& [sequence, raw] : stored()) {
      if (raw.starts_with(word)) found.push_back(raw);
    }
    return found;
  }

  std::string relp_ = "127.0.0.1:0";
};

constexpr int kRotated = 4'000;  // lines of a file

std::string line(const std::string& word, int number) { return word + " " + std::to_string(number) + ": Z\xc3\xbcrich \"quoted\" \\back %41 <b>\t" + std::string(static_cast<std::size_t>(number % 50), '.') + " end"; }

TEST_F(Shipping, AHostIsEnrolledAndWhatIsWrittenThereIsHere) {
  const std::unique_ptr<Process> service = serve_relp();
  ASSERT_EQ(enrol(new_code("web-1")), 0) << text("enrol.log") << text("serve.log");
  std::string lines;
  for (int i = 0; i < 1'000; ++i) lines += line("app", i) + "\n";
  write("app.log", lines);
  const std::unique_ptr<Process> shipper = ship();
  ASSERT_TRUE(wait_until_acknowledged(1'000)) << text("ship.log") << text("serve.log");
  // It loads nothing of what a service has.
  std::ifstream maps("/proc/" + std::to_string(shipper->pid()) + "/maps");
  const std::string mapped((std::istreambuf_iterator<char>(maps)), {});
  EXPECT_EQ(mapped.find("duckdb"), std::string::npos);
  EXPECT_EQ(shipper->end(SIGTERM), 0) << text("ship.log");
  EXPECT_FALSE(ship_status().at("connected").as_bool());
  wait_until_looked_at(1'000);
  EXPECT_EQ(service->end(SIGTERM), 0) << text("serve.log");
  const std::vector<std::string> found = records_of("app ");
  ASSERT_EQ(found.size(), 1'000u);
  for (int i = 0; i < 1'000; ++i) EXPECT_EQ(found[static_cast<std::size_t>(i)], line("app", i));
  EXPECT_EQ(ledger("relp/web-1"), (Ledger{1'000, 1'000, 0, 0}));
}

TEST_F(Shipping, ACodeIsGoodOnceAndForItsServiceAlone) {
  const std::unique_ptr<Process> service = serve_relp();
  const std::string code = new_code("web-1");
  std::string of_another = code;
  of_another.back() = code.back() == '0' ? '1' : '0';
  EXPECT_EQ(enrol(of_another), 3);
  EXPECT_NE(text("enrol.log").find("not the service that the code is from"), std::string::npos) << text("enrol.log");
  std::string unknown = code;
  unknown[4] = code[4] == '0' ? '1' : '0';
  EXPECT_EQ(enrol(unknown), 3);
  EXPECT_NE(text("enrol.log").find("is not known, was used, or is too old"), std::string::npos) << text("enrol.log");
  EXPECT_EQ(enrol("tcs_1234"), 3);
  EXPECT_EQ(enrol(code), 0) << text("enrol.log");
  EXPECT_EQ(enrol(code, "another"), 3) << "a second time";
  EXPECT_NE(run({"sender", "list"}).find("relp"), std::string::npos);
  // Without a certificate nobody sends.
  EXPECT_EQ(Process({"forward", "--data", folder_ + "/another", "--inventory", "60"}, folder_ + "/out", folder_ + "/ship.log").end(0), 2);
  EXPECT_NE(text("ship.log").find("not enrolled"), std::string::npos) << text("ship.log");
  EXPECT_EQ(service->end(SIGTERM), 0);
}

TEST_F(Shipping, WhoIsRemovedIsOutAndItsRecordsWait) {
  const std::unique_ptr<Process> service = serve_relp();
  ASSERT_EQ(enrol(new_code("web-1")), 0) << text("enrol.log");
  write("app.log", line("before", 1) + "\n");
  const std::unique_ptr<Process> shipper = ship();
  ASSERT_TRUE(wait_until_acknowledged(1)) << text("ship.log");
  run({"sender", "remove", "web-1"});
  for (int i = 0; i < kWaits && text("serve.log").find("not a sender any more") == std::string::npos; ++i) {
    write("app.log", line("after", i) + "\n");
    wait_a_little();
  }
  EXPECT_NE(text("serve.log").find("not a sender any more"), std::string::npos) << text("serve.log");
  // Its records are not lost: a new code lets it in again, with the key that it has.
  shipper->end(SIGTERM);
  EXPECT_GT(ship_status().at("queued").to_number<std::uint64_t>(), 0u);
  ASSERT_EQ(enrol(new_code("web-1")), 0) << text("enrol.log");
  const std::unique_ptr<Process> again = ship();
  EXPECT_TRUE(wait_until_acknowledged(2)) << text("ship.log");
  EXPECT_EQ(service->end(SIGTERM), 0);
}

TEST_F(Shipping, WhereTheBufferIsFullFilesWait) {
  std::unique_ptr<Process> service = serve_relp();
  ASSERT_EQ(enrol(new_code("web-1")), 0) << text("enrol.log");
  EXPECT_EQ(service->end(SIGTERM), 0);
  constexpr int kLines = 40'000;  // four times the buffer
  std::string lines;
  for (int i = 0; i < kLines; ++i) lines += line("app", i) + std::string(40, '-') + "\n";
  write("app.log", lines);
  const std::unique_ptr<Process> shipper = ship({"--buffer", "1MiB"});
  for (int i = 0; i < kWaits && text("ship.log").find("the buffer is full") == std::string::npos; ++i) wait_a_little();
  EXPECT_NE(text("ship.log").find("sources wait until the service has taken some of it"), std::string::npos) << text("ship.log");
  std::uint64_t on_disk = 0;
  for (const auto& file : fs::directory_iterator(folder_ + "/host/spool")) on_disk += file.file_size();
  EXPECT_LE(on_disk, 1u << 20);
  service = serve_relp();
  EXPECT_TRUE(wait_until_acknowledged(kLines)) << text("ship.log") << text("host/status.json");
  EXPECT_EQ(shipper->end(SIGTERM), 0);
  wait_until_looked_at(kLines);
  EXPECT_EQ(service->end(SIGTERM), 0);
  const std::vector<std::string> found = records_of("app ");
  ASSERT_EQ(found.size(), static_cast<std::size_t>(kLines));
  for (int i = 0; i < kLines; ++i) ASSERT_EQ(found[static_cast<std::size_t>(i)], line("app", i) + std::string(40, '-'));
}

TEST_F(Shipping, EventLogsThatArePutIntoAFolderGiveTheAlertsOfAScan) {
  const char* const given = std::getenv("TOCSIN_DATA");
  const fs::path data = fs::path(given != nullptr ? given : TOCSIN_SOURCE_DIR "/../shared/data");
  const std::string rules = data / "sigma" / "rules";
  if (!fs::exists(rules)) GTEST_SKIP() << "skipped: there is no " << data << " (TOCSIN_DATA)";
  std::unique_ptr<Process> service = serve_relp(rules);
  ASSERT_EQ(enrol(new_code("web-1")), 0) << text("enrol.log");
  std::unique_ptr<Process> shipper = ship({"--file", folder_ + "/logs"});
  int logs = 0;
  for (const auto& entry : fs::recursive_directory_iterator(data / "evtx-mitre")) {
    if (entry.path().extension() != ".evtx" || entry.file_size() > (1u << 20) || logs == 60) continue;
    fs::copy(entry.path(), folder_ + "/logs/n" + std::to_string(logs++) + "-" + entry.path().filename().string());
    if (logs != 20) continue;
    EXPECT_EQ(service->end(SIGKILL), -1);
    service = serve_relp(rules);
    EXPECT_EQ(shipper->end(SIGKILL), -1);
    shipper = ship({"--file", folder_ + "/logs"});
  }
  const std::multiset<std::string> scan = alerts_in(run({"scan", "--rules", rules, "--format", "ndjson", folder_ + "/logs"}, false), false);
  const std::set<std::string> expected(scan.begin(), scan.end());  // what is sent again after a kill is there twice
  EXPECT_GT(expected.size(), 50u);
  std::set<std::string> found;
  for (int i = 0; i < kWaits && found.size() < expected.size(); i += 10) {
    for (int wait = 0; wait < 10; ++wait) wait_a_little();
    const std::multiset<std::string> alerts = alerts_in(run({"alerts", "--format", "ndjson", "--limit", "1000000"}), false);
    found = {alerts.begin(), alerts.end()};
  }
  EXPECT_EQ(shipper->end(SIGTERM), 0) << text("ship.log");
  EXPECT_EQ(service->end(SIGTERM), 0) << text("serve.log");
  EXPECT_EQ(found, expected);
  std::printf("%d event logs, %zu alerts\n", logs, scan.size());
}

TEST_F(Shipping, NothingIsMissingHoweverOftenEitherEndIsKilled) {
  const char* const wanted = std::getenv("TOCSIN_KILLS");
  const int kills = wanted == nullptr ? 6 : std::atoi(wanted);
  std::unique_ptr<Process> service = serve_relp();
  ASSERT_EQ(enrol(new_code("web-1")), 0) << text("enrol.log");
  std::atomic<bool> enough{false};
  std::atomic<int> written{0};
  std::thread writer([&] {
    for (int number = 0; !enough; ++number) {
      for (const char* const file : {"one", "two"}) write(std::string(file) + ".log", line(file, number) + "\n");
      if (number % kRotated == kRotated - 1) {  // rotated: read on under its new name
        fs::rename(folder_ + "/logs/one.log", folder_ + "/logs/one." + std::to_string(number) + ".log");
      }
      written = number + 1;
      if (number % 20 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(4));
    }
  });
  std::mt19937 random(20261130);
  std::unique_ptr<Process> shipper = ship();
  for (int i = 0; i < kills; ++i) {
    std::this_thread::sleep_for(std::chrono::microseconds(200'000 + random() % 600'000));
    if (i % 3 == 2) {
      service->end(SIGKILL);
      service = serve_relp();
    } else {
      shipper->end(SIGKILL);
      shipper = ship();
    }
  }
  enough = true;
  writer.join();
  const auto lines = static_cast<std::uint64_t>(written);
  ASSERT_TRUE(wait_until_acknowledged(2 * lines)) << text("ship.log") << text("host/status.json");
  const json::value status = ship_status();
  EXPECT_EQ(status.at("lost").to_number<std::uint64_t>(), 0u);
  EXPECT_EQ(status.at("taken").to_number<std::uint64_t>(), 2 * lines) << "each line was read once";
  EXPECT_EQ(shipper->end(SIGTERM), 0) << text("ship.log");
  wait_until_looked_at(2 * lines);
  EXPECT_EQ(service->end(SIGTERM), 0) << text("serve.log");
  std::uint64_t repeats = 0;
  for (const char* const file : {"one", "two"}) {
    // By file: what was rotated is a file of its own.
    std::map<int, int> next;
    int found = 0;
    for (const std::string& raw : records_of(file)) {
      const int number = std::atoi(raw.c_str() + 4), rotated = std::string(file) == "one" ? number / kRotated : 0;
      int& due = next.try_emplace(rotated, rotated * kRotated).first->second;
      EXPECT_EQ(raw, line(file, number)) << "never written";
      EXPECT_LE(number, due) << "not in its order: " << raw;
      if (number == due) ++due, ++found;
      else ++repeats;
    }
    EXPECT_EQ(found, static_cast<int>(lines)) << file;
  }
  std::printf("%d kills: %llu lines written, all there in order, %llu repeats\n", kills, static_cast<unsigned long long>(2 * lines), static_cast<unsigned long long>(repeats));
}

}  // namespace
}  // namespace tocsin
