// What a whole service learns of twelve days of events, and what an alert about an unusual one says of it; the same bytes when it is killed in the midst of them, whether or not that falls before what was learnt is kept; in the words of the policy.
#include <gtest/gtest.h>

#include "serving.h"

namespace tocsin {
namespace {

constexpr const char* kRule =
    "title: Asks who it is\nid: 00000000-0000-4000-8000-000000000001\nlevel: medium\nlogsource:\n  product: windows\n  category: process_creation\ndetection:\n  s:\n    Image|endswith: '\\whoami.exe'\n  condition: s\n";
constexpr int kDays = 12, kADay = 40;

std::string started(int day, int number, const std::string& image) {
  const int minute = number * 10;
  char time[64];
  std::snprintf(time, sizeof time, "2024-03-%02dT%02d:%02d:00.000Z", day + 1, 8 + minute / 60, minute % 60);
  return std::string(R"({"create":{"_index":"logs"}})") + "\n" +
         R"({"Channel":"Microsoft-Windows-Sysmon/Operational","Provider_Name":"Microsoft-Windows-Sysmon","EventID":1,"Computer":"web1.example.org","User":"SHOP\\ann","@timestamp":")" + time +
         R"(","Image":"C:\\Windows\\System32\\)" + image + R"("})" + "\n";
}

class Baseline : public Serving {
 protected:
  Baseline() { EXPECT_TRUE(Env::system().write_file(folder_ + "/rules.yml", kRule)); }
  std::unique_ptr<Process> start(const std::string& more = "--baselines=yes", const std::string& policy = "none") {
    return serve("0", {"--rules", folder_ + "/rules.yml", "--protect", policy, more}, folder_ + "/said");
  }
  void send(const std::string& body, std::uint64_t events) {
    if (token_.empty()) token_ = new_token("app", "bulk");
    EXPECT_NE(Client(address("bulk")).post("/_bulk", "ApiKey " + token_, body), "");
    wait_until_looked_at(sent_ += events);
  }
  void send_day(int day) {
    std::string body;
    for (int i = 0; i < kADay; ++i) body += started(day, i, i % 3 == 0 ? "svchost.exe" : i % 3 == 1 ? "cmd.exe" : "notepad.exe");
    send(body, kADay);
  }
  void send_the_unusual(int day) { send(started(day, 1, "whoami.exe"), 1); }
  std::string alerts() { return run({"alerts", "--format", "ndjson"}); }

  std::string token_;
  std::uint64_t sent_ = 0;
};

/// Of the kind, about the subject; null if there is none.
json::value sign_of(const std::string& alert, const std::string& kind, const std::string& subject) {
  const json::object body = json::parse(alert).as_object();
  if (!body.contains("baseline")) return nullptr;
  for (const json::value& sign : body.at("baseline").as_array()) {
    if (sign.at("kind") == json::value(kind) && sign.at("subject").at("value") == json::value(subject)) return sign;
  }
  return nullptr;
}

TEST_F(Baseline, AnAlertSaysWhatWasNeverSeenBefore) {
  const std::unique_ptr<Process> service = start();
  for (int day = 0; day < kDays; ++day) send_day(day);
  send_the_unusual(kDays);
  const std::string all = alerts();
  const json::value sign = sign_of(all, "first_seen", "web1.example.org");
  ASSERT_FALSE(sign.is_null()) << all;
  EXPECT_EQ(sign.at("field"), "Image");
  EXPECT_EQ(sign.at("value"), "C:\\Windows\\System32\\whoami.exe");
  EXPECT_NEAR(sign.at("days").to_number<double>(), kDays, 0.1);
  EXPECT_FALSE(sign_of(all, "first_seen", "SHOP\\ann").is_null()) << all;
  EXPECT_FALSE(sign_of(all, "first_seen", "").is_null()) << all;
  const std::string id(json::parse(all).at("id").as_string());
  const std::string why = run({"explain", "alert", id, "--key-file", folder_ + "/key"});
  EXPECT_NE(why.find("first_seen: C:\\Windows\\System32\\whoami.exe was never seen as Image anywhere in 12 days"), std::string::npos) << why;
  // Seen once, it is not new any more.
  send_the_unusual(kDays + 1);
  std::istringstream lines(alerts());
  std::string line, newest;
  while (std::getline(lines, line)) newest = line.find("\"index\":481,") != std::string::npos ? line : newest;
  EXPECT_TRUE(newest.empty() || sign_of(newest, "first_seen", "web1.example.org").is_null()) << newest;
  EXPECT_EQ(service->end(SIGTERM), 0) << text("said");
}

TEST_F(Baseline, TheSameWhereverItIsKilled) {
  std::string undisturbed;
  {
    const std::unique_ptr<Process> service = start();
    for (int day = 0; day < kDays; ++day) send_day(day);
    send_the_unusual(kDays);
    undisturbed = alerts();
    EXPECT_EQ(service->end(SIGTERM), 0) << text("said");
  }
  ASSERT_NE(undisturbed.find("first_seen"), std::string::npos) << undisturbed;
  fs::remove_all(folder_ + "/data");
  fs::remove(folder_ + "/key");
  token_.clear();
  sent_ = 0;
  std::unique_ptr<Process> service = start();
  for (int day = 0; day < kDays; ++day) {
    send_day(day);
    if (day % 3 == 2) continue;
    if (day % 3 == 1) {  // long enough for what was learnt to be kept, and for the journal to be let go
      for (int i = 0; i < 150; ++i) wait_a_little();
    }
    service->end(SIGKILL);
    service = start();
  }
  send_the_unusual(kDays);
  EXPECT_EQ(alerts(), undisturbed);
  EXPECT_EQ(service->end(SIGTERM), 0) << text("said");
}

TEST_F(Baseline, UnderAPolicyNothingLeadsBack) {
  const std::unique_ptr<Process> service = start("--baselines=yes", "strict");
  for (int day = 0; day < kDays; ++day) send_day(day);
  send_the_unusual(kDays);
  const std::string all = alerts();
  ASSERT_NE(all.find("\"baseline\":["), std::string::npos) << all;
  const json::value alert = json::parse(all);
  std::string host;
  for (const json::value& entity : alert.at("entities").as_array()) {
    if (entity.at("type") == "host") host = std::string(entity.at("value").as_string());
  }
  EXPECT_FALSE(sign_of(all, "first_seen", host).is_null()) << "the same words for the same host: " << all;
  for (const char* const telling : {"web1.example", "\\\\ann"}) EXPECT_EQ(all.find(telling), std::string::npos) << telling << " in " << all;
  EXPECT_EQ(service->end(SIGTERM), 0) << text("said");
  for (const auto& file : fs::recursive_directory_iterator(folder_ + "/data")) {
    if (!file.is_regular_file()) continue;
    std::ifstream in(file.path(), std::ios::binary);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}).find("web1.example.org"), std::string::npos) << file.path();
  }
}

TEST_F(Baseline, OffItSaysNothingAndKeepsNothing) {
  std::unique_ptr<Process> service = start();
  send_day(0);
  EXPECT_EQ(service->end(SIGTERM), 0) << text("said");
  EXPECT_TRUE(fs::exists(folder_ + "/data/baselines"));
  service = start("--baselines=no");
  EXPECT_FALSE(fs::exists(folder_ + "/data/baselines"));
  for (int day = 1; day < kDays; ++day) send_day(day);
  send_the_unusual(kDays);
  EXPECT_NE(alerts().find("\"id\""), std::string::npos);
  EXPECT_EQ(alerts().find("\"baseline\""), std::string::npos) << alerts();
  EXPECT_EQ(service->end(SIGTERM), 0) << text("said");
}

TEST_F(Baseline, AFileThatDoesNotOpenIsLearntAnew) {
  std::unique_ptr<Process> service = start();
  send_day(0);
  EXPECT_EQ(service->end(SIGTERM), 0) << text("said");
  std::string bytes = text("data/baselines");
  ASSERT_GT(bytes.size(), 40u);
  bytes[bytes.size() / 2] ^= 1;
  EXPECT_TRUE(Env::system().write_file(folder_ + "/data/baselines", bytes));
  service = start();
  EXPECT_NE(run({"status", "--key-file", folder_ + "/key"}, true, 1).find("baselines: does not open"), std::string::npos) << text("out");
  for (int day = 1; day < 4; ++day) send_day(day);
  send_the_unusual(4);
  const json::value sign = sign_of(alerts(), "first_seen", "web1.example.org");
  ASSERT_FALSE(sign.is_null()) << alerts();
  EXPECT_NEAR(sign.at("days").to_number<double>(), 3, 0.1);
  EXPECT_EQ(service->end(SIGTERM), 0) << text("said");
}

}  // namespace
}  // namespace tocsin
