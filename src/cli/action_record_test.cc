#include "cli/action_record.h"

#include <gtest/gtest.h>

#include "report/audit/audit_entry.h"

namespace tocsin::cli {
namespace {

std::string leaf(TimeUs time, std::string who, std::string what, std::string object, std::string command = "", std::string result = "", std::string detail = "", std::vector<std::string> evidence = {}) {
  static std::uint64_t number = 0;
  ++number;
  return *audit::leaf_of({.time = time, .who = std::move(who), .what = std::move(what), .object = std::move(object), .detail = std::move(detail), .why = {.evidence = std::move(evidence)}, .command = std::move(command), .result = std::move(result), .source = "runs", .position = number}, number, time);
}

TEST(ActionRecord, SaysWhatWasDoneByWhomAndWhatWasTakenBack) {
  ActionRecord record;
  for (const std::string& line : {
           leaf(1, "user ada", "run.start", "run 7", "", "", "", {"incident-1"}),
           leaf(2, "policy", "run.decide.ask", "run 7, action 1", "ldap disable user=mallory"),
           leaf(3, "user bob", "run.approve", "run 7, action 1", "ldap disable user=mallory"),
           leaf(4, "executor", "run.result.done", "run 7, action 1", "ldap disable user=mallory", "it is disabled"),
           leaf(5, "policy", "run.decide.act", "run 7, action 2", "nftables block address=192.0.2.7 (for 3600 s)"),
           leaf(6, "executor", "run.result.unknown", "run 7, action 2", "nftables block address=192.0.2.7 (for 3600 s)", "it ended meanwhile"),
           leaf(7, "user ada", "run.done", "run 7, action 3", "Those on call: Tell the owner"),
           leaf(8, "user eve", "run.undo", "run 7"),
           leaf(9, "policy", "run.decide.act", "run 7, action 4", "ldap enable user=mallory", "", "playbook 'x', undoes action 1"),
           leaf(10, "executor", "run.result.done", "run 7, action 4", "ldap enable user=mallory", "", "playbook 'x', undoes action 1, call SHA-256 00"),
           leaf(11, "user ada", "run.start_dry", "run 8"),
           leaf(12, "executor", "run.result.done", "run 8, action 1", "nftables block address=192.0.2.8 (dry run)"),
       }) record.add(line);
  record.add("no leaf");
  const std::vector<ActionTaken> actions = std::move(record).actions();
  ASSERT_EQ(actions.size(), 3u);
  EXPECT_EQ(actions[0].action, "ldap disable");
  EXPECT_EQ(actions[0].target, "user=mallory");
  EXPECT_EQ(actions[0].incident, "incident-1");
  EXPECT_EQ(actions[0].approved_by, "user bob");
  EXPECT_EQ(actions[0].result, ActionResult::kDone);
  EXPECT_EQ(actions[0].undone, 10);
  EXPECT_EQ(actions[0].undone_by, "user eve");
  EXPECT_EQ(actions[1].action, "nftables block");
  EXPECT_EQ(actions[1].approved_by, "user ada");
  EXPECT_EQ(actions[1].result, ActionResult::kUnknown);
  EXPECT_EQ(actions[1].undone, kNoTime);
  EXPECT_EQ(actions[2].action, "by hand");
  EXPECT_EQ(actions[2].target, "Those on call: Tell the owner");
  EXPECT_EQ(actions[2].result, ActionResult::kDone);
}

}  // namespace
}  // namespace tocsin::cli
