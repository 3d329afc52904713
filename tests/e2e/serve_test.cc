// The service as processes of its own, with clients on loopback. Under two that send without pause, to _bulk and to HEC with its acknowledgements, it is killed (SIGKILL) at any moment, again
// and again, the whole of it or the process that reads the network alone: what was acknowledged is there, once; every record that is there has exactly the alerts that a scan gives for it,
// once; the ledger adds up. The store writes without pause too, so it is killed at any of its steps; what a search finds is what is judged. TOCSIN_KILLS
// sets how often (5).
#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

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
#include "store/duck_api.h"
#include "store/journal_reader.h"
#include "store/retention.h"
#include "serving.h"

namespace tocsin {
namespace {

class Serve : public Serving {
 protected:
  /// So many events, each made one of its kind by a number, and counted as sent. From any thread, as the next.
  std::vector<std::string> some_events(const std::vector<std::string>& lines, int count) {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::vector<std::string> events;
    for (int i = 0; i < count; ++i) {
      const std::string& line = lines[serial_ % lines.size()];
      events.push_back("{\"serial\":" + std::to_string(serial_++) + "," + line.substr(1));
    }
    sent_.insert(events.begin(), events.end());
    return events;
  }
  void were_acknowledged(const std::vector<std::string>& events) {
    const std::lock_guard<std::mutex> lock(mutex_);
    acknowledged_.insert(events.begin(), events.end());
  }
  void send_bulk(const std::string& token, const std::vector<std::string>& lines, const std::atomic<bool>& enough);
  void send_hec(const std::string& token, const std::vector<std::string>& lines, const std::atomic<bool>& enough);
  /// Both at once, until each has met the end of its connection, or it is enough.
  void send_until_broken(const std::vector<std::string>& lines, const std::atomic<bool>& enough) {
    std::thread hec([&] { send_hec(hec_token_, lines, enough); });
    send_bulk(bulk_token_, lines, enough);
    hec.join();
  }
  void add_senders() {
    bulk_token_ = new_token("client", "bulk");
    hec_token_ = new_token("forwarder", "hec");
  }
  void judge(int kills);

  std::string bulk_token_, hec_token_;
  std::mutex mutex_;  // guards what follows
  std::uint64_t serial_ = 0;
  std::set<std::string> sent_, acknowledged_;
};

/// What has no error is acknowledged.
void Serve::send_bulk(const std::string& token, const std::vector<std::string>& lines, const std::atomic<bool>& enough) {
  Client client(address("bulk"));
  while (client.good() && !enough) {
    const std::vector<std::string> events = some_events(lines, 40);
    std::string body;
    for (const std::string& event : events) body += "{\"create\":{\"_index\":\"logs\"}}\n" + event + "\n";
    if (client.post("/_bulk", "ApiKey " + token, body).find("\"errors\":false") != std::string::npos) were_acknowledged(events);
  }
}

/// What its channel calls done is acknowledged.
void Serve::send_hec(const std::string& token, const std::vector<std::string>& lines, const std::atomic<bool>& enough) {
  const std::string channel = "?channel=0b9f3a52-6d1c-4e0f-9a57-1c2d3e4f5a6b";
  Client client(address("hec"));
  while (client.good() && !enough) {
    const std::vector<std::string> events = some_events(lines, 20);
    std::string body;
    for (const std::string& event : events) body += "{\"event\":" + event + "}";
    const std::string answer = client.post("/services/collector" + channel, "Splunk " + token, body);
    if (answer.empty()) continue;
    const std::string id = std::to_string(json::parse(answer).at("ackId").to_number<std::uint64_t>());
    const std::string told = client.post("/services/collector/ack" + channel, "Splunk " + token, "{\"acks\":[" + id + "]}");
    if (told.find("\"" + id + "\":true") != std::string::npos) were_acknowledged(events);
  }
}

/// By the search, which asks segments and journal; by the journal alone where there is no DuckDB.
/// (record, rule), as a scan over the records finds them.
std::set<std::pair<std::uint64_t, std::string>> alerts_in(const std::string& ndjson, const std::vector<std::uint64_t>& record_of) {
  std::set<std::pair<std::uint64_t, std::string>> alerts;
  std::istringstream lines(ndjson);
  for (std::string line; std::getline(lines, line);) {
    const json::value alert = json::parse(line);
    if (alert.as_object().contains("events")) continue;  // of a correlation: the same times again and again are late here, and one window there
    const auto index = alert.at("event").at("index").to_number<std::uint64_t>();
    const std::uint64_t record = record_of.empty() ? index : record_of.at(index);
    EXPECT_TRUE(alerts.emplace(record, alert.at("rule").at("id").as_string()).second) << "twice: " << line;
  }
  return alerts;
}

int kills_wanted() {
  const char* const wanted = std::getenv("TOCSIN_KILLS");
  return wanted == nullptr ? 5 : std::atoi(wanted);
}

std::vector<std::string> scenario_lines() {
  std::vector<std::string> lines;
  std::istringstream scenario(*Env::system().read_file(TOCSIN_SOURCE_DIR "/content/scenarios/intrusion/windows.ndjson", 1u << 20));
  for (std::string line; std::getline(scenario, line);) lines.push_back(line);
  return lines;
}

TEST_F(Serve, WhatWasAcknowledgedIsThereOnceWithItsAlerts) {
  const int kills = kills_wanted();
  const std::vector<std::string> lines = scenario_lines();
  add_senders();
  std::mt19937 random(20261124);
  for (int round = 0; round < kills; ++round) {
    const std::unique_ptr<Process> service = serve();
    const std::atomic<bool> enough{false};
    std::thread client([&] { send_until_broken(lines, enough); });
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 300'000));
    EXPECT_EQ(service->end(SIGKILL), -1) << text("serve.out");
    client.join();
  }
  judge(kills);
}

TEST_F(Serve, WhereOnlyWhatReadsTheNetworkIsKilledItGoesOn) {
  const int kills = kills_wanted();
  const std::vector<std::string> lines = scenario_lines();
  add_senders();
  std::mt19937 random(20261129);
  {
    const std::unique_ptr<Process> service = serve();
    const std::string before = address("bulk");
    for (int round = 0; round < kills; ++round) {
      std::atomic<bool> enough{false};
      std::thread client([&] { send_until_broken(lines, enough); });
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 300'000));
      std::vector<pid_t> ingest;
      for (int i = 0; i < kWaits && (ingest = started_by(service->pid(), "tocsin-ingest")).empty(); ++i) wait_a_little();
      ASSERT_EQ(ingest.size(), 1u);
      ::kill(ingest.front(), SIGKILL);
      enough = true;  // a connection that was not accepted yet is the next one's, and does not break
      client.join();
    }
    EXPECT_EQ(address("bulk"), before);
    EXPECT_NE(Client(before).post("/_bulk", "ApiKey " + bulk_token_, "{\"create\":{\"_index\":\"logs\"}}\n" + some_events(lines, 1).front() + "\n"), "")
        << "the port is there all the time, and what comes meanwhile waits";
    EXPECT_EQ(service->end(SIGTERM), 0) << text("serve.out");
  }
  judge(kills);
}

/// After a last run: everything that holds whatever was killed.
void Serve::judge(int kills) {
  const std::unique_ptr<Process> service = serve();
  wait_until_looked_at(status().at("records").at("safe").to_number<std::uint64_t>());
  EXPECT_EQ(service->end(SIGTERM), 0) << text("serve.out");

  const std::map<std::uint64_t, std::string> records = stored();
  std::set<std::string> seen;
  std::string all;
  std::vector<std::uint64_t> record_of;
  for (const auto& [sequence, raw] : records) {
    EXPECT_TRUE(seen.insert(raw).second) << "twice: " << raw.substr(0, 40);
    EXPECT_TRUE(sent_.contains(raw)) << "never sent: " << raw.substr(0, 40);
    all += raw + "\n";
    record_of.push_back(sequence);
  }
  EXPECT_GT(acknowledged_.size(), 40u);
  for (const std::string& event : acknowledged_) EXPECT_TRUE(seen.contains(event)) << "lost: " << event.substr(0, 40);

  ASSERT_TRUE(Env::system().write_file(folder_ + "/all.ndjson", all));
  const auto expected = alerts_in(run({"scan", "--format", "ndjson", folder_ + "/all.ndjson"}, false), record_of);
  EXPECT_FALSE(expected.empty());
  EXPECT_EQ(alerts_in(run({"alerts", "--format", "ndjson", "--limit", "1000000"}), {}), expected);

  std::uint64_t in_ledger = 0;
  const json::value ledger = status();
  for (const json::value& source : ledger.at("sources").as_array()) {
    in_ledger += source.at("stored").to_number<std::uint64_t>();
    EXPECT_EQ(source.at("received").to_number<std::uint64_t>(),
              source.at("stored").to_number<std::uint64_t>() + source.at("refused").to_number<std::uint64_t>());
  }
  EXPECT_EQ(in_ledger, records.size());
  if (store::duck_available()) {
    EXPECT_TRUE(journaled().empty()) << "all is in segments, so the journal is let go";
    EXPECT_EQ(status().at("records").at("stored"), status().at("records").at("safe"));
  }
  std::printf("%d kills: %zu records sent, %zu acknowledged, %zu stored, %zu alerts\n", kills, sent_.size(), acknowledged_.size(), records.size(),
              expected.size());
}

/// To a port of the service, over `type` of socket.
void send_to(const std::string& address, int type, const std::string& bytes) {
  const int socket = ::socket(AF_INET, type | SOCK_CLOEXEC, 0);
  const std::size_t colon = address.rfind(':');
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1))));
  ::inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr);
  EXPECT_EQ(::connect(socket, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
  EXPECT_EQ(::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  ::close(socket);
}

TEST_F(Serve, EveryInputHasItsRowAndItsRecords) {
  const std::string token = new_token("app", "hec");
  const std::unique_ptr<Process> service = serve();
  const std::string line = "<86>Nov 23 08:00:00 web1 sshd[1]: Failed password for root from 192.0.2.7 port 4 ssh2";
  send_to(address("syslog_udp"), SOCK_DGRAM, line);
  send_to(address("syslog_tcp"), SOCK_STREAM, line + "\n" + std::to_string(line.size()) + " " + line);
  Client client(address("hec"));
  EXPECT_EQ(client.post("/services/collector", "Splunk wrong", R"({"event":"x"})"), "");
  Client other(address("hec"));
  EXPECT_EQ(json::parse(other.post("/services/collector", "Splunk " + token, R"({"event":{"a":1}}{"event":"text"})")).at("code"), 0);
  wait_until_looked_at(5);
  EXPECT_EQ(service->end(SIGTERM), 0) << text("serve.out");
  std::map<std::string, std::uint64_t> by_source;
  const json::value seen = status();
  for (const json::value& source : seen.at("sources").as_array()) {
    by_source[std::string(source.at("source").as_string())] = source.at("stored").to_number<std::uint64_t>();
  }
  EXPECT_EQ(by_source, (std::map<std::string, std::uint64_t>{{"hec/app", 2}, {"syslog", 3}}));
  std::multiset<std::string> records;
  for (const auto& [sequence, raw] : stored()) records.insert(raw);
  EXPECT_EQ(records, (std::multiset<std::string>{line, line, line, R"({"a":1})", "text"}));
}

TEST_F(Serve, JournalAndSegmentsMayLieOnOtherDisks) {
  if (!store::duck_available()) GTEST_SKIP() << "skipped: there is no DuckDB (scripts/fetch-duckdb)";
  const std::string token = new_token("app", "hec");
  const std::string disk = folder_ + "-disk";  // not below the ready file's folder, in which the service may write
  for (const char* const name : {"journal", "segments"}) {
    fs::create_directories(disk + "/" + name);
    fs::create_directory_symlink(disk + "/" + name, folder_ + "/data/" + name);
  }
  const std::unique_ptr<Process> service = serve();
  Client client(address("hec"));
  EXPECT_EQ(json::parse(client.post("/services/collector", "Splunk " + token, R"({"event":"kept elsewhere"})")).at("code"), 0);
  wait_until_looked_at(1);
  EXPECT_EQ(service->end(SIGTERM), 0) << text("serve.out");
  EXPECT_EQ(search({"--count", "\"kept elsewhere\""}), "1\n");
  EXPECT_EQ(status().at("records").at("stored"), 1);
  EXPECT_FALSE(fs::is_empty(disk + "/segments"));
  fs::remove_all(disk);
}

TEST_F(Serve, SearchesSeeWhatIsStoredAndWhatIsNotYet) {
  if (!store::duck_available()) GTEST_SKIP() << "skipped: there is no DuckDB (scripts/fetch-duckdb)";
  const std::string token = new_token("app", "bulk");
  std::vector<std::string> bodies;
  for (const int from : {0, 100}) {
    std::string& body = bodies.emplace_back();
    for (int i = from; i < from + 100; ++i) {
      body += R"({"create":{"_index":"logs"}})" "\n" R"({"@timestamp":"2026-11-23T08:00:00Z","host":{"name":"ws-)" + std::to_string(i % 10) +
              R"("},"n":)" + std::to_string(i) + R"(,"message":"Überweisung"})" "\n";
    }
  }
  {
    const std::unique_ptr<Process> service = serve();
    EXPECT_NE(Client(address("bulk")).post("/_bulk", "ApiKey " + token, bodies[0]), "");
    EXPECT_EQ(search({"--count", ""}), "100\n") << "beside a service that runs";
    EXPECT_EQ(service->end(SIGTERM), 0);
  }
  {
    const std::unique_ptr<Process> service = serve("86400");
    EXPECT_NE(Client(address("bulk")).post("/_bulk", "ApiKey " + token, bodies[1]), "");
    EXPECT_EQ(service->end(SIGKILL), -1);
  }
  EXPECT_EQ(search({"--count", "n:>=50 überweisung"}), "150\n");
  EXPECT_EQ(search({"--format", "csv", "host:ws-3 n:1* | count by host"}), "host,count\nws-3,11\n");
  EXPECT_EQ(search({"--sql", "SELECT count(DISTINCT host) AS hosts FROM events WHERE source = 'bulk/app'"}), "{\"hosts\":10}\n");
  EXPECT_EQ(search({"--count", "--since", "2026-11-23T08:00:01Z", ""}), "0\n");
  EXPECT_EQ(search({"--count", "--until", "2026-11-23T08:00:01Z", ""}), "200\n");
  EXPECT_EQ(search({"host:"}, 2), "");
  EXPECT_EQ(search({"--sql", "DROP VIEW events"}, 2), "");
  for (const std::string& sql : {std::string("SELECT * FROM read_text('/etc/passwd')"), "SELECT * FROM read_csv('" + folder_ + "/ready')",
                                 "SELECT * FROM read_blob('" + folder_ + "/key')", "COPY (SELECT 1) TO '" + folder_ + "/made'",
                                 "ATTACH '" + folder_ + "/made' AS made", std::string("INSTALL httpfs"), std::string("LOAD httpfs"),
                                 std::string("SET enable_external_access = true")}) {
    EXPECT_EQ(search({"--sql", sql}, 2), "") << sql;
  }
  EXPECT_FALSE(fs::exists(folder_ + "/made"));

  fs::rename(folder_ + "/key", folder_ + "/hidden");
  EXPECT_EQ(search({"--count", ""}, 3), "100\n") << "without the key, what is stored";
  fs::rename(folder_ + "/hidden", folder_ + "/key");
  for (const auto& entry : fs::recursive_directory_iterator(folder_ + "/data/segments")) {
    if (!entry.is_regular_file()) continue;
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(40);
    file.put('\x7f');
  }
  EXPECT_EQ(search({"--count", ""}, 3), "100\n") << "without what is damaged, what is in the journal";
}

TEST_F(Serve, CorrelationsGoOnAfterKills) {
  std::vector<std::string> lines;
  std::istringstream scenario(*Env::system().read_file(TOCSIN_SOURCE_DIR "/content/scenarios/intrusion/windows.ndjson", 1u << 20));
  for (std::string line; std::getline(scenario, line);) lines.push_back(line);
  // Time goes on, so whatever waited for its turn has it.
  lines.push_back(R"({"@timestamp":"2026-11-24T00:00:00Z","n":1})");
  const std::string token = new_token("client", "bulk");
  std::string all, body;
  std::unique_ptr<Process> service = serve();
  for (std::size_t i = 0; i < lines.size(); ++i) {
    all += lines[i] + "\n";
    body += "{\"create\":{\"_index\":\"logs\"}}\n" + lines[i] + "\n";
    if (i % 7 != 6 && i + 1 < lines.size()) continue;
    ASSERT_NE(Client(address("bulk")).post("/_bulk", "ApiKey " + token, body), "");
    body.clear();
    if (i % 5 != 0) continue;
    if (i % 2 == 0) wait_until_looked_at(i + 1);
    EXPECT_EQ(service->end(SIGKILL), -1);
    service = serve();
  }
  wait_until_looked_at(lines.size());
  EXPECT_EQ(service->end(SIGTERM), 0) << text("serve.out");
  ASSERT_TRUE(Env::system().write_file(folder_ + "/all.ndjson", all));
  const std::set<std::string> expected = correlations_in(run({"scan", "--format", "ndjson", folder_ + "/all.ndjson"}, false));
  EXPECT_GE(expected.size(), 3u);
  const std::string alerts = run({"alerts", "--format", "ndjson", "--limit", "1000000"});
  EXPECT_EQ(correlations_in(alerts), expected);

  // Each can be explained by the beginning of its id, with its record.
  std::istringstream each(alerts);
  std::size_t explained = 0;
  for (std::string line; std::getline(each, line) && explained < 5; ++explained) {
    const json::value alert = json::parse(line);
    const std::string text_of_it = run({"explain", "alert", std::string(alert.at("id").as_string()).substr(0, 12), "--key-file", folder_ + "/key"});
    EXPECT_TRUE(text_of_it.starts_with(std::string(alert.at("rule").at("title").as_string()) + "\n")) << text_of_it;
    if (store::duck_available()) {
      EXPECT_NE(text_of_it.find("received 20"), std::string::npos) << text_of_it;
    }
  }
  EXPECT_EQ(explained, 5u);
}

TEST_F(Serve, ATailShowsWhatComes) {
  const std::string token = new_token("app", "bulk");
  const std::unique_ptr<Process> service = serve("86400");
  Process tail({"tail", "--data", folder_ + "/data", "--key-file", folder_ + "/key", "n:>1 host:WS-1"}, folder_ + "/tail.out");
  std::string seen;
  // It begins at the end of what is there, whenever that was: the same is sent until it is seen.
  for (int i = 0; i < kWaits && !seen.ends_with("\n"); ++i) {
    std::string body;
    for (int n = 1; n < 3; ++n) {
      body += R"({"create":{"_index":"logs"}})" "\n" R"({"host":{"name":"ws-1"},"n":)" + std::to_string(n) + "}\n";
    }
    EXPECT_NE(Client(address("bulk")).post("/_bulk", "ApiKey " + token, body), "");
    wait_a_little();
    seen = text("tail.out");
  }
  EXPECT_EQ(tail.end(SIGINT), 0);
  const json::value event = json::parse(seen.substr(0, seen.find('\n')));
  EXPECT_EQ(event.at("host").as_string(), "ws-1");
  EXPECT_EQ(event.at("raw").as_string(), R"({"host":{"name":"ws-1"},"n":2})");
  EXPECT_EQ(event.at("source").as_string(), "bulk/app");
  EXPECT_EQ(seen.find("\"n\\\":1}"), std::string::npos) << seen;
}

TEST_F(Serve, AnEventWithoutATimeHasTheOneThatItsSenderStates) {
  if (!store::duck_available()) GTEST_SKIP() << "skipped: there is no DuckDB (scripts/fetch-duckdb)";
  const std::string token = new_token("app", "hec");
  const std::string events = R"({"time":1700000000.25,"event":"stated"}{"time":"1700000000","event":{"@timestamp":"2026-11-23T08:00:00Z","n":1}})";
  const std::unique_ptr<Process> service = serve();
  EXPECT_NE(Client(address("hec")).post("/services/collector", "Splunk " + token, events), "");
  EXPECT_EQ(service->end(SIGTERM), 0);
  EXPECT_EQ(search({"stated | fields time"}), "{\"time\":\"2023-11-14T22:13:20.250000Z\"}\n");
  EXPECT_EQ(search({"n:1 | fields time"}), "{\"time\":\"2026-11-23T08:00:00.000000Z\"}\n") << "its own counts";
}

TEST_F(Serve, TheOldestGoesWhereThereIsTooMuch) {
  if (!store::duck_available()) GTEST_SKIP() << "skipped: there is no DuckDB (scripts/fetch-duckdb)";
  const std::string token = new_token("app", "bulk");
  const std::unique_ptr<Process> service = serve("0", {"--keep-bytes", "9500"});  // a segment of one event has 2,900
  for (std::uint64_t n = 0; n < 6; ++n) {
    const std::string body = R"({"create":{"_index":"logs"}})" "\n" R"({"n":)" + std::to_string(n) + "}\n";
    EXPECT_NE(Client(address("bulk")).post("/_bulk", "ApiKey " + token, body), "");
    for (int i = 0; i < kWaits && status().at("records").at("stored").to_number<std::uint64_t>() <= n; ++i) wait_a_little();
  }
  EXPECT_EQ(service->end(SIGTERM), 0) << text("serve.out");
  EXPECT_EQ(search({"| fields raw"}), "{\"raw\":\"{\\\"n\\\":3}\"}\n{\"raw\":\"{\\\"n\\\":4}\"}\n{\"raw\":\"{\\\"n\\\":5}\"}\n");
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder_ + "/data/segments")) files += entry.is_regular_file() ? 1 : 0;
  EXPECT_EQ(files, 3u);
}

TEST_F(Serve, SourcesHaveLimitsOfTheirOwn) {
  if (!store::duck_available()) GTEST_SKIP() << "skipped: there is no DuckDB (scripts/fetch-duckdb)";
  const std::map<std::string, std::string> tokens = {{"noisy", new_token("noisy", "bulk")}, {"app", new_token("app", "bulk")}, {"noise-too", new_token("noise-too", "bulk")}};
  {
    const std::unique_ptr<Process> service = serve("0", {"--keep-source", "bulk/nois*=1B", "--keep-source", "bulk/app=1d,1GB"});
    for (int n = 0; n < 5; ++n) {
      for (const auto& [name, token] : tokens) {
        const std::string body = R"({"create":{"_index":"logs"}})" "\n" R"({"n":)" + std::to_string(n) + "}\n";
        EXPECT_NE(Client(address("bulk")).post("/_bulk", "ApiKey " + token, body), "");
      }
    }
    for (int i = 0; i < kWaits && status().at("records").at("stored").to_number<std::uint64_t>() < 15; ++i) wait_a_little();
    EXPECT_EQ(service->end(SIGTERM), 0) << text("serve.out");
  }
  EXPECT_EQ(search({"| count by source"}), "{\"source\":\"bulk/app\",\"count\":5}\n") << "of the others every file is too much";
  for (const auto& entry : fs::recursive_directory_iterator(folder_ + "/data/segments")) {
    EXPECT_TRUE(entry.is_directory() || entry.path().string().ends_with(".bulk_2fapp.parquet")) << entry.path();
  }
  EXPECT_NE(run({"verify", "--key-file", folder_ + "/key"}), "");
  const std::unique_ptr<Process> again = serve("0");
  EXPECT_NE(Client(address("bulk")).post("/_bulk", "ApiKey " + tokens.at("noisy"), "{\"create\":{\"_index\":\"logs\"}}\n{\"n\":9}\n"), "");
  for (int i = 0; i < kWaits && status().at("records").at("stored").to_number<std::uint64_t>() < 16; ++i) wait_a_little();
  EXPECT_EQ(search({"--count", "source:bulk/*"}), "6\n") << "without the setting all are kept alike";
  EXPECT_EQ(again->end(SIGTERM), 0);
}

TEST_F(Serve, KindsOfEventsHaveLimitsOfTheirOwn) {
  if (!store::duck_available()) GTEST_SKIP() << "skipped: there is no DuckDB (scripts/fetch-duckdb)";
  const std::string token = new_token("app", "bulk");
  const std::unique_ptr<Process> service = serve("0", {"--keep-source", "category:dns_query=1B", "--keep-source", "product:windows=1d"});
  const auto sysmon = [](int id) {
    return R"({"create":{"_index":"logs"}})" "\n" R"({"Channel":"Microsoft-Windows-Sysmon/Operational","Provider_Name":"Microsoft-Windows-Sysmon","EventID":)" + std::to_string(id) + "}\n";
  };
  const std::string other = R"({"create":{"_index":"logs"}})" "\n" R"({"n":1})" "\n";
  EXPECT_NE(Client(address("bulk")).post("/_bulk", "ApiKey " + token, sysmon(22) + other + sysmon(1) + sysmon(22) + other + sysmon(3)), "");
  for (int i = 0; i < kWaits && status().at("records").at("stored").to_number<std::uint64_t>() < 6; ++i) wait_a_little();
  EXPECT_EQ(service->end(SIGTERM), 0) << text("serve.out");
  EXPECT_EQ(search({"--count", "product:windows"}) + search({"--count", "*"}), "2\n4\n") << "of the name look-ups every file is too much";
  std::set<std::string> groups;
  for (const auto& entry : fs::recursive_directory_iterator(folder_ + "/data/segments")) {
    store::Segment segment;
    segment.file = entry.path().filename().string();
    if (entry.is_regular_file()) groups.insert(std::string(store::group_of(segment)));
  }
  EXPECT_EQ(groups, (std::set<std::string>{"", "product_3awindows"}));
}

TEST_F(Serve, RulesRunOverWhatIsStoredAndSearchesAreExported) {
  if (!store::duck_available()) GTEST_SKIP() << "skipped: there is no DuckDB (scripts/fetch-duckdb)";
  const std::string token = new_token("app", "bulk");
  const auto rule = [&](const std::string& name, const std::string& image) {
    std::ofstream(folder_ + "/" + name) << "title: T\nid: 00000000-0000-4000-8000-000000000001\nlogsource: {product: windows, category: process_creation}\n"
                                           "detection:\n  s: {Image|endswith: " + image + "}\n  condition: s\nlevel: high\n";
    return folder_ + "/" + name;
  };
  const std::string wide = rule("wide.yml", "['\\a.exe', '\\b.exe']"), narrow = rule("narrow.yml", "'\\a.exe'");
  const auto event = [](const std::string& image, const std::string& day) {
    return R"({"create":{"_index":"logs"}})" "\n" R"({"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":1,"Computer":"ws-1","Image":"C:\\)" + image +
           R"(","UtcTime":"2026-07-0)" + day + R"( 10:00:00"})" "\n";
  };
  const std::unique_ptr<Process> service = serve("86400");
  EXPECT_NE(Client(address("bulk")).post("/_bulk", "ApiKey " + token, event("a.exe", "1") + event("b.exe", "1") + event("c.exe", "2")), "");
  const auto backtest = [&](std::vector<std::string> arguments, int exit) {
    arguments.insert(arguments.begin(), {"backtest", "--data", folder_ + "/data", "--key-file", folder_ + "/key"});
    Process process(arguments, folder_ + "/out");
    EXPECT_EQ(process.end(0), exit) << arguments.back();
    return text("out");
  };
  EXPECT_NE(backtest({wide, "--rules", narrow}, 0).find(R"("alerts":2,)"), std::string::npos) << text("out");
  EXPECT_NE(text("out").find(R"("in_force":{"alerts":1,"new":{"count":1,"first":["bulk/app:1"]})"), std::string::npos) << text("out");
  (void)backtest({wide, "--rules", narrow, "--max-per-day", "2", "--fail-gone"}, 0);
  (void)backtest({wide, "--rules", narrow, "--max-per-day", "1"}, 1);
  (void)backtest({wide, "--rules", narrow, "--fail-new"}, 1);
  (void)backtest({narrow, "--rules", wide, "--fail-gone"}, 1);
  (void)backtest({wide, "--since", "tomorrow"}, 2);
  (void)backtest({folder_ + "/none.yml"}, 2);
  EXPECT_EQ(service->end(SIGTERM), 0);
  EXPECT_NE(backtest({wide, "--since", "2026-07-01T10:00:00Z", "--until", "2026-07-02T00:00:00Z"}, 0).find(R"("events":2,)"), std::string::npos) << text("out");
  (void)search({"--format", "parquet", "--output", folder_ + "/found.parquet", "process:*exe"});
  EXPECT_TRUE(text("found.parquet").starts_with("PAR1"));
  EXPECT_TRUE(text("found.parquet").ends_with("PAR1"));
  (void)search({"--format", "parquet", "process:*"}, 2);
  (void)search({"--format", "parquet", "--output", folder_, "process:*"}, 2);
  (void)search({"--format", "parquet", "--output", folder_ + "/wrong.parquet", "--sql", "SELECT nothing FROM events"}, 2);
  (void)search({"--format", "csv", "--output", folder_ + "/found.csv", "process:*a.exe | fields process"});
  EXPECT_EQ(text("found.csv"), "process\nC:\\a.exe\n");
  for (const auto& entry : fs::directory_iterator(folder_)) EXPECT_EQ(entry.path().string().find("wrong"), std::string::npos) << entry.path();

  // Events that were found are those of the file that they came from.
  std::string file;
  for (const auto& [image, day] : {std::pair("a.exe", "1"), std::pair("b.exe", "1"), std::pair("c.exe", "2")}) file += event(image, day).substr(event(image, day).find('\n') + 1);
  std::ofstream(folder_ + "/raw.ndjson") << file;
  for (const std::string format : {"ocsf", "ecs"}) {
    const std::string found = search({"| sort time", "--format", format});
    EXPECT_EQ(found, run({"normalize", "--format", format, folder_ + "/raw.ndjson"}, false)) << format;
    EXPECT_EQ(std::ranges::count(found, '\n'), 3) << format;
  }
  (void)search({"| count", "--format", "ocsf"}, 2);

  const std::string coverage = run({"rules", "coverage", "--rules", wide, "--key-file", folder_ + "/key", "--since", "2026-01-01T00:00:00Z"});
  EXPECT_NE(coverage.find("3 stored events"), std::string::npos) << coverage;
  EXPECT_NE(coverage.find("1 loaded, 1 could fire on this data, 1 fired"), std::string::npos) << coverage;

  fs::rename(folder_ + "/key", folder_ + "/hidden");
  (void)backtest({wide}, 3);
  fs::rename(folder_ + "/hidden", folder_ + "/key");
}

TEST_F(Serve, VerifyFindsFlippedBits) {
  if (!store::duck_available()) GTEST_SKIP() << "skipped: there is no DuckDB (scripts/fetch-duckdb)";
  const std::string token = new_token("app", "bulk");
  const std::string body = R"({"create":{"_index":"logs"}})" "\n" R"({"n":1})" "\n";
  for (const char* const store_after : {"0", "86400"}) {
    const std::unique_ptr<Process> service = serve(store_after);
    EXPECT_NE(Client(address("bulk")).post("/_bulk", "ApiKey " + token, body), "");
    EXPECT_EQ(service->end(std::string(store_after) == "0" ? SIGTERM : SIGKILL), std::string(store_after) == "0" ? 0 : -1);
  }
  {
    // What is let go with the next record stays while somebody reads.
    const auto reading = Env::system().share_file(folder_ + "/data/readers");
    const std::unique_ptr<Process> service = serve("86400");
    EXPECT_NE(Client(address("bulk")).post("/_bulk", "ApiKey " + token, body), "");
    EXPECT_EQ(service->end(SIGKILL), -1);
  }
  const auto verify = [&] {
    Process process({"verify", "--data", folder_ + "/data", "--key-file", folder_ + "/key"}, folder_ + "/out");
    return process.end(0);
  };
  EXPECT_EQ(verify(), 0) << text("out");
  EXPECT_NE(text("out").find("good: 1 segments with 1 events"), std::string::npos) << text("out");
  EXPECT_NE(text("out").find("; 2 records in the journal"), std::string::npos) << text("out");
  std::mt19937 random(7);
  int flips = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder_ + "/data")) {
    const std::string extension = entry.path().extension();
    if (extension != ".parquet" && extension != ".journal") continue;
    const std::string good = *Env::system().read_file(entry.path(), 1u << 20);
    for (int i = 0; i < 20; ++i, ++flips) {
      std::string bad = good;
      const std::size_t bit = random() % (good.size() * 8);
      bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
      ASSERT_TRUE(Env::system().write_file(entry.path(), bad));
      EXPECT_EQ(verify(), 3) << entry.path() << " bit " << bit << " of " << good.size() * 8 << "\n" << text("out");
    }
    ASSERT_TRUE(Env::system().write_file(entry.path(), good));
  }
  EXPECT_GE(flips, 40);
  EXPECT_EQ(verify(), 0) << text("out");
}

TEST_F(Serve, ASecondOneOnTheSameDataIsRefused) {
  const std::unique_ptr<Process> service = serve();
  Process second({"serve", "--data", folder_ + "/data", "--key-file", folder_ + "/key", "--bulk", "127.0.0.1:0", "--hec", "127.0.0.1:0",
                  "--syslog", "127.0.0.1:0", "--syslog-tls", "127.0.0.1:0", "--api", "127.0.0.1:0"},
                 folder_ + "/second.out");
  EXPECT_EQ(second.end(0), 2);
}

}  // namespace
}  // namespace tocsin
