// The process that does actions, spoken to by somebody who means ill: whoever has its stream cannot have it touch what is protected, act more often than it may or without people, act on another call than was decided on, do twice what may be
// done once, or tell a secret.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/bytes.h"
#include "base/descriptor.h"
#include "base/program_starter.h"
#include "respond/executor/action_wire.h"
#include "respond/executor/vault.h"
#include "respond/executor/vault_key.h"

namespace tocsin {
namespace {

using namespace respond;

constexpr std::string_view kPolicy = R"(
decisions: test
protected: {ip: [10.0.0.0/8, 192.0.2.1]}
actions:
  - {action: block_address, target: ip, for: {level: medium}, confidence: 0.9, reversible: true, at_most: {targets: 3, within: 1h}, lease: 1d, dry_run: false}
)";

class Process : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / fmt::format("tocsin-actions-{}", ::getpid());
    std::filesystem::create_directories(folder_);
    starter_ = std::move(*ProgramStarter::fork(TOCSIN_PROGRAM));
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    own_ = Descriptor(ends[0]);
    const Descriptor other(ends[1]);
    program_ = std::move(*starter_->start({.words = {"tocsin", std::string(kActionsVerb)}, .descriptors = {other.get()}, .environment = true}));
    const timeval patience{30, 0};
    ::setsockopt(own_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  void TearDown() override {
    own_.close();
    program_.kill();
    std::filesystem::remove_all(folder_);
  }

  void say(ActionMessage kind, std::string_view payload) {
    std::string bytes;
    append_message(bytes, kind, payload);
    (void)send_all(own_.get(), bytes);
  }
  /// "": it has ended.
  std::string hear(ActionMessage wanted) {
    char head[kActionHeadBytes];
    if (!receive_all(own_.get(), head)) return "";
    EXPECT_EQ(static_cast<ActionMessage>(head[4]), wanted);
    std::string payload(number_at<std::uint32_t>({head, sizeof head}, 0), '\0');
    return receive_all(own_.get(), payload) ? payload : "";
  }
  void begin(std::string vault = "", std::string key = "") {
    say(ActionMessage::kBegin, begin_payload({.policy_file = "test.yml", .policy = std::string(kPolicy), .connectors = {}, .vault = std::move(vault), .vault_key = std::move(key)}));
    const Result<ActionsReady> ready = read_ready(hear(ActionMessage::kReady));
    ASSERT_TRUE(ready);
    ASSERT_EQ(ready->trouble, "");
  }
  ActionOrder order(std::string action, std::map<std::string, std::string> arguments, std::uint32_t approvals) {
    ActionOrder one;
    one.key = {++run_, 1};
    one.approvals = approvals;
    one.call = {.connector = "noop", .action = std::move(action), .arguments = std::move(arguments), .timeout_ms = 10'000};
    one.hash = hash_of(one.call);
    return one;
  }
  ActionResult outcome(const ActionOrder& order) {
    std::string payload;
    append_order(payload, order);
    say(ActionMessage::kOrder, payload);
    const Result<ActionAnswer> answer = read_answer(hear(ActionMessage::kAnswer));
    EXPECT_TRUE(answer);
    if (!answer) return {};
    EXPECT_EQ(answer->key, order.key);
    return answer->result;
  }
  ActionOutcome blocks(const std::string& address, std::uint32_t approvals) { return outcome(order("block", {{"address", address}}, approvals)).outcome; }

  std::filesystem::path folder_;
  std::unique_ptr<ProgramStarter> starter_;
  Descriptor own_;
  StartedProgram program_;
  std::uint64_t run_ = 0;
};

TEST_F(Process, NoYesIsEnoughForWhatIsProtected) {
  begin();
  EXPECT_EQ(blocks("203.0.113.7", 1), ActionOutcome::kDone);
  for (const char* const address : {"10.1.2.3", "192.0.2.1", "192.0.2.0/24", "10.0.0.0/9", "::ffff:10.1.2.3", "0.0.0.0/0"}) EXPECT_EQ(blocks(address, 1'000), ActionOutcome::kRefused) << address;
  ActionOrder back = order("block", {{"address", "10.1.2.3"}}, 1);
  back.call.dry_run = true;
  back.hash = hash_of(back.call);
  EXPECT_EQ(outcome(back).outcome, ActionOutcome::kRefused);
}

TEST_F(Process, CapsHoldForOneAndForMany) {
  begin();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(blocks("203.0.113.7", 0), ActionOutcome::kDone) << i;
  EXPECT_EQ(blocks("203.0.113.7", 0), ActionOutcome::kRefused);
  for (int i = 0; i < 30; ++i) EXPECT_EQ(blocks("203.0.113.7", 1), ActionOutcome::kDone) << i;
  EXPECT_EQ(blocks("203.0.113.7", 1), ActionOutcome::kRefused);
}

TEST_F(Process, AYesIsForOneCallAndOnce) {
  begin();
  const ActionOrder yes = order("block", {{"address", "203.0.113.7"}}, 1);
  ActionOrder other = yes;
  other.call.arguments["address"] = "203.0.113.8";
  EXPECT_EQ(outcome(other).outcome, ActionOutcome::kRefused) << "the hash is of another call";
  EXPECT_EQ(outcome(yes).outcome, ActionOutcome::kDone);
  other.hash = hash_of(other.call);
  EXPECT_EQ(outcome(other).outcome, ActionOutcome::kRefused) << "the number was used for another call";
  const ActionOrder once = order("pass_once", {{"text", "x"}}, 1);
  EXPECT_EQ(outcome(once).outcome, ActionOutcome::kDone) << "the answer of the first time, known";
  ActionOrder more = order("block", {{"address", "203.0.113.7"}, {"more", "x"}}, 1);
  EXPECT_EQ(outcome(more).outcome, ActionOutcome::kRefused);
  EXPECT_EQ(outcome(order("format_disk", {}, 9)).outcome, ActionOutcome::kRefused);
}

TEST_F(Process, NoAnswerHoldsASecret) {
  const std::string vault = folder_ / "vault", key = folder_ / "key";
  ASSERT_TRUE(make_vault_key(Env::system(), key));
  ASSERT_TRUE(Vault(Env::system(), vault, std::move(*read_vault_key(Env::system(), key))).put("mail", Secret("geheim-geheim")));
  begin(vault, key);
  for (const char* const name : {"mail", "none", "../vault", ""}) {
    for (const char* const action : {"pass", "fail", "block"}) {
      ActionOrder one = order(action, {{std::string_view(action) == "block" ? "address" : "text", "203.0.113.7"}}, 1);
      one.call.credential = name;
      one.hash = hash_of(one.call);
      std::string bytes;
      append_result(bytes, outcome(one));
      EXPECT_EQ(bytes.find("geheim"), std::string::npos) << name << " " << action;
    }
  }
}

TEST_F(Process, WhileEverythingIsStoppedNothingIsBegun) {
  begin();
  say(ActionMessage::kStop, "");
  EXPECT_EQ(blocks("203.0.113.7", 1), ActionOutcome::kNotBegun);
  say(ActionMessage::kLift, "");
  EXPECT_EQ(blocks("203.0.113.7", 1), ActionOutcome::kDone);
}

TEST_F(Process, WhatIsNoMessageEndsIt) {
  begin();
  say(ActionMessage::kOrder, "no order");
  EXPECT_EQ(hear(ActionMessage::kAnswer), "");
}

TEST_F(Process, AnOrderBeforeThereIsAPolicyEndsIt) {
  std::string payload;
  append_order(payload, order("pass", {}, 1));
  say(ActionMessage::kOrder, payload);
  EXPECT_EQ(hear(ActionMessage::kReady), "");
}

TEST_F(Process, AMessageWithoutEndEndsIt) {
  begin();
  std::string bytes;
  append_number(bytes, std::uint32_t{0x7fffffff});
  bytes += '\2';
  (void)send_all(own_.get(), bytes);
  EXPECT_EQ(hear(ActionMessage::kAnswer), "");
}

}  // namespace
}  // namespace tocsin
