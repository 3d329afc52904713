// A playbook without anything being done: it goes through its steps by the clock of a dream, and what would come back from connectors and people is stated beforehand. It moves the very run that a service would (run.h), so what it shows is
// what would happen. Pure.
//
//   const Simulation simulation = simulate({book}, scenario, all_actions());
//   for (const StoryLine& line : simulation.run.state().story) …
#pragma once

#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "respond/engine/run.h"

namespace tocsin::respond {

/// When it begins, and what a line's time is counted from: 2026-01-01T00:00:00Z.
inline constexpr TimeUs kDreamBegin = 1'767'225'600'000'000;
/// Inputs of one simulation.
inline constexpr std::size_t kDreamInputsMax = 100'000;

/// What comes back for a step, the first for the first time that it is asked for. What nobody stated is done, with no outputs.
struct StatedAnswer {
  enum class What : std::uint8_t { kDone, kFailed, kPassing, kRefused, kUnknown, kNever, kLost, kApprove, kDeny };
  std::string step;                                // its name, or its identifier
  What what = What::kDone;
  std::map<std::string, std::string> outputs = {};
  std::int64_t after_us = 0;
  std::string why = {};
};
inline constexpr std::string_view kAnswerWords[] = {"done", "failed", "passing", "refused", "unknown", "never", "lost", "approve", "deny"};

struct Scenario {
  std::string name;
  std::map<std::string, std::string> values = {};
  std::vector<StatedAnswer> answers = {};
  // What is expected; empty: nothing is.
  std::string status = {};
  std::vector<std::string> story = {};
  std::map<std::string, std::string> variables = {};
};

struct Simulation {
  Run run;
  std::vector<std::string> mistakes;  // where it is not what is expected, and answers that nobody asked for
};
/// `books`: the playbook, then those that it calls. The values must fit (check_start).
Simulation simulate(const std::vector<std::shared_ptr<const Book>>& books, const Scenario& scenario, std::span<const ActionSpec> table);

/// A value of every external variable that has none, such as a playbook might be given.
std::map<std::string, std::string> sample_values(const Book& book);
/// "+12.5 s  Block it: …", as `tocsin playbook simulate` shows it and scenarios expect it.
std::string story_text(const RunState& run, const StoryLine& line, TimeUs begin);
/// Every way that the steps of a playbook have: "STEP/true", "STEP/on_failure", "/workflow_exception" (run_state.h, ways).
std::set<std::string> ways_of(const cacao::Playbook& playbook);
/// The same for people: "Is it known? if true".
std::string way_text(const cacao::Playbook& playbook, const std::string& way);

/// YAML; kInvalid, with file, line and column. docs/playbooks.md says what it may have.
Result<std::vector<Scenario>> read_scenarios(const std::string& file, std::string_view text);

}  // namespace tocsin::respond
