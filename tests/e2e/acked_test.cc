// RELP, Fluent Forward and Lumberjack against the whole service: under clients that send without pause over all three, it is killed (SIGKILL) at any moment, again and again, the whole of
// it or the process that reads the network alone. What was acknowledged is there, byte for byte and once; nothing is there that was not sent; the ledger adds up. TOCSIN_KILLS
// sets how often (5).
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <boost/json.hpp>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "serving.h"

namespace tocsin {
namespace {

/// One connection; every function is false, or gives nothing, once it broke.
class Line {
 public:
  explicit Line(const std::string& address) : socket_(connect_to(address, SOCK_STREAM)), good_(socket_ >= 0) {}
  ~Line() {
    if (socket_ >= 0) ::close(socket_);
  }
  bool send(const std::string& bytes) {
    for (std::size_t at = 0; good_ && at < bytes.size();) {
      const ssize_t put = ::send(socket_, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
      good_ = put > 0;
      if (good_) at += static_cast<std::size_t>(put);
    }
    return good_;
  }
  /// Everything up to `end`.
  std::string until(const std::string& end) {
    while (good_ && !held_.ends_with(end)) {
      char bytes[4096];
      const ssize_t got = ::recv(socket_, bytes, sizeof bytes, 0);
      good_ = got > 0;
      if (good_) held_.append(bytes, static_cast<std::size_t>(got));
    }
    return good_ ? std::exchange(held_, {}) : "";
  }
  bool good() const { return good_; }

 private:
  int socket_;
  bool good_;
  std::string held_;
};

std::string big_endian(std::size_t number) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift);
  return bytes;
}

constexpr const char* kInputs[] = {"relp", "forward", "lumberjack"};

class AckedInputs : public Serving {
 protected:
  std::unique_ptr<Process> serve_all() {
    return serve("0", {"--relp", "127.0.0.1:0", "--forward", "127.0.0.1:0", "--lumberjack", "127.0.0.1:0"});
  }
  std::vector<std::string> some_events(const std::string& input, int count) {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::vector<std::string> events;
    for (int i = 0; i < count; ++i) events.push_back("{\"input\":\"" + input + "\",\"serial\":" + std::to_string(serial_++) + ",\"text\":\"Z\xc3\xbcrich\"}");
    sent_.insert(events.begin(), events.end());
    return events;
  }
  void were_acknowledged(const std::vector<std::string>& events) {
    const std::lock_guard<std::mutex> lock(mutex_);
    acknowledged_.insert(events.begin(), events.end());
    ++answers_;
  }
  void send_relp(const std::atomic<bool>& enough) {
    Line line(address("relp"));
    line.send("1 open 30 relp_version=0\ncommands=syslog\n");
    line.until("commands=syslog\n");
    for (int number = 2; line.good() && !enough;) {
      const std::vector<std::string> events = some_events("relp", 30);
      std::string bytes;
      for (const std::string& event : events) bytes += std::to_string(number++) + " syslog " + std::to_string(event.size()) + " " + event + "\n";
      line.send(bytes);
      if (!line.until("\n" + std::to_string(number - 1) + " rsp 6 200 OK\n").empty()) were_acknowledged(events);
    }
  }
  /// The record of an event is {"input":…,"serial":…,"text":…} again.
  void send_forward(const std::atomic<bool>& enough) {
    Line line(address("forward"));
    for (int number = 0; line.good() && !enough; ++number) {
      const std::vector<std::string> events = some_events("forward", 30);
      std::string entries;
      for (const std::string& event : events) {
        const auto serial = json::parse(event).at("serial").to_number<std::size_t>();
        entries += "\x92\x01\x83\xa5input\xa7" "forward\xa6serial\xce" + big_endian(serial) + "\xa4text\xa7Z\xc3\xbcrich";
      }
      const std::string chunk = std::to_string(1'000'000 + number);
      line.send("\x93\xa3tag\xc6" + big_endian(entries.size()) + entries + "\x81\xa5" "chunk\xa7" + chunk);
      if (!line.until("\x81\xa3" "ack\xa7" + chunk).empty()) were_acknowledged(events);
    }
  }
  void send_lumberjack(const std::atomic<bool>& enough) {
    Line line(address("lumberjack"));
    while (line.good() && !enough) {
      const std::vector<std::string> events = some_events("lumberjack", 30);
      std::string bytes = "2W" + big_endian(events.size());
      for (std::size_t i = 0; i < events.size(); ++i) bytes += "2J" + big_endian(i + 1) + big_endian(events[i].size()) + events[i];
      line.send(bytes);
      if (!line.until("2A" + big_endian(events.size())).empty()) were_acknowledged(events);
    }
  }
  /// All at once, until each has met the end of its connection, or it is enough.
  void send_until_broken(const std::atomic<bool>& enough) {
    std::thread relp([&] { send_relp(enough); }), forward([&] { send_forward(enough); });
    send_lumberjack(enough);
    relp.join();
    forward.join();
  }
  /// So that the kill comes in the middle, however busy the machine is.
  void wait_for_answers(std::uint64_t more, std::uint64_t random_us) {
    const auto answers = [&] {
      const std::lock_guard<std::mutex> lock(mutex_);
      return answers_;
    };
    const std::uint64_t wanted = answers() + more;
    for (int i = 0; i < kWaits && answers() < wanted; ++i) wait_a_little();
    std::this_thread::sleep_for(std::chrono::microseconds(random_us));
  }
  void judge(int kills);

  std::mutex mutex_;  // guards what follows
  std::uint64_t serial_ = 0, answers_ = 0;
  std::set<std::string> sent_, acknowledged_;
};

int kills_wanted() {
  const char* const wanted = std::getenv("TOCSIN_KILLS");
  return wanted == nullptr ? 5 : std::atoi(wanted);
}

void AckedInputs::judge(int kills) {
  const std::unique_ptr<Process> service = serve_all();
  wait_until_looked_at(status().at("records").at("safe").to_number<std::uint64_t>());
  EXPECT_EQ(service->end(SIGTERM), 0) << text("serve.out");
  std::set<std::string> seen;
  std::map<std::string, std::uint64_t> by_input;
  for (const auto& [sequence, raw] : stored()) {
    EXPECT_TRUE(seen.insert(raw).second) << "twice: " << raw;
    EXPECT_TRUE(sent_.contains(raw)) << "never sent: " << raw;
    ++by_input[std::string(json::parse(raw).at("input").as_string())];
  }
  for (const std::string& event : acknowledged_) EXPECT_TRUE(seen.contains(event)) << "lost: " << event;
  for (const char* const input : kInputs) {
    EXPECT_GT(by_input[input], 0u) << input;
    const Ledger counts = ledger(input);
    EXPECT_EQ(counts.stored, by_input[input]) << input;
    EXPECT_EQ(counts.received, counts.stored + counts.refused + counts.dropped) << input;
  }
  std::printf("%d kills: %zu records sent, %zu acknowledged, %zu stored (%llu, %llu, %llu)\n", kills, sent_.size(), acknowledged_.size(), seen.size(), static_cast<unsigned long long>(by_input["relp"]),
              static_cast<unsigned long long>(by_input["forward"]), static_cast<unsigned long long>(by_input["lumberjack"]));
}

TEST_F(AckedInputs, WhatWasAcknowledgedIsThereOnce) {
  const int kills = kills_wanted();
  std::mt19937 random(20261130);
  for (int round = 0; round < kills; ++round) {
    const std::unique_ptr<Process> service = serve_all();
    const std::atomic<bool> enough{false};
    std::thread clients([&] { send_until_broken(enough); });
    wait_for_answers(5, random() % 100'000);
    EXPECT_EQ(service->end(SIGKILL), -1) << text("serve.out");
    clients.join();
  }
  judge(kills);
}

TEST_F(AckedInputs, WhereOnlyWhatReadsTheNetworkIsKilledItGoesOn) {
  const int kills = kills_wanted();
  std::mt19937 random(20261201);
  {
    const std::unique_ptr<Process> service = serve_all();
    for (int round = 0; round < kills; ++round) {
      std::atomic<bool> enough{false};
      std::thread clients([&] { send_until_broken(enough); });
      wait_for_answers(5, random() % 100'000);
      std::vector<pid_t> ingest;
      for (int i = 0; i < kWaits && (ingest = started_by(service->pid(), "tocsin-ingest")).empty(); ++i) wait_a_little();
      ASSERT_EQ(ingest.size(), 1u);
      ::kill(ingest.front(), SIGKILL);
      enough = true;  // a connection that was not accepted yet is the next one's, and does not break
      clients.join();
    }
    EXPECT_EQ(service->end(SIGTERM), 0) << text("serve.out");
  }
  judge(kills);
}

}  // namespace
}  // namespace tocsin
