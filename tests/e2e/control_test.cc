// A service that is asked and changed while it runs: status, other rules, a backup, another key. Under a client that sends without pause: nothing that was
// acknowledged is lost, and each record has the alerts of exactly the rules that status names for it.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <map>
#include <set>
#include <sstream>

#include "pipeline/control_socket.h"
#include "serving.h"
#include "store/duck_api.h"

namespace tocsin {
namespace {

constexpr const char* kHeader = "logsource:\n  product: windows\nlevel: high\n";

std::string rule(const std::string& title, int number, const std::string& word) {
  return "title: " + title + "\nid: 00000000-0000-4000-8000-00000000000" + std::to_string(number) + "\n" + kHeader +
         "detection:\n  s:\n    word: '" + word + "'\n  condition: s\n";
}

class Control : public Serving {
 protected:
  Control() {
    fs::create_directories(folder_ + "/rules");
    put("rules/a.yml", rule("A", 1, "*a*"));
    token_ = new_token("app", "bulk");
  }
  void put(const std::string& name, const std::string& content) {
    const std::string path = folder_ + "/" + name;
    EXPECT_TRUE(Env::system().write_file(path + ".new", content));
    EXPECT_TRUE(Env::system().rename_file(path + ".new", path));
  }
  std::unique_ptr<Process> serve_rules(const std::string& store_after = "86400") { return serve(store_after, {"--rules", folder_ + "/rules"}); }
  /// What it exits with; its words are in "out".
  int verb(std::vector<std::string> arguments, const std::string& data = "/data") {
    arguments.insert(arguments.end(), {"--data", folder_ + data});
    Process process(arguments, folder_ + "/out");
    return process.end(0);
  }
  /// One record; false unless it was acknowledged.
  bool send(const std::string& event) {
    const std::string body = "{\"create\":{\"_index\":\"logs\"}}\n" + event + "\n";
    return Client(address("bulk")).post("/_bulk", "ApiKey " + token_, body).find("\"errors\":false") != std::string::npos;
  }
  std::string event(std::uint64_t n) { return "{\"EventID\":1,\"Channel\":\"Security\",\"Provider_Name\":\"x\",\"word\":\"ab\",\"n\":" + std::to_string(n) + "}"; }
  /// Sends until told to stop; the events that were acknowledged.
  std::set<std::string> send_until(const std::atomic<bool>& enough) {
    std::set<std::string> acknowledged;
    Client client(address("bulk"));
    while (!enough && client.good()) {
      std::string body;
      std::vector<std::string> events;
      for (int i = 0; i < 20; ++i) {
        events.push_back(event(serial_++));
        body += "{\"create\":{\"_index\":\"logs\"}}\n" + events.back() + "\n";
      }
      if (client.post("/_bulk", "ApiKey " + token_, body).find("\"errors\":false") != std::string::npos) acknowledged.insert(events.begin(), events.end());
    }
    return acknowledged;
  }
  /// By record: the titles of its alerts.
  std::map<std::uint64_t, std::set<std::string>> alerts() {
    std::map<std::uint64_t, std::set<std::string>> found;
    std::istringstream lines(run({"alerts", "--format", "ndjson", "--limit", "1000000"}));
    for (std::string line; std::getline(lines, line);) {
      const json::value alert = json::parse(line);
      const bool is_new = found[alert.at("event").at("index").to_number<std::uint64_t>()].emplace(alert.at("rule").at("title").as_string()).second;
      EXPECT_TRUE(is_new) << "twice: " << line;
    }
    return found;
  }
  /// The raw records of a data folder.
  std::set<std::string> records(const std::string& data) {
    Process process({"search", "--data", folder_ + data, "--key-file", folder_ + "/key", "| fields raw"}, folder_ + "/rows");
    EXPECT_EQ(process.end(0), 0);
    std::set<std::string> all;
    std::ifstream rows(folder_ + "/rows");
    for (std::string line; std::getline(rows, line);) EXPECT_TRUE(all.emplace(json::parse(line).at("raw").as_string()).second) << "twice: " << line;
    return all;
  }

  std::string token_;
  std::uint64_t serial_ = 0;
};

TEST_F(Control, EveryRecordHasTheAlertsOfOneSetAndStatusSaysOfWhich) {
  const std::unique_ptr<Process> service = serve_rules();
  std::atomic<bool> enough{false};
  std::set<std::string> acknowledged;
  std::thread client([&] { acknowledged = send_until(enough); });
  const int kReloads = 20;
  for (int i = 0; i < kReloads; ++i) {
    // What holds now has been asked about something, before another set is.
    const auto now = status().at("records").at("safe").to_number<std::uint64_t>();
    wait_until_looked_at(now + 1);
    put("rules/a.yml", i % 2 == 0 ? rule("B", 2, "*b*") : rule("A", 1, "*a*"));
    EXPECT_EQ(verb({"reload"}), 0);
    EXPECT_NE(text("out").find("1 rules and 0 correlations hold from record "), std::string::npos) << text("out");
  }
  enough = true;
  client.join();
  wait_until_looked_at(status().at("records").at("safe").to_number<std::uint64_t>());
  const json::value all = status();
  EXPECT_EQ(service->end(SIGTERM), 0) << text("serve.out");

  // By the record from which they hold: "A" first, then "B" and "A" in turn.
  std::vector<std::uint64_t> switches = {all.at("rules").at("from_record").to_number<std::uint64_t>()};
  for (const json::value& before : all.at("rules_before").as_array()) switches.push_back(before.at("from_record").to_number<std::uint64_t>());
  std::ranges::reverse(switches);
  ASSERT_EQ(switches.size(), kReloads + 1u);
  EXPECT_EQ(switches[0], 0u);
  const std::uint64_t safe = all.at("records").at("safe").to_number<std::uint64_t>();
  const std::map<std::uint64_t, std::set<std::string>> found = alerts();
  EXPECT_EQ(found.size(), safe);
  std::size_t set = 0;
  for (std::uint64_t record = 0; record < safe; ++record) {
    while (set + 1 < switches.size() && switches[set + 1] <= record) ++set;
    const auto at = found.find(record);
    ASSERT_NE(at, found.end()) << record;
    EXPECT_EQ(at->second, (std::set<std::string>{set % 2 == 0 ? "A" : "B"})) << record << " of set " << set;
  }
  if (store::duck_available()) {
    const std::set<std::string> kept = records("/data");
    for (const std::string& one : acknowledged) EXPECT_TRUE(kept.contains(one)) << "lost: " << one;
    EXPECT_EQ(kept.size(), safe);
  }
  EXPECT_GT(acknowledged.size(), 20u * kReloads);
  std::printf("%d reloads, %zu records acknowledged, %llu looked at\n", kReloads, acknowledged.size(), static_cast<unsigned long long>(safe));
}

TEST_F(Control, CorrelationsGoOnOverReloadsOverTheHitsOfRulesThatStay) {
  const std::string thrice = "title: Thrice\nid: 00000000-0000-4000-8000-000000000009\nlevel: high\ncorrelation:\n  type: event_count\n  rules: [00000000-0000-4000-8000-000000000001]\n"
                             "  group-by: [who]\n  timespan: 1h\n  condition:\n    gte: 3\n";
  std::uint64_t sent = 0;
  const auto at = [&](int minute, const std::string& word, const std::string& who) {
    const std::string time = "2026-07-01T10:" + std::to_string(minute) + ":00Z";
    EXPECT_TRUE(send("{\"@timestamp\":\"" + time + "\",\"EventID\":1,\"Channel\":\"Security\",\"Provider_Name\":\"x\",\"word\":\"" + word + "\",\"who\":\"" + who + "\"}"));
    ++sent;
  };
  /// An event of a later time, so that the hits before it have their turn.
  const auto found_by = [&](int minute) {
    at(minute, "z", "nobody");
    wait_until_looked_at(sent);
    return correlations_in(run({"alerts", "--format", "ndjson"}));
  };
  put("rules/thrice.yml", thrice);
  const std::unique_ptr<Process> service = serve_rules();
  at(10, "a", "eve");
  at(11, "a", "eve");
  at(11, "a", "ann");
  EXPECT_EQ(found_by(20), std::set<std::string>());
  put("rules/b.yml", rule("B", 2, "*b*"));
  EXPECT_EQ(verb({"reload"}), 0) << text("out");
  at(21, "a", "eve");
  at(22, "a", "ann");
  EXPECT_EQ(found_by(30), (std::set<std::string>{"Thrice 0 1 4"})) << "two before the reload and one after it";

  // The rule that it counts has another id now: what the old one found is not the new one's.
  put("rules/a.yml", rule("A", 4, "*a*"));
  std::string of_new = thrice;
  put("rules/thrice.yml", of_new.replace(of_new.find("000000000001]"), 12, "000000000004"));
  EXPECT_EQ(verb({"reload"}), 0) << text("out");
  at(31, "a", "ann");
  at(32, "a", "ann");
  EXPECT_EQ(found_by(40), (std::set<std::string>{"Thrice 0 1 4"}));
  at(41, "a", "ann");
  EXPECT_EQ(found_by(50), (std::set<std::string>{"Thrice 0 1 4", "Thrice 7 8 10"}));
  EXPECT_EQ(service->end(SIGTERM), 0) << text("serve.out");
}

TEST_F(Control, ABadSetIsRefusedAndTheOldOneStays) {
  put("rules/broken.yml", "title: broken from the start\ndetection: [\n");
  const std::unique_ptr<Process> service = serve_rules();
  EXPECT_EQ(verb({"reload"}), 0) << "what was broken at the start refuses nothing";
  EXPECT_NE(text("out").find("the rules are what they were"), std::string::npos) << text("out");

  put("rules/b.yml", "title: B\nlogsource:\n  product: windows\ndetection:\n  s:\n    word|nonsense: b\n  condition: s\n");
  put("rules/a.yml", rule("C", 3, "*a*"));
  EXPECT_EQ(verb({"reload"}), 2);
  const json::value refused = status();
  EXPECT_EQ(refused.at("reload").at("taken"), false);
  EXPECT_NE(refused.at("reload").at("message").as_string().find("b.yml"), std::string::npos) << refused.at("reload");
  EXPECT_TRUE(send(event(0)));
  wait_until_looked_at(1);
  EXPECT_EQ(alerts(), (std::map<std::uint64_t, std::set<std::string>>{{0, {"A"}}}));

  fs::remove(folder_ + "/rules/b.yml");
  EXPECT_EQ(verb({"reload"}), 0) << text("out");
  EXPECT_EQ(status().at("reload").at("taken"), true);
  EXPECT_EQ(status().at("rules").at("from_record"), 1);
  EXPECT_EQ(service->end(SIGTERM), 0) << text("serve.out");
}

TEST_F(Control, SettingsAreReadAgainBySighupAndSomeNeedARestart) {
  put("tocsin.yaml", "rules: " + folder_ + "/rules\nkeep:\n  days: 3\n");
  const std::unique_ptr<Process> service = serve("86400", {"--config", folder_ + "/tocsin.yaml"});
  put("tocsin.yaml", "rules: " + folder_ + "/rules\nkeep:\n  dayz: 3\n");
  EXPECT_EQ(verb({"reload"}), 2);
  EXPECT_NE(std::string(status().at("reload").at("message").as_string()).find("tocsin.yaml:3"), std::string::npos) << status().at("reload");
  put("rules/a.yml", rule("C", 3, "*a*"));
  put("tocsin.yaml", "rules: " + folder_ + "/rules\nkeep:\n  days: 4\n");
  ::kill(service->pid(), SIGHUP);
  const auto taken = [&] { return status().at("reload").at("taken") == true; };
  for (int i = 0; i < kWaits && !taken(); ++i) wait_a_little();
  EXPECT_TRUE(taken());
  EXPECT_EQ(service->end(SIGTERM), 0) << text("serve.out");
  EXPECT_EQ(status().at("rules").at("rules"), 1);
  EXPECT_FALSE(status().at("service").at("running").as_bool());
}

TEST_F(Control, StatusShowsWhatRunsAndThatItWasKilled) {
  {
    const std::unique_ptr<Process> service = serve_rules();
    EXPECT_TRUE(send(event(0)));
    EXPECT_EQ(service->end(SIGKILL), -1);
  }
  EXPECT_EQ(status().at("service").at("running"), false);
  EXPECT_TRUE(status().at("service").at("stopped").is_null());
  const std::unique_ptr<Process> service = serve_rules();
  wait_until_looked_at(1);
  const json::value all = status();
  EXPECT_EQ(all.at("schema"), "tocsin.status/1");
  EXPECT_EQ(all.at("service").at("running"), true);
  EXPECT_EQ(all.at("service").at("previous").at("graceful"), false);
  EXPECT_EQ(all.at("sources").at(0).at("received"), 1);
  EXPECT_EQ(all.at("queue").at("to_store"), 1);
  EXPECT_GT(all.at("disk").at("journal_bytes").to_number<std::uint64_t>(), 0u);
  EXPECT_GT(all.at("disk").at("free_bytes").to_number<std::uint64_t>(), 0u);
  EXPECT_EQ(all.at("rules").at("rules"), 1);
  EXPECT_TRUE(all.at("trouble").is_null());
  EXPECT_EQ(verb({"status", "--key-file", folder_ + "/none"}), 0) << "a service that runs needs no key to answer";
  const std::string table = text("out");
  for (const char* const part : {"running for ", "restarted: ", "bulk/app", "1 are safe; 1 looked at", "rules     1 and 0 correlations from"}) {
    EXPECT_NE(table.find(part), std::string::npos) << part << " in\n" << table;
  }
  if (store::duck_available()) {
    EXPECT_EQ(ask_service(folder_ + "/data/control", {"flush", {}}).value_or(""), "{\"stored\":1}");
    EXPECT_EQ(status().at("records").at("stored"), 1);
  }
  EXPECT_EQ(ask_service(folder_ + "/data/control", {"dance", {}}).error().code, Code::kDenied);
  struct stat socket {};
  ASSERT_EQ(::stat((folder_ + "/data/control").c_str(), &socket), 0);
  EXPECT_EQ(socket.st_mode & 0777, 0600u);
  EXPECT_EQ(service->end(SIGTERM), 0) << text("serve.out");
  EXPECT_FALSE(fs::exists(folder_ + "/data/control"));
  EXPECT_FALSE(status().at("service").at("stopped").is_null());
}

TEST_F(Control, WhatWasAcknowledgedIsInTheBackup) {
  if (!store::duck_available()) GTEST_SKIP() << "skipped: there is no DuckDB (scripts/fetch-duckdb)";
  const std::unique_ptr<Process> service = serve_rules("0");
  std::atomic<bool> enough{false};
  std::set<std::string> later;
  std::set<std::string> before;
  for (int i = 0; i < 3; ++i) {
    before.insert(event(serial_));
    EXPECT_TRUE(send(event(serial_++)));
  }
  std::thread client([&] { later = send_until(enough); });
  for (int round = 0; round < 3; ++round) {
    const std::string to = folder_ + "/backup" + std::to_string(round), restored = "/restored" + std::to_string(round);
    const auto safe = status().at("records").at("safe").to_number<std::uint64_t>();
    EXPECT_EQ(verb({"backup", "--output", to, "--key-file", folder_ + "/key"}), 0);
    EXPECT_EQ(verb({"verify"}, "/backup" + std::to_string(round)), 0) << text("out");
    EXPECT_EQ(verb({"restore", "--from", to, "--key-file", folder_ + "/key"}, restored), 0) << text("out");
    EXPECT_EQ(verb({"verify", "--key-file", folder_ + "/key"}, restored), 0) << text("out");
    const std::set<std::string> found = records(restored);
    EXPECT_GE(found.size(), safe);
    for (const std::string& one : before) EXPECT_TRUE(found.contains(one)) << "lost: " << one;
    wait_until_looked_at(safe + 100);
  }
  enough = true;
  client.join();
  EXPECT_EQ(service->end(SIGTERM), 0) << text("serve.out");

  // Without a service all of it; and a service goes on with it.
  EXPECT_EQ(verb({"backup", "--output", folder_ + "/all"}), 0);
  EXPECT_EQ(verb({"restore", "--from", folder_ + "/all"}, "/new"), 0);
  const std::set<std::string> kept = records("/new");
  for (const std::string& one : later) EXPECT_TRUE(kept.contains(one)) << "lost: " << one;
  fs::rename(folder_ + "/data", folder_ + "/old");
  fs::rename(folder_ + "/new", folder_ + "/data");
  const std::unique_ptr<Process> again = serve_rules("0");
  EXPECT_TRUE(send(event(serial_)));
  EXPECT_EQ(again->end(SIGTERM), 0) << text("serve.out");
  EXPECT_EQ(records("/data").size(), kept.size() + 1);
}

TEST_F(Control, ADamagedOrUnfinishedBackupRestoresNothing) {
  const std::unique_ptr<Process> service = serve_rules();
  EXPECT_TRUE(send(event(0)));
  EXPECT_EQ(service->end(SIGTERM), 0);
  const std::string backup = folder_ + "/backup";
  EXPECT_EQ(verb({"backup", "--output", backup}), 0);
  EXPECT_EQ(verb({"backup", "--output", backup}), 3) << "there is one already";
  EXPECT_EQ(verb({"restore", "--from", backup}), 2) << "the data folder is not empty";
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(backup)) {
    if (!entry.is_regular_file()) continue;
    ++files;
    const std::string good = *Env::system().read_file(entry.path(), 16u << 20);
    std::string bad = good;
    bad[bad.size() / 2] = static_cast<char>(bad[bad.size() / 2] ^ 4);
    ASSERT_TRUE(Env::system().write_file(entry.path(), bad));
    EXPECT_EQ(verb({"verify"}, "/backup"), 3) << entry.path();
    EXPECT_EQ(verb({"restore", "--from", backup}, "/new"), 2) << entry.path();
    EXPECT_FALSE(fs::exists(folder_ + "/new"));
    ASSERT_TRUE(Env::system().write_file(entry.path(), good));
  }
  EXPECT_GE(files, 4u) << "list, state, a segment or the journal and its key";
  // Cut short: it has not its name yet, or the mark of what was not finished.
  fs::create_directories(folder_ + "/half.partial");
  put("half.partial/unfinished", "");
  fs::copy(backup, folder_ + "/half.partial", fs::copy_options::recursive);
  fs::remove(folder_ + "/half.partial/backup.manifest");
  EXPECT_EQ(verb({"verify"}, "/half.partial"), 3);
  EXPECT_EQ(verb({"restore", "--from", folder_ + "/half.partial"}, "/new"), 2);
  EXPECT_EQ(verb({"backup", "--output", folder_ + "/data/inside"}), 3);
  EXPECT_EQ(verb({"backup", "--output", folder_ + "/half"}), 0) << "and the next takes its place";
  EXPECT_FALSE(fs::exists(folder_ + "/half.partial"));
  EXPECT_EQ(verb({"restore", "--from", folder_ + "/half"}, "/new"), 0);
}

TEST_F(Control, AnotherKeyOpensEverything) {
  std::set<std::string> sent;
  {
    const std::unique_ptr<Process> service = serve_rules();
    std::atomic<bool> enough{false};
    std::thread client([&] { sent = send_until(enough); });
    for (int i = 0; i < 3; ++i) {
      const std::string key = text("key");
      EXPECT_EQ(verb({"key", "rotate", "--key-file", folder_ + "/key"}), 0) << text("out");
      EXPECT_NE(text("key"), key);
      wait_until_looked_at(status().at("records").at("safe").to_number<std::uint64_t>() + 1);
    }
    enough = true;
    client.join();
    EXPECT_EQ(service->end(SIGKILL), -1);
  }
  const std::string key = text("key");
  EXPECT_EQ(verb({"key", "rotate", "--key-file", folder_ + "/key"}), 0) << "without a service";
  EXPECT_NE(text("key"), key);
  EXPECT_FALSE(sent.empty());
  const auto all_there = [&] {
    const std::set<std::string> found = store::duck_available() ? records("/data") : sent;
    for (const std::string& one : sent) EXPECT_TRUE(found.contains(one)) << "lost: " << one;
  };
  all_there();
  const std::unique_ptr<Process> service = serve_rules("0");
  EXPECT_TRUE(send(event(serial_)));
  EXPECT_EQ(service->end(SIGTERM), 0) << text("serve.out");
  all_there();
  EXPECT_EQ(verb({"verify", "--key-file", folder_ + "/key"}), 0) << text("out");
}

}  // namespace
}  // namespace tocsin
