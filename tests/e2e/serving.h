// For tests of the whole service: processes of the program, blocking clients on loopback, and a folder with `tocsin serve` on it that goes with
// the test. Waits are generous upper bounds; nothing is judged by how long it took. One thread each.
//
//   class Mine : public Serving {};
//   TEST_F(Mine, TakesARecord) {
//     const std::string token = new_token("app", "bulk");
//     const std::unique_ptr<Process> service = serve();
//     Client(address("bulk")).post("/_bulk", "ApiKey " + token, body);
//     EXPECT_EQ(service->end(SIGTERM), 0) << text("serve.out");
//   }
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/env.h"
#include "store/data_folder.h"
#include "store/duck_api.h"
#include "store/journal_reader.h"

namespace tocsin {

namespace fs = std::filesystem;
namespace json = boost::json;

/// Waiting for another process ends here; nothing is judged by how long it took.
inline constexpr int kWaits = 3000;
/// Of correlations: the title, and the events that they are of.
inline std::set<std::string> correlations_in(const std::string& ndjson) {
  std::set<std::string> found;
  std::istringstream lines(ndjson);
  for (std::string line; std::getline(lines, line);) {
    const json::value alert = json::parse(line);
    if (!alert.as_object().contains("events")) continue;
    std::string text(alert.at("rule").at("title").as_string());
    for (const json::value& event : alert.at("events").as_array()) text += " " + std::to_string(event.at("index").to_number<std::uint64_t>());
    EXPECT_TRUE(found.insert(text).second) << "twice: " << text;
  }
  return found;
}

inline void wait_a_little() { std::this_thread::sleep_for(std::chrono::milliseconds(20)); }

/// A process of the program, or another; killed when this goes.
class Process {
 public:
  /// `output` gets what it prints, `said` what it says on standard error, if it is given.
  Process(const std::vector<std::string>& arguments, const std::string& output, const std::string& said = "", const std::string& program = TOCSIN_PROGRAM) {
    pid_ = ::fork();
    if (pid_ != 0) return;
    ::dup2(::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), 1);
    if (!said.empty()) ::dup2(::open(said.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), 2);
    std::vector<char*> words = {const_cast<char*>(program.c_str())};
    for (const std::string& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
    words.push_back(nullptr);
    ::execv(program.c_str(), words.data());
    ::_exit(127);
  }
  ~Process() { end(SIGKILL); }
  pid_t pid() const { return pid_; }
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

/// Of the process and those that it started, each page by how many share it.
inline std::uint64_t pss_kb(pid_t pid) {
  const std::string process = "/proc/" + std::to_string(pid);
  std::uint64_t all = 0;
  std::ifstream rollup(process + "/smaps_rollup");
  for (std::string line; std::getline(rollup, line);) {
    if (line.starts_with("Pss:")) all += std::stoull(line.substr(4));
  }
  std::error_code gone;
  for (fs::directory_iterator task(process + "/task", gone), end; task != end; task.increment(gone)) {
    std::ifstream children(task->path() / "children");
    for (pid_t child = 0; children >> child;) all += pss_kb(child);
  }
  return all;
}

/// Processes of this name that `above` or one that it started has started, as they call themselves; not what one of them has just forked, which has its name for a moment.
inline std::vector<pid_t> started_by(pid_t above, const std::string& name) {
  std::map<pid_t, pid_t> parents;
  std::vector<pid_t> named, found;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string number = entry.path().filename();
    if (number.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream file(entry.path() / "stat");
    const std::string stat((std::istreambuf_iterator<char>(file)), {});
    const std::size_t open = stat.find('('), close = stat.rfind(')');
    if (close == std::string::npos || stat[close + 2] == 'Z' || stat[close + 2] == 'X') continue;
    const auto pid = static_cast<pid_t>(std::stoi(number));
    parents[pid] = std::stoi(stat.substr(close + 4));
    if (stat.substr(open + 1, close - open - 1) == name) named.push_back(pid);
  }
  for (const pid_t pid : named) {
    if (std::ranges::find(named, parents[pid]) != named.end()) continue;
    pid_t at = pid;
    while (at > 1 && at != above) at = parents[at];
    if (at == above) found.push_back(pid);
  }
  return found;
}

/// A socket of `type`, connected to "127.0.0.1:5514"; from another address of this machine, if one is given. -1 if nobody listens.
inline int connect_to(const std::string& address, int type, const char* from = nullptr) {
  const int socket = ::socket(AF_INET, type | SOCK_CLOEXEC, 0);
  sockaddr_in own{}, to{};
  own.sin_family = to.sin_family = AF_INET;
  if (from != nullptr && (::inet_pton(AF_INET, from, &own.sin_addr) != 1 || ::bind(socket, reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0)) {
    ADD_FAILURE() << "cannot send from " << from;
  }
  const std::size_t colon = address.rfind(':');
  to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1))));
  ::inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) return socket;
  ::close(socket);
  return -1;
}

/// One connection; every function is false once it broke.
class Client {
 public:
  explicit Client(const std::string& address) : socket_(connect_to(address, SOCK_STREAM)), good_(socket_ >= 0) {}
  ~Client() {
    if (socket_ >= 0) ::close(socket_);
  }
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
  bool good_;
};

/// A folder of its own, and `tocsin serve` on it.
class Serving : public testing::Test {
 protected:
  Serving() {
    std::string name = (fs::temp_directory_path() / "tocsin-serve-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  ~Serving() override { fs::remove_all(folder_); }

  std::string text(const std::string& name) { return Env::system().read_file(folder_ + "/" + name, 256u << 20).value_or(""); }
  std::string run(std::vector<std::string> arguments, bool with_data = true, int or_exit = 0) {
    if (with_data) arguments.insert(arguments.end(), {"--data", folder_ + "/data"});
    Process process(arguments, folder_ + "/out");
    const int exit = process.end(0);
    EXPECT_TRUE(exit == 0 || exit == or_exit) << arguments.front() << " exited with " << exit;
    return text("out");
  }
  /// With every port chosen by the system; of an option in `more` the last counts.
  std::unique_ptr<Process> serve(const std::string& store_after = "0", const std::vector<std::string>& more = {}, const std::string& said = "") {
    fs::remove(folder_ + "/ready");
    std::vector<std::string> arguments = {"serve", "--data", folder_ + "/data", "--key-file", folder_ + "/key", "--ready-file", folder_ + "/ready",
                                          "--store-after", store_after};
    for (const char* const port : {"--bulk", "--hec", "--syslog", "--syslog-tls", "--api"}) arguments.insert(arguments.end(), {port, "127.0.0.1:0"});
    arguments.insert(arguments.end(), more.begin(), more.end());
    auto process = std::make_unique<Process>(arguments, folder_ + "/serve.out", said);
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
  /// What the ledger says of a source, once the service is behind nothing.
  struct Ledger {
    std::uint64_t received = 0, stored = 0, refused = 0, dropped = 0;
    bool operator==(const Ledger&) const = default;
  };
  Ledger ledger(std::string_view name) {
    const json::value all = status();
    for (const json::value& source : all.at("sources").as_array()) {
      if (source.at("source").as_string() != name) continue;
      const auto number = [&](const char* key) { return source.at(key).to_number<std::uint64_t>(); };
      return {number("received"), number("stored"), number("refused"), number("dropped")};
    }
    return {};
  }
  /// All records by number, wherever the service has put them; what a search finds, where it can search.
  std::map<std::uint64_t, std::string> stored();
  /// Those that are in no segment yet.
  std::map<std::uint64_t, std::string> journaled();
  json::value status() { return json::parse(run({"status", "--json", "--key-file", folder_ + "/key"})); }

  std::string folder_;
};

/// Of single events, without what differs by where a record stands: id and index, and how a followed file is called.
inline std::multiset<std::string> alerts_in(const std::string& ndjson, bool with_source = true) {
  std::multiset<std::string> alerts;
  std::istringstream lines(ndjson);
  for (std::string line; std::getline(lines, line);) {
    json::object alert = json::parse(line).as_object();
    if (alert.contains("events")) continue;  // of a correlation, which the order of the files decides
    alert.erase("id");
    alert.erase("baseline");  // a scan has no history
    json::object& event = alert.at("event").as_object();
    event.erase("index");
    std::string source(event.at("source").as_string());
    if (source.starts_with("file/")) source = source.substr(4);
    event["source"] = with_source ? source : "";
    alerts.insert(json::serialize(alert));
  }
  return alerts;
}

inline std::map<std::uint64_t, std::string> Serving::stored() {
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

inline std::map<std::uint64_t, std::string> Serving::journaled() {
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

/// Whole, to a port of the service.
inline void send_to(const std::string& address, int type, const std::string& bytes) {
  const int socket = connect_to(address, type);
  EXPECT_EQ(::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  ::close(socket);
}

}  // namespace tocsin
