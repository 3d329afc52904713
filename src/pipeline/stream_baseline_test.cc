// What the stream learns of events over ends that nobody saw coming: whatever of the data folder was safe when the service was killed, alerts that come later are the same bytes. A kill is the folder as it was in the midst of
// it, put in place of what an orderly end made of it.
#include "pipeline/disk_testing.h"

#include <fmt/format.h>

#include "store/duck_api.h"

namespace tocsin {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRule =
    "title: Asks who it is\nid: 00000000-0000-4000-8000-000000000001\nlevel: medium\nlogsource:\n  product: windows\n  category: process_creation\ndetection:\n  s:\n    Image|endswith: '\\whoami.exe'\n  condition: s\n";
constexpr int kDays = 12, kADay = 40, kWaits = 6'000;

std::string started(int day, int number, const std::string& image) {
  const int minute = number * 10;
  return fmt::format(R"({{"Channel":"Microsoft-Windows-Sysmon/Operational","Provider_Name":"Microsoft-Windows-Sysmon","EventID":1,"Computer":"web1","User":"SHOP\\ann","@timestamp":"2024-03-{:02}T{:02}:{:02}:00.000Z","Image":"C:\\Windows\\{}"}})", day + 1,
                     8 + minute / 60, minute % 60, image);
}

class StreamBaseline : public ::testing::Test {
 protected:
  StreamBaseline() {
    std::string name = (fs::temp_directory_path() / "tocsin-baseline-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~StreamBaseline() override {
    pipeline_.reset();
    fs::remove_all(folder_);
  }
  void start() {
    pipeline_ = std::make_unique<DiskPipeline>(Env::system(), folder_);
    pipeline_->ask(kRule, true);
    const Status started = pipeline_->start();
    ASSERT_TRUE(started) << started.error().message;
  }
  void put(const std::vector<std::string>& records) {
    ASSERT_TRUE(pipeline_->put(records));
    for (int i = 0; i < kWaits && pipeline_->looked_at() < pipeline_->safe(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    ASSERT_EQ(pipeline_->looked_at(), pipeline_->safe());
  }
  void put_day(int day, bool has_unusual) {
    std::vector<std::string> records;
    for (int i = 0; i < kADay; ++i) records.push_back(started(day, i, i % 3 == 0 ? "svchost.exe" : i % 3 == 1 ? "cmd.exe" : "notepad.exe"));
    if (has_unusual) records[kADay / 2] = started(day, kADay / 2, fmt::format(R"(day{}\\whoami.exe)", day));
    put(records);
  }
  void kill() {
    fs::copy(folder_ + "/data", folder_ + "/then", fs::copy_options::recursive | fs::copy_options::skip_symlinks);
    pipeline_.reset();
    fs::remove_all(folder_ + "/data");
    fs::rename(folder_ + "/then", folder_ + "/data");
  }
  std::uint64_t kept() {
    const std::string bytes = pipeline_->tokens().unsealed(Env::system().read_file(folder_ + "/data/baselines", 64u << 20).value_or(""));
    return bytes.size() < 8 ? UINT64_MAX : number_at<std::uint64_t>(bytes, 0);
  }
  std::vector<std::string> bodies() {
    std::vector<std::string> all;
    const Result<std::vector<StoredAlert>> alerts = pipeline_->state().alerts_added_after(0, 1'000, 0);
    EXPECT_TRUE(alerts);
    for (const StoredAlert& alert : *alerts) all.push_back(alert.body);
    return all;
  }

  std::string folder_;
  std::unique_ptr<DiskPipeline> pipeline_;
};

TEST_F(StreamBaseline, WhatWasNeverSeenIsSaid) {
  start();
  for (int day = 0; day < kDays; ++day) put_day(day, false);
  put({started(kDays, 0, "whoami.exe"), started(kDays, 1, "whoami.exe")});
  const std::vector<std::string> all = bodies();
  ASSERT_EQ(all.size(), 2u);
  for (const char* const subject : {R"({"type":"host","value":"web1"})", R"({"type":"user","value":"SHOP\\ann"})", R"({"type":"fleet","value":""})"}) {
    const std::string sign = R"({"kind":"first_seen","subject":)" + std::string(subject) + R"(,"field":"Image","value":"C:\\Windows\\whoami.exe",)";
    EXPECT_NE(all[0].find(sign), std::string::npos) << sign << " in " << all[0];
    EXPECT_EQ(all[1].find(sign), std::string::npos) << "it was seen by now: " << all[1];
  }
  EXPECT_NE(all[0].find(R"("days":12}])"), std::string::npos) << all[0];
}

TEST_F(StreamBaseline, TheSameBytesWhereverItIsKilled) {
  start();
  for (int day = 0; day < kDays; ++day) put_day(day, day == 7 || day == 8 || day == 11);
  const std::vector<std::string> undisturbed = bodies();
  pipeline_.reset();
  ASSERT_EQ(undisturbed.size(), 3u);
  for (const std::string& body : undisturbed) EXPECT_NE(body.find("first_seen"), std::string::npos) << body;
  fs::remove_all(folder_ + "/data");
  start();
  std::size_t behind = 0;
  for (int day = 0; day < kDays; ++day) {
    put_day(day, day == 7 || day == 8 || day == 11);
    if (day % 3 == 2) {  // what was learnt is kept when it is due, a second or two later; the journal may go up to there
      for (int i = 0; i < kWaits && kept() != pipeline_->looked_at(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
      EXPECT_EQ(kept(), pipeline_->looked_at());
    }
    behind += kept() < pipeline_->looked_at();
    if (store::duck_available()) (void)pipeline_->store_now();
    kill();
    start();
  }
  EXPECT_GT(behind, 3u) << "what was learnt was always kept in time: nothing had to be learnt again";
  const std::vector<std::string> disturbed = bodies();
  ASSERT_EQ(disturbed.size(), undisturbed.size());
  for (std::size_t i = 0; i < disturbed.size(); ++i) EXPECT_EQ(disturbed[i], undisturbed[i]);
}

}  // namespace
}  // namespace tocsin
