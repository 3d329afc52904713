// Journal, stream and store together on a disk that fails at any call, or with a bit that flipped anywhere. TOCSIN_FAULTS sets at how many calls of 1 to 500 (25),
// TOCSIN_FLIPS how many bits (150). Skipped where the build found no DuckDB.
#include "store/failing_vfs.h"

#include <cstdlib>
#include <fstream>
#include <random>

#include "pipeline/disk_testing.h"
#include "store/duck_api.h"

namespace tocsin {
namespace {

namespace fs = std::filesystem;

constexpr int kWaits = 6000;
constexpr std::uint64_t kCallsMax = 500;
constexpr std::size_t kBatchRecords = 5;

std::uint64_t wanted(const char* name, std::uint64_t preset) {
  const char* const text = std::getenv(name);
  return text == nullptr ? preset : std::strtoull(text, nullptr, 10);
}

class Disk : public testing::Test {
 protected:
  void SetUp() override {
    if (const Status available = store::duck_available(); !available) GTEST_SKIP() << "skipped: " << available.error().message;
    std::string name = (fs::temp_directory_path() / "tocsin-disk-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    std::istringstream scenario(Env::system().read_file(TOCSIN_SOURCE_DIR "/content/scenarios/intrusion/windows.ndjson", 1u << 20).value_or(""));
    for (std::string line; std::getline(scenario, line);) lines_.push_back(line);
  }
  void TearDown() override {
    if (!folder_.empty()) fs::remove_all(folder_);
  }

  std::vector<std::string> next_batch() {
    std::vector<std::string> records;
    for (std::size_t i = 0; i < kBatchRecords; ++i, ++serial_) records.push_back("{\"serial\":" + std::to_string(serial_) + "," + lines_[serial_ % lines_.size()].substr(1));
    return records;
  }
  void wait_until_looked_at(const DiskPipeline& pipeline) {
    for (int i = 0; i < kWaits && pipeline.looked_at() < pipeline.safe(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_EQ(pipeline.looked_at(), pipeline.safe()) << pipeline.trouble();
  }
  /// Sends batches; what is safe of them is added to `safe`, in order.
  void send(DiskPipeline& pipeline, int batches, std::vector<std::string>& safe) {
    for (int i = 0; i < batches; ++i) {
      const std::vector<std::string> records = next_batch();
      if (pipeline.put(records)) {
        safe.insert(safe.end(), records.begin(), records.end());
      } else {
        refused_.insert(records.begin(), records.end());
      }
    }
  }
  void judge(const std::vector<std::string>& safe, const std::string& where);
  void flip(const fs::path& file, std::uint64_t bit) {
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekg(static_cast<std::streamoff>(bit / 8));
    const char bad = static_cast<char>(bytes.get() ^ (1 << (bit % 8)));
    bytes.seekp(static_cast<std::streamoff>(bit / 8));
    bytes.put(bad);
  }

  std::string folder_;
  std::vector<std::string> lines_;
  std::set<std::string> refused_;
  std::size_t serial_ = 0, alerts_ = 0;
};

/// What was acknowledged is found, in its order, once, with its alerts, and nothing is damaged. What was refused may be there as well, once: it was written, its sync
/// failed, and nothing could be written any more to say that it does not count.
void Disk::judge(const std::vector<std::string>& safe, const std::string& where) {
  for (const std::string& wrong : verify_everything(folder_)) ADD_FAILURE() << where << ": " << wrong;
  const Answers answers = ask_everything(folder_);
  ASSERT_TRUE(answers.searched && answers.listed) << where;
  EXPECT_TRUE(answers.troubles.empty()) << where << ": " << answers.troubles.front();
  // In their order; numbers may have been left out, where a frame was cut short.
  std::map<std::uint64_t, std::string> by_number;
  for (const auto& [id, raw] : answers.rows) by_number.emplace(std::stoull(id.substr(id.rfind(':') + 1)), raw);
  std::vector<std::string> found;
  for (const auto& [number, raw] : by_number) found.push_back(raw);
  std::vector<std::string> acknowledged;
  std::ranges::copy_if(found, std::back_inserter(acknowledged), [&](const std::string& raw) { return !refused_.contains(raw); });
  ASSERT_TRUE(acknowledged == safe) << where << ": " << acknowledged.size() << " of " << safe.size();
  ASSERT_EQ(std::set<std::string>(found.begin(), found.end()).size(), found.size()) << where;
  // The same records without a failure.
  const std::string again = folder_ + "/again";
  fs::create_directory(again);
  {
    DiskPipeline pipeline(Env::system(), again);
    ASSERT_TRUE(pipeline.start({.wait_most = std::chrono::hours(1), .keep = {}, .alerts = {}}));
    for (std::size_t i = 0; i < found.size(); i += kBatchRecords) {
      ASSERT_TRUE(pipeline.put({found.begin() + static_cast<std::ptrdiff_t>(i), found.begin() + static_cast<std::ptrdiff_t>(i + kBatchRecords)}));
    }
    wait_until_looked_at(pipeline);
  }
  // Correlations judge by the clock what is late; the others do not.
  const auto of_rules = [](const std::set<std::string>& alerts) {
    std::set<std::string> single;
    for (const std::string& alert : alerts) {
      if (alert.find("\"events\":[") == std::string::npos) single.insert(alert);
    }
    return single;
  };
  const std::set<std::string> expected = of_rules(ask_everything(again).alerts);
  alerts_ += expected.size();
  if (by_number.empty() || by_number.rbegin()->first + 1 == found.size()) {
    EXPECT_EQ(of_rules(answers.alerts), expected) << where;
  } else {  // ids and indexes are other numbers then
    EXPECT_EQ(of_rules(answers.alerts).size(), expected.size()) << where;
  }
  fs::remove_all(again);
}

TEST_F(Disk, WhateverCallFailsNothingAcknowledgedIsLostAndItGoesOn) {
  const std::uint64_t tries = wanted("TOCSIN_FAULTS", 25);
  std::uint64_t reached = 0, refused_starts = 0, refused = 0;
  for (std::uint64_t i = 0; i < tries; ++i) {
    // Most of what can fail fails early; asked for all of them, it tries each.
    const std::uint64_t call = 1 + (tries >= kCallsMax ? i * kCallsMax / tries : kCallsMax * i * i / (tries * tries)), count = i % 4 < 2 ? 1 : 20;
    const bool of_state = i % 2 == 1;
    const std::string where = (of_state ? "call of the state " : "call ") + std::to_string(call) + " and " + std::to_string(count - 1) + " more";
    FailingEnv env;
    DiskPipeline pipeline(env, folder_);
    std::vector<std::string> safe;
    of_state ? FailingVfs::fail(call, count) : env.fail(call, count);
    if (pipeline.start()) {
      const std::size_t before = serial_;
      send(pipeline, 10 + static_cast<int>(call / 4), safe);
      refused += serial_ - before - safe.size();
    } else {
      ++refused_starts;
    }
    reached += (of_state ? FailingVfs::calls() : env.calls()) >= call ? 1 : 0;
    pipeline.stop();
    FailingVfs::fail(0, 0);
    env.fail(0, 0);
    {
      DiskPipeline next(env, folder_);
      const Status started = next.start();
      ASSERT_TRUE(started) << where << ": " << started.error().message;
      send(next, 2, safe);
      wait_until_looked_at(next);
    }
    EXPECT_GE(safe.size(), 2 * kBatchRecords) << where;
    judge(safe, where);
    fs::remove_all(folder_ + "/data");
  }
  EXPECT_GE(reached, tries / 3);
  EXPECT_GT(alerts_, 0u);
  std::printf("%llu calls, %llu reached; %llu starts and %llu records refused\n", static_cast<unsigned long long>(tries), static_cast<unsigned long long>(reached),
              static_cast<unsigned long long>(refused_starts), static_cast<unsigned long long>(refused));
}

TEST_F(Disk, AFlippedBitAnywhereIsFoundAndNeverServed) {
  // Stored, and stored in a second segment, and in the journal alone; then a kill: the files as they are while it runs.
  const std::string good = folder_ + "/good", bad = folder_ + "/bad";
  std::vector<std::string> safe;
  for (const int batches : {6, 4}) {
    DiskPipeline pipeline(Env::system(), folder_);
    ASSERT_TRUE(pipeline.start());
    send(pipeline, batches, safe);
    wait_until_looked_at(pipeline);
  }
  {
    DiskPipeline pipeline(Env::system(), folder_);
    ASSERT_TRUE(pipeline.start({.wait_most = std::chrono::hours(1), .keep = {}, .alerts = {}}));
    send(pipeline, 5, safe);
    wait_until_looked_at(pipeline);
    for (const std::string& to : {good, bad}) {
      fs::create_directory(to);
      fs::copy(folder_ + "/data", to + "/data", fs::copy_options::recursive);
      fs::copy_file(folder_ + "/key", to + "/key");
    }
  }
  const Answers expected = ask_everything(bad);
  ASSERT_EQ(expected.rows.size(), safe.size());
  ASSERT_TRUE(expected.troubles.empty() && !expected.alerts.empty());
  ASSERT_TRUE(verify_everything(bad).empty()) << verify_everything(bad).front();

  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(good + "/data")) {
    if (entry.is_regular_file() && entry.file_size() > 0 && entry.path().extension() != ".db-shm") files.push_back(fs::relative(entry.path(), good));
  }
  std::mt19937 random(20261129);
  const std::uint64_t flips = wanted("TOCSIN_FLIPS", 150);
  std::map<std::string, std::uint64_t> found, harmless;
  for (std::uint64_t i = 0; i < flips; ++i) {
    const fs::path& file = files[i % files.size()];
    const std::uint64_t bit = random() % (fs::file_size(fs::path(good) / file) * 8);
    fs::remove_all(bad + "/data");
    fs::copy(good + "/data", bad + "/data", fs::copy_options::recursive);
    fs::remove(bad + "/data/state.db-shm");
    flip(fs::path(bad) / file, bit);
    const std::string where = file.string() + " bit " + std::to_string(bit);
    const bool is_named = !verify_everything(bad).empty();
    const Answers answers = ask_everything(bad);
    for (const auto& [id, raw] : answers.rows) EXPECT_TRUE(expected.rows.contains(id) && expected.rows.at(id) == raw) << where << ": " << id;
    const bool whole = answers.rows == expected.rows && answers.searched;
    EXPECT_TRUE(whole || !answers.troubles.empty() || !answers.searched) << where << ": less is found, and nothing said";
    EXPECT_TRUE(!answers.listed || answers.alerts == expected.alerts) << where << ": other alerts";
    EXPECT_TRUE(is_named || (whole && answers.listed)) << where << ": not found";
    ++(is_named ? found : harmless)[file.extension().string()];
  }
  for (const auto& [extension, count] : found) std::printf("%s: %llu found\n", extension.c_str(), static_cast<unsigned long long>(count));
  for (const auto& [extension, count] : harmless) std::printf("%s: %llu harmless\n", extension.c_str(), static_cast<unsigned long long>(count));
  for (const auto& [extension, count] : harmless) EXPECT_TRUE(extension == ".db-wal") << extension << ": only what is left of an older log carries nothing";
  EXPECT_GT(found.size(), 4u);
}

}  // namespace
}  // namespace tocsin
