// What was learnt of hosts over a restart: sealed, not written too often, forgotten after its time, and never in the way of a start.
#include "pipeline/host_memory.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/memory_env.h"

namespace tocsin {
namespace {

using enrich::HostTable;

class HostMemoryTest : public ::testing::Test {
 protected:
  HostMemoryTest() {
    std::string name = (std::filesystem::temp_directory_path() / "tocsin-hosts-XXXXXX").string();
    data_.path = ::mkdtemp(name.data());
    Seal master(*read_or_make_key(Env::system(), data_.path + "/key"));
    vault_ = std::move(*TokenVault::open(Env::system(), data_, master, TokenVault::Use::kWrite));
    env_.add_folder("data");
    env_.set_now_us(kStart);
  }
  ~HostMemoryTest() override { std::filesystem::remove_all(data_.path); }

  static void learn(HostTable& hosts, const char* address, const char* host, TimeUs time) { hosts.learn({*read_ip(address), host, time, HostTable::Kind::kDhcp, "syslog/gw"}); }
  std::string host_of(const HostTable& hosts, const char* address) {
    const auto found = hosts.host_of(*read_ip(address), env_.now_us());
    return found ? std::get<HostFact>(found->fact).host : "none";
  }
  /// As a start finds it.
  HostTable recalled() {
    HostTable hosts;
    HostMemory memory(env_, "data", *vault_);
    const Status status = memory.recall(hosts);
    trouble_ = status ? "" : status.error().message;
    return hosts;
  }

  static constexpr TimeUs kStart = TimeUs{1'795'000'000} * 1'000'000, kHour = TimeUs{3'600} * 1'000'000;
  DataFolder data_;
  std::unique_ptr<TokenVault> vault_;
  MemoryEnv env_;
  std::string trouble_;
};

TEST_F(HostMemoryTest, IsThereAfterARestartAndForNobodyElse) {
  HostTable hosts;
  HostMemory memory(env_, "data", *vault_);
  ASSERT_TRUE(memory.recall(hosts));
  learn(hosts, "192.0.2.7", "ws-07", kStart);
  ASSERT_TRUE(memory.keep(hosts, HostMemory::When::kNow));
  EXPECT_EQ(host_of(recalled(), "192.0.2.7"), "ws-07");
  const std::string bytes = *env_.read_file("data/hosts", 1 << 20);
  EXPECT_EQ(bytes.find("ws-07"), std::string::npos);
  EXPECT_EQ(bytes.find("syslog"), std::string::npos);
}

TEST_F(HostMemoryTest, IsWrittenWhereSomethingIsNewAndNotTooOften) {
  HostTable hosts;
  HostMemory memory(env_, "data", *vault_);
  ASSERT_TRUE(memory.recall(hosts));
  ASSERT_TRUE(memory.keep(hosts, HostMemory::When::kNow));
  EXPECT_FALSE(env_.exists("data/hosts")) << "nothing was learnt";
  learn(hosts, "192.0.2.7", "ws-07", kStart);
  ASSERT_TRUE(memory.keep(hosts, HostMemory::When::kIfDue));
  EXPECT_FALSE(env_.exists("data/hosts")) << "the start was a moment ago";
  env_.advance_us(kHostsKeptEveryNs / 1'000);
  ASSERT_TRUE(memory.keep(hosts, HostMemory::When::kIfDue));
  EXPECT_EQ(host_of(recalled(), "192.0.2.7"), "ws-07");
  learn(hosts, "192.0.2.8", "ws-08", kStart);
  ASSERT_TRUE(memory.keep(hosts, HostMemory::When::kIfDue));
  EXPECT_EQ(host_of(recalled(), "192.0.2.8"), "none");
  ASSERT_TRUE(memory.keep(hosts, HostMemory::When::kNow));
  EXPECT_EQ(host_of(recalled(), "192.0.2.8"), "ws-08");
}

TEST_F(HostMemoryTest, ForgetsWhatWasNotSeenForLong) {
  HostTable hosts;
  HostMemory memory(env_, "data", *vault_);
  learn(hosts, "192.0.2.7", "ws-07", kStart);
  learn(hosts, "192.0.2.8", "ws-08", kStart + kHour);
  ASSERT_TRUE(memory.keep(hosts, HostMemory::When::kNow));
  env_.set_now_us(kStart + kHostsForgottenAfterUs + 1);
  EXPECT_EQ(recalled().size(), 1u);
  ASSERT_TRUE(memory.forget());
  EXPECT_FALSE(env_.exists("data/hosts"));
  EXPECT_EQ(recalled().size(), 0u);
  EXPECT_EQ(trouble_, "");
}

TEST_F(HostMemoryTest, WhatDoesNotOpenIsToldAndReplaced) {
  HostTable hosts;
  HostMemory memory(env_, "data", *vault_);
  learn(hosts, "192.0.2.7", "ws-07", kStart);
  ASSERT_TRUE(memory.keep(hosts, HostMemory::When::kNow));
  const std::string good = *env_.read_file("data/hosts", 1 << 20);
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bytes = good;
    bytes[i] ^= 1;
    ASSERT_TRUE(env_.write_file("data/hosts", bytes));
    EXPECT_EQ(recalled().size(), 0u);
    EXPECT_NE(trouble_.find("data/hosts: does not open"), std::string::npos) << trouble_;
  }
  learn(hosts, "192.0.2.8", "ws-08", kStart);
  ASSERT_TRUE(memory.keep(hosts, HostMemory::When::kNow));
  EXPECT_EQ(host_of(recalled(), "192.0.2.8"), "ws-08");
}

/// Whichever call fails, and power after it: what was kept before is there, or what is new.
TEST_F(HostMemoryTest, AFailingDiskAndLossOfPowerLeaveOneOrTheOther) {
  HostTable hosts;
  HostMemory memory(env_, "data", *vault_);
  learn(hosts, "192.0.2.7", "ws-07", kStart);
  ASSERT_TRUE(memory.keep(hosts, HostMemory::When::kNow));
  int failures = 0;
  for (std::uint64_t call = 1; call < 12; ++call) {
    learn(hosts, "192.0.2.7", "ws-07", kStart + static_cast<TimeUs>(call));
    const std::string before = recalled().packed(kStart);
    env_.fail_call(call);
    failures += memory.keep(hosts, HostMemory::When::kNow) ? 0 : 1;
    env_.fail_call(0);
    env_.crash(call);
    const std::string after = recalled().packed(kStart);
    EXPECT_EQ(trouble_, "") << call;
    EXPECT_TRUE(after == before || after == hosts.packed(kStart)) << call;
  }
  EXPECT_GE(failures, 5);
}

}  // namespace
}  // namespace tocsin
