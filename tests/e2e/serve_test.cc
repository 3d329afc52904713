// The service as a process of its own, with clients on loopback. Under one that sends without pause it is killed (SIGKILL) at any moment, again
// and again: what was acknowledged is there, once; every record that is there has exactly the alerts that a scan gives for it,
// once; the ledger adds up. The store writes without pause too, so it is killed at any of its steps; what a search finds is what is judged. TOCSIN_KILLS
// sets how often (5).
#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <thread>

#include "base/env.h"
#include "store/data_folder.h"
#include "store/duck_api.h"
#include "store/journal_reader.h"

namespace tocsin {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

/// Waiting for another process ends here; nothing is judged by how long it took.
constexpr int kWaits = 3000;
void wait_a_little() { std::this_thread::sleep_for(std::chrono::milliseconds(20)); }

/// A process of the program; killed when this goes.
class Process {
 public:
  Process(const std::vector<std::string>& arguments, const std::string& output) {
    pid_ = ::fork();
    if (pid_ != 0) return;
    const int file = ::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::dup2(file, 1);
    std::vector<char*> words = {const_cast<char*>(TOCSIN_PROGRAM)};
    for (const std::string& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
    words.push_back(nullptr);
    ::execv(TOCSIN_PROGRAM, words.data());
    ::_exit(127);
  }
  ~Process() { end(SIGKILL); }
  /// What it exited with; -1 if by a signal.
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

/// One connection; every function is false once it broke.
class Client {
 public:
  explicit Client(const std::string& address) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const std::size_t colon = address.rfind(':');
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1))));
    ::inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr);
    good_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
  }
  ~Client() { ::close(socket_); }
  /// The body of the answer, "" unless it is a 200.
  std::string post(const std::string& path, const std::string& authorization, const std::string& body) {
    const std::string request = "POST " + path + " HTTP/1.1\r\nHost: t\r\nAuthorization: " + authorization +
                                "\r\nContent-Type: application/x-ndjson\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    for (std::size_t at = 0; good_ && at < request.size();) {
      const ssize_t put = ::send(socket_, request.data() + at, request.size() - at, MSG_NOSIGNAL);
      good_ = put > 0;
      if (good_) at += static_cast<std::size_t>(put);
    }
    std::string answer;
    const auto wanted = [&]() -> std::size_t {
      const std::size_t head = answer.find("\r\n\r\n"), length = answer.find("Content-Length: ");
      return head == std::string::npos || length > head ? SIZE_MAX : head + 4 + std::stoul(answer.substr(length + 16));
    };
    while (good_ && answer.size() < wanted()) {
      char buffer[65536];
      const ssize_t got = ::recv(socket_, buffer, sizeof buffer, 0);
      good_ = got > 0;
      if (good_) answer.append(buffer, static_cast<std::size_t>(got));
    }
    return good_ && answer.starts_with("HTTP/1.1 200") ? answer.substr(answer.find("\r\n\r\n") + 4) : "";
  }
  bool good() const { return good_; }

 private:
  int socket_;
  bool good_ = false;
};

class Serve : public testing::Test {
 protected:
  Serve() {
    std::string name = (fs::temp_directory_path() / "tocsin-serve-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  ~Serve() override { fs::remove_all(folder_); }

  std::string text(const std::string& name) { return Env::system().read_file(folder_ + "/" + name, 256u << 20).value_or(""); }
  std::string run(std::vector<std::string> arguments, bool with_data = true) {
    if (with_data) arguments.insert(arguments.end(), {"--data", folder_ + "/data"});
    Process process(arguments, folder_ + "/out");
    EXPECT_EQ(process.end(0), 0) << arguments.front();
    return text("out");
  }
  std::unique_ptr<Process> serve(const std::string& store_after = "0", const std::string& keep_bytes = "0") {
    fs::remove(folder_ + "/ready");
    auto process = std::make_unique<Process>(
        std::vector<std::string>{"serve", "--data", folder_ + "/data", "--key-file", folder_ + "/key", "--bulk", "127.0.0.1:0", "--hec",
                                 "127.0.0.1:0", "--syslog", "127.0.0.1:0", "--store-after", store_after, "--keep-bytes", keep_bytes, "--ready-file", folder_ + "/ready"},
        folder_ + "/serve.out");
    for (int i = 0; i < kWaits && !text("ready").ends_with("\n"); ++i) wait_a_little();
    return process;
  }
  std::string address(std::string_view input) { return std::string(json::parse(text("ready")).at("addresses").at(input).as_string()); }
  std::string new_token(const std::string& name, const std::string& input) {
    std::string token = run({"sender", "add", name, "--input", input});
    token.pop_back();  // the line feed
    return token;
  }
  void wait_until_looked_at(std::uint64_t records) {
    const auto done = [&] { return status().at("records").at("looked_at").to_number<std::uint64_t>() >= records; };
    for (int i = 0; i < kWaits && !done(); ++i) wait_a_little();
  }
  /// Its output, and what it exits with.
  std::string search(std::vector<std::string> arguments, int exit = 0) {
    arguments.insert(arguments.begin(), {"search", "--data", folder_ + "/data", "--key-file", folder_ + "/key"});
    Process process(arguments, folder_ + "/out");
    EXPECT_EQ(process.end(0), exit) << arguments.back();
    return text("out");
  }
  json::value status() { return json::parse(run({"status", "--json", "--key-file", folder_ + "/key"})); }
  void send_until_broken(const std::string& token, const std::vector<std::string>& lines);
  std::map<std::uint64_t, std::string> stored();
  std::map<std::uint64_t, std::string> journaled();

  std::string folder_;
  std::uint64_t serial_ = 0;
  std::set<std::string> sent_, acknowledged_;
};

/// Requests of a few events, each made one of its kind by a number.
void Serve::send_until_broken(const std::string& token, const std::vector<std::string>& lines) {
  Client client(address("bulk"));
  while (client.good()) {
    std::string body;
    std::vector<std::string> events;
    for (int i = 0; i < 40; ++i) {
      const std::string& line = lines[serial_ % lines.size()];
      events.push_back("{\"serial\":" + std::to_string(serial_++) + "," + line.substr(1));
      body += "{\"create\":{\"_index\":\"logs\"}}\n" + events.back() + "\n";
    }
    sent_.insert(events.begin(), events.end());
    const std::string answer = client.post("/_bulk", "ApiKey " + token, body);
    if (answer.find("\"errors\":false") != std::string::npos) acknowledged_.insert(events.begin(), events.end());
  }
}

/// By the search, which asks segments and journal; by the journal alone where there is no DuckDB.
std::map<std::uint64_t, std::string> Serve::stored() {
  if (!store::duck_available()) return journaled();
  std::map<std::uint64_t, std::string> all;
  (void)search({"--output", folder_ + "/rows", "| fields id, raw"});
  std::ifstream rows(folder_ + "/rows");
  for (std::string line; std::getline(rows, line);) {
    const json::value row = json::parse(line);
    const std::string id(row.at("id").as_string());
    EXPECT_TRUE(all.emplace(std::stoull(id.substr(id.rfind(':') + 1)), std::string(row.at("raw").as_string())).second) << "twice: " << id;
  }
  return all;
}

std::map<std::uint64_t, std::string> Serve::journaled() {
  struct Records : journal::PayloadVisitor {
    void record(journal::Sequence sequence, const journal::Record& record) override { all[sequence] = record.raw; }
    void source(journal::SourceId, std::string_view) override {}
    void counts(journal::SourceId, const journal::Counts&, bool) override {}
    void end() override {}
    std::map<std::uint64_t, std::string> all;
  } records;
  const Result<SealKeys> key = read_key(Env::system(), folder_ + "/key");
  EXPECT_TRUE(key);
  Seal master(*key);
  Result<journal::Reader> reader = journal::Reader::open(Env::system(), folder_ + "/data/journal", master, 0);
  EXPECT_TRUE(reader);
  while (reader->next(UINT64_MAX, records).value_or(false)) {
  }
  return records.all;
}

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

TEST_F(Serve, WhatWasAcknowledgedIsThereOnceWithItsAlerts) {
  const char* const wanted = std::getenv("TOCSIN_KILLS");
  const int kills = wanted == nullptr ? 5 : std::atoi(wanted);
  std::vector<std::string> lines;
  std::istringstream scenario(*Env::system().read_file(TOCSIN_SOURCE_DIR "/content/scenarios/intrusion/windows.ndjson", 1u << 20));
  for (std::string line; std::getline(scenario, line);) lines.push_back(line);
  const std::string token = new_token("client", "bulk");

  std::mt19937 random(20261124);
  for (int round = 0; round < kills; ++round) {
    const std::unique_ptr<Process> service = serve();
    std::thread client([&] { send_until_broken(token, lines); });
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 300'000));
    EXPECT_EQ(service->end(SIGKILL), -1) << text("serve.out");
    client.join();
  }
  {
    const std::unique_ptr<Process> service = serve();
    wait_until_looked_at(status().at("records").at("safe").to_number<std::uint64_t>());
    EXPECT_EQ(service->end(SIGTERM), 0) << text("serve.out");
  }

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

  const json::value source = status().at("sources").as_array().at(0);
  EXPECT_EQ(source.at("stored").to_number<std::uint64_t>(), records.size());
  EXPECT_EQ(source.at("received").to_number<std::uint64_t>(),
            source.at("stored").to_number<std::uint64_t>() + source.at("refused").to_number<std::uint64_t>());
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

/// "rule: index index …" of each alert of a correlation, as sorted lines.
std::set<std::string> correlations_in(const std::string& ndjson) {
  std::set<std::string> alerts;
  std::istringstream lines(ndjson);
  for (std::string line; std::getline(lines, line);) {
    const json::value alert = json::parse(line);
    if (!alert.as_object().contains("events")) continue;
    std::string text(alert.at("rule").at("id").as_string());
    for (const json::value& event : alert.at("events").as_array()) text += " " + std::to_string(event.at("index").to_number<std::uint64_t>());
    EXPECT_TRUE(alerts.insert(text).second) << "twice: " << text;
  }
  return alerts;
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

TEST_F(Serve, TheOldestGoesWhereThereIsTooMuch) {
  if (!store::duck_available()) GTEST_SKIP() << "skipped: there is no DuckDB (scripts/fetch-duckdb)";
  const std::string token = new_token("app", "bulk");
  const std::unique_ptr<Process> service = serve("0", "8KB");  // a segment of one event has 2.6
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
                  "--syslog", "127.0.0.1:0"},
                 folder_ + "/second.out");
  EXPECT_EQ(second.end(0), 2);
}

}  // namespace
}  // namespace tocsin
