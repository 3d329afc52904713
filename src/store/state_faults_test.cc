// The state on a disk that fails at any call: what succeeded is there, whole; what failed has left nothing; it goes on when the disk does. TOCSIN_FAULTS sets how
// many calls of 1 to 500 are tried (40).
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "store/failing_vfs.h"
#include "store/state.h"
#include "store/state_check.h"

namespace tocsin {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kCallsMax = 500;

class StateFaults : public testing::Test {
 protected:
  StateFaults() {
    std::string name = (fs::temp_directory_path() / "tocsin-state-faults-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  ~StateFaults() override { fs::remove_all(folder_); }
  std::string path() const { return folder_ + "/state.db"; }

  /// One step of a stream: an alert and the position behind it.
  bool step(State& state, std::uint64_t position) {
    const std::vector<StoredAlert> alerts = {{std::to_string(1'000 + position), position, 1, "rule", "A title", "high", std::string(2'000, 'b')}};
    return state.apply({.alerts = alerts, .sources = {}, .hits = {}, .position = position}).has_value();
  }
  /// Steps from where it stands; as far as it came.
  std::uint64_t steps(std::uint64_t from, std::uint64_t to) {
    const auto state = State::open(path(), State::IfMissing::kMake);
    if (!state) return from;
    for (std::uint64_t position = from + 1; position <= to; ++position) {
      // One that fails is tried again, as the stream does, and may have succeeded nevertheless: alerts are not made twice.
      for (int i = 0; i < 40 && !step(**state, position); ++i) {
      }
      if ((*state)->position().value_or(0) < position) return position - 1;
    }
    return to;
  }

  std::string folder_;
};

TEST_F(StateFaults, NothingThatSucceededIsLostAndItGoesOn) {
  const char* const wanted = std::getenv("TOCSIN_FAULTS");
  const std::uint64_t tries = wanted == nullptr ? 40 : std::strtoull(wanted, nullptr, 10);
  std::uint64_t failed = 0;
  for (std::uint64_t i = 0; i < tries; ++i) {
    const std::uint64_t call = 1 + i * kCallsMax / tries;
    for (const char* const ending : {"", "-wal", "-shm", "-mark"}) fs::remove(path() + ending);
    ASSERT_EQ(steps(0, 3), 3u);
    FailingVfs::fail(call, i % 2 == 0 ? 1 : 20);
    const std::uint64_t reached = steps(3, 40);
    failed += FailingVfs::calls() >= call ? 1 : 0;
    FailingVfs::fail(0, 0);
    const Result<std::vector<std::string>> damage = state_damage(Env::system(), path());
    ASSERT_TRUE(damage);
    EXPECT_TRUE(damage->empty()) << "call " << call << ": " << damage->front();
    const auto state = State::open(path(), State::IfMissing::kMake);
    ASSERT_TRUE(state) << "call " << call << ": " << state.error().message;
    const std::uint64_t position = (*state)->position().value_or(0);
    EXPECT_GE(position, reached) << "call " << call;
    EXPECT_EQ((*state)->alert_count().value_or(0), position) << "call " << call;
    EXPECT_TRUE(step(**state, position + 1)) << "call " << call;
    const Result<std::vector<std::string>> mistakes = (*state)->check(Env::system());
    ASSERT_TRUE(mistakes) << mistakes.error().message;
    EXPECT_TRUE(mistakes->empty()) << "call " << call << ": " << mistakes->front();
  }
  EXPECT_GT(failed, tries / 4);
}

}  // namespace
}  // namespace tocsin
