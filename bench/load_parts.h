// What bench_load and bench_overload have in common: events with times and numbers of their own, a sender of _bulk batches with an event in each that
// has to make an alert, who waits for these alerts, and what the service costs meanwhile. Each program includes it once.
#pragma once

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/json.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>
#include <thread>
#include <vector>

#include "base/env.h"
#include "base/time.h"
#include "store/state.h"

namespace tocsin {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kBatch = 500;

double seconds_since(Clock::time_point from) { return std::chrono::duration<double>(Clock::now() - from).count(); }

/// An event in pieces, between which a time or a number is put.
struct Template {
  enum class Gap : std::uint8_t { kTime, kPlainTime, kNumber };
  std::vector<std::string> pieces;  // one more than gaps
  std::vector<Gap> gaps;
};

Template make_template(const std::string& line) {
  struct Found {
    std::size_t at, size;
    Template::Gap gap;
  };
  std::vector<Found> found;
  const auto find = [&](const std::string& key, Template::Gap gap, const char* end) {
    const std::size_t at = line.find(key);
    if (at == std::string::npos) return;
    const std::size_t from = at + key.size();
    found.push_back({from, line.find_first_of(end, from) - from, gap});
  };
  find("\"@timestamp\":\"", Template::Gap::kTime, "\"");
  find("\"EventTime\":\"", Template::Gap::kPlainTime, "\"");
  find("\"UtcTime\":\"", Template::Gap::kPlainTime, "\"");
  find("\"RecordNumber\":", Template::Gap::kNumber, ",}");
  std::ranges::sort(found, {}, &Found::at);
  Template made;
  std::size_t at = 0;
  for (const Found& gap : found) {
    made.pieces.push_back(line.substr(at, gap.at - at));
    made.gaps.push_back(gap.gap);
    at = gap.at + gap.size;
  }
  made.pieces.push_back(line.substr(at));
  return made;
}

void append_event(std::string& out, const Template& event, const std::string& time, std::uint64_t number) {
  for (std::size_t i = 0; i < event.gaps.size(); ++i) {
    out += event.pieces[i];
    switch (event.gaps[i]) {
      case Template::Gap::kTime: out += time; break;
      case Template::Gap::kPlainTime: out.append(time, 0, 10).append(" ").append(time, 11, 12); break;
      case Template::Gap::kNumber: out += std::to_string(number); break;
    }
  }
  out += event.pieces.back();
  out += '\n';
}

/// Shared by senders and the watcher.
struct Figures {
  std::mutex mutex;
  std::map<std::uint64_t, Clock::time_point> markers;  // sent and not seen yet
  std::vector<double> answers, alerts;                 // seconds
  std::atomic<std::uint64_t> sent{0}, bytes{0}, taken{0}, refused{0}, failed{0}, next_marker{0}, number{0};
  std::atomic<std::uint64_t> lines{0};  // sent as syslog, which nobody answers
};

/// A connection to a port of this machine; -1 if there is none.
int connect_to(std::uint16_t port, int type = SOCK_STREAM) {
  const int socket = ::socket(AF_INET, type | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) return socket;
  ::close(socket);
  return -1;
}

bool put(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t size = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (size <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
  return true;
}

/// "" if the connection broke.
std::string answer_of(int socket) {
  std::string answer;
  for (std::size_t wanted = SIZE_MAX; answer.size() < wanted;) {
    char buffer[65536];
    const ssize_t size = ::recv(socket, buffer, sizeof buffer, 0);
    if (size <= 0) return "";
    answer.append(buffer, static_cast<std::size_t>(size));
    const std::size_t head = answer.find("\r\n\r\n"), length = answer.find("Content-Length: ");
    if (head != std::string::npos && length < head) wanted = head + 4 + std::stoul(answer.substr(length + 16));
  }
  return answer;
}

class Sender {
 public:
  Sender(std::uint16_t port, std::string token, const std::vector<Template>& events, std::size_t begin, Figures& figures)
      : port_(port), token_(std::move(token)), events_(events), at_(begin % events.size()), figures_(figures) {}

  void run(Clock::time_point until, double batches_per_second) {
    socket_ = connect_to(port_);
    const Clock::time_point start = Clock::now();
    for (std::uint64_t batch = 0; Clock::now() < until && socket_ >= 0; ++batch) {
      if (batches_per_second > 0) {
        std::this_thread::sleep_until(start + std::chrono::duration_cast<Clock::duration>(
                                                  std::chrono::duration<double>(static_cast<double>(batch) / batches_per_second)));
      }
      send_batch();
    }
    if (socket_ >= 0) ::close(socket_);
  }

 private:
  void drop() {
    ::close(socket_);
    socket_ = -1;
  }

  void make_body() {
    body_.clear();
    std::string time = format_time(Env::system().now_us());
    time = time.substr(0, 23) + "Z";
    for (std::size_t i = 0; i < kBatch - 1; ++i, at_ = (at_ + 1) % events_.size()) {
      body_ += "{\"create\":{\"_index\":\"logs\"}}\n";
      append_event(body_, events_[at_], time, ++figures_.number);
    }
    const std::uint64_t marker = ++figures_.next_marker;
    body_ += "{\"create\":{\"_index\":\"logs\"}}\n";
    body_ += fmt::format(R"({{"@timestamp":"{}","EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational","Image":"C:\\Windows\\System32\\whoami.exe",)"
                         R"("OriginalFileName":"whoami.exe","CommandLine":"whoami.exe /priv","User":"marker-{}"}})", time, marker);
    body_ += '\n';
    const std::lock_guard<std::mutex> lock(figures_.mutex);
    figures_.markers[marker] = Clock::now();
  }

  void send_batch() {
    make_body();
    const Clock::time_point start = Clock::now();
    const std::string head = fmt::format("POST /_bulk HTTP/1.1\r\nHost: l\r\nAuthorization: ApiKey {}\r\nContent-Type: application/x-ndjson\r\n"
                                         "Content-Length: {}\r\n\r\n", token_, body_.size());
    figures_.sent += kBatch;
    figures_.bytes += body_.size();
    if (!put(socket_, head) || !put(socket_, body_) || !read_answer()) {
      figures_.failed += kBatch;
      return drop();
    }
    const auto count = [&](std::string_view what) {
      std::uint64_t n = 0;
      for (std::size_t at = answer_.find(what); at != std::string::npos; at = answer_.find(what, at + 1)) ++n;
      return n;
    };
    figures_.taken += count("\"status\":201");
    figures_.refused += count("\"status\":429");
    const std::lock_guard<std::mutex> lock(figures_.mutex);
    figures_.answers.push_back(seconds_since(start));
  }

  bool read_answer() {
    answer_ = answer_of(socket_);
    return !answer_.empty();
  }

  const std::uint16_t port_;
  const std::string token_;
  const std::vector<Template>& events_;
  std::size_t at_;
  Figures& figures_;
  int socket_ = -1;
  std::string body_, answer_;
};

/// Looks for the alerts of markers until there are none left to wait for.
void watch_alerts(const std::string& state_path, Figures& figures, const std::atomic<bool>& ended) {
  const Result<std::unique_ptr<State>> state = State::open(state_path, State::IfMissing::kFail);
  if (!state) return;
  for (int idle = 0; idle < 100; idle = ended ? idle + 1 : 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const Result<std::vector<StoredAlert>> newest = (*state)->alerts({.limit = 2'000});
    if (!newest) continue;
    const std::lock_guard<std::mutex> lock(figures.mutex);
    for (const StoredAlert& alert : *newest) {
      const std::size_t at = alert.body.find("\"marker-");
      if (at == std::string::npos) continue;
      const auto marker = figures.markers.find(std::stoull(alert.body.substr(at + 8)));
      if (marker == figures.markers.end()) continue;
      figures.alerts.push_back(seconds_since(marker->second));
      figures.markers.erase(marker);
    }
  }
}

/// The process and all that it has started.
std::vector<pid_t> family_of(pid_t pid) {
  std::multimap<pid_t, pid_t> children;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream stat(entry.path() / "stat");
    std::string text;
    std::getline(stat, text);
    const std::size_t behind = text.rfind(')');
    if (behind != std::string::npos) children.emplace(std::stoi(text.substr(behind + 4)), std::stoi(name));
  }
  std::vector<pid_t> family = {pid};
  for (std::size_t i = 0; i < family.size(); ++i) {
    const auto [from, to] = children.equal_range(family[i]);
    for (auto child = from; child != to; ++child) family.push_back(child->second);
  }
  return family;
}

/// What the service costs at a moment, all of its processes together.
struct Cost {
  std::uint64_t pss_kb = 0, descriptors = 0;
  std::uint64_t own_kb = 0;  // of the PSS what belongs to no file: that of files depends on who else has them open
  double cpu_seconds = 0;
};

double cpu_seconds(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(stat, text);
  if (text.rfind(')') == std::string::npos) return 0;
  std::istringstream fields(text.substr(text.rfind(')') + 2));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

Cost cost_of(pid_t service) {
  Cost cost;
  for (const pid_t pid : family_of(service)) {
    std::ifstream rollup("/proc/" + std::to_string(pid) + "/smaps_rollup");
    for (std::string line; std::getline(rollup, line);) {
      if (line.starts_with("Pss:")) cost.pss_kb += std::stoull(line.substr(4));
      if (line.starts_with("Pss_Anon:")) cost.own_kb += std::stoull(line.substr(9));
    }
    std::error_code ignored;
    for (fs::directory_iterator at("/proc/" + std::to_string(pid) + "/fd", ignored), end; at != end; at.increment(ignored)) ++cost.descriptors;
    cost.cpu_seconds += cpu_seconds(pid);
  }
  return cost;
}

double at_part(std::vector<double> values, double part) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  return values[static_cast<std::size_t>(part * static_cast<double>(values.size() - 1))];
}

/// How much `values` grow with each step, by least squares.
double slope_of(const std::vector<double>& values) {
  const auto count = static_cast<double>(values.size());
  if (count < 2) return 0;
  double x_mean = (count - 1) / 2, y_mean = 0, above = 0, below = 0;
  for (const double value : values) y_mean += value / count;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double x = static_cast<double>(i) - x_mean;
    above += x * (values[i] - y_mean);
    below += x * x;
  }
  return above / below;
}

struct Plan {
  std::string program, folder, rules;
  double seconds = 10, rate = 0;
  int connections = 2;
};

std::string output_of(const std::string& command) {
  std::string text;
  std::FILE* const pipe = ::popen(command.c_str(), "r");
  char buffer[4096];
  while (pipe != nullptr && std::fgets(buffer, sizeof buffer, pipe) != nullptr) text += buffer;
  if (pipe != nullptr) ::pclose(pipe);
  return text;
}

pid_t start_service(const Plan& plan) {
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  ::execl(plan.program.c_str(), plan.program.c_str(), "serve", "--data", (plan.folder + "/data").c_str(), "--key-file", (plan.folder + "/key").c_str(),
          "--rules", plan.rules.c_str(), "--bulk", "127.0.0.1:0", "--hec", "127.0.0.1:0", "--syslog", "127.0.0.1:0", "--syslog-tls", "127.0.0.1:0", "--api", "127.0.0.1:0", "--ready-file",
          (plan.folder + "/ready").c_str(), static_cast<char*>(nullptr));
  ::_exit(127);
}

/// The addresses in use, by input; empty if the service does not start.
std::map<std::string, std::uint16_t> wait_for_ports(const Plan& plan) {
  std::map<std::string, std::uint16_t> ports;
  for (int i = 0; i < 3'000 && ports.empty(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const std::string ready = Env::system().read_file(plan.folder + "/ready", 1 << 16).value_or("");
    if (!ready.ends_with("\n")) continue;
    const boost::json::value told = boost::json::parse(ready);
    for (const auto& [input, address] : told.at("addresses").as_object()) {
      const std::string text(address.as_string());
      ports[input] = static_cast<std::uint16_t>(std::stoi(text.substr(text.rfind(':') + 1)));
    }
  }
  return ports;
}

std::string new_token(const Plan& plan, const std::string& name, const std::string& input) {
  std::string token = output_of(plan.program + " sender add " + name + " --input " + input + " --data " + plan.folder + "/data");
  while (token.ends_with('\n')) token.pop_back();
  return token;
}

std::vector<Template> read_events(const std::vector<std::string>& files) {
  std::vector<Template> events;
  for (const std::string& file : files) {
    std::ifstream lines(file);
    for (std::string line; std::getline(lines, line);) {
      if (!line.empty()) events.push_back(make_template(line));
    }
  }
  return events;
}

boost::json::value status_of(const Plan& plan) {
  return boost::json::parse(output_of(plan.program + " status --json --data " + plan.folder + "/data --key-file " + plan.folder + "/key"));
}

}  // namespace
}  // namespace tocsin
