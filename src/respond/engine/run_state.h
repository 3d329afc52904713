// All that is known of one run of a playbook: plain data, which run_flow.h and run_actions.h move and run.h guards.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "respond/cacao/condition.h"
#include "respond/cacao/playbook.h"
#include "respond/connector/action.h"
#include "respond/engine/run_input.h"

namespace tocsin::respond {

/// Steps that one run may take: a loop that never ends is found so, too.
inline constexpr std::uint32_t kRunStepsMax = 10'000;
/// Playbooks within playbooks, and branches that are open at once.
inline constexpr std::size_t kBooksDeepMax = 8, kBranchesMax = 1'000;
/// What a step may take if it does not say: an action of a machine, what a person does or is asked, what opens branches.
inline constexpr std::int64_t kActionTimeoutUs = 5 * 60'000'000LL, kPersonTimeoutUs = 24 * 3'600'000'000LL, kBranchesTimeoutUs = 7 * 24 * 3'600'000'000LL;
/// What is no longer moved by anything ends so.
inline constexpr std::int64_t kRunTimeoutUs = 30 * 24 * 3'600'000'000LL;
/// Tries of an action whose failure may pass; between them the time doubles from the first on, with a jitter of up to half.
inline constexpr std::uint32_t kTriesMax = 4;
inline constexpr std::int64_t kRetryUs = 1'000'000, kRetryUsMax = 60'000'000;
/// Until what was not begun, since everything was stopped, is sent again: its run is paused meanwhile, if it has not ended.
inline constexpr std::int64_t kNotBegunUs = 5'000'000;
/// What could not be undone when its lease was over is tried again: the pause doubles up to the second.
inline constexpr std::int64_t kLeaseRetryUs = 60'000'000, kLeaseRetryUsMax = 3'600'000'000;
/// Behind the deadline of an action, for an answer that is on its way.
inline constexpr std::int64_t kAnswerGraceUs = 2'000'000;
/// Lines of a run's story that are kept.
inline constexpr std::size_t kStoryLinesMax = 20'000;

/// A playbook, ready to run.
struct Book {
  Sha256 hash = {};
  cacao::Playbook playbook;
  std::map<std::string, cacao::Condition, std::less<>> conditions;  // by step
};
/// kInvalid, with the pointer, if a condition cannot be read.
Result<std::shared_ptr<const Book>> make_book(const Sha256& hash, cacao::Playbook playbook);

enum class RunStatus : std::uint8_t { kRunning, kPaused, kCancelling, kSucceeded, kFailed, kCancelled };
inline constexpr std::string_view kRunStatusWords[] = {"running", "paused", "cancelling", "succeeded", "failed", "cancelled"};
inline std::string_view word_of(RunStatus status) { return kRunStatusWords[static_cast<std::size_t>(status)]; }

enum class ActionState : std::uint8_t {
  kGated,     // nobody has decided
  kAsked,     // waits for a yes
  kPerson,    // a person does it
  kSent,      // under way
  kWaiting,   // for its next try
  kUnknown,   // a person has to look whether it was done
  kDone,
  kFailed,
  kCancelled,
};
inline constexpr std::string_view kActionStateWords[] = {"gated", "asked", "person", "sent", "waiting", "unknown", "done", "failed", "cancelled"};
inline std::string_view word_of(ActionState state) { return kActionStateWords[static_cast<std::size_t>(state)]; }
inline bool is_over(ActionState state) { return state >= ActionState::kDone; }

struct Approval {
  std::string who, why;
  TimeUs time = 0;
};

struct Action {
  ActionId id = 0;
  std::uint32_t branch = 0;               // 0: none waits for it any more
  std::string step;
  std::string person;                     // who does it, if a person does
  std::string task;                       // what that person is to do
  const ActionSpec* spec = nullptr;       // nullptr: a person does it
  ActionCall call = {};
  Sha256 hash = {};
  ActionState state = ActionState::kGated;
  ActionResult result = {};
  std::uint32_t tries = 0;
  TimeUs begun = 0, ended = 0, until = 0;  // until: then it has failed
  TimeUs wake = 0;                         // kWaiting: the next try; kAsked: when the question goes; kUnknown: the same. 0: nothing
  std::uint32_t approvers = 0;             // kAsked
  std::vector<Approval> approvals = {};
  bool was_asked = false;
  TimeUs lease = 0;                        // kDone: until then it holds. 0: for good
  ActionId undoes = 0, undone_by = 0;      // the latter also while that is under way, or if it failed
  std::uint32_t undo_tries = 0;            // by itself, when the lease was over
};

/// What is to be done now, once the input is safe.
struct Effect {
  enum class Kind : std::uint8_t {
    kDecide,  // whether it may be done: kDecided comes back
    kSend,    // to the executor, under the key of run and action: kResult comes back
    kProbe,   // whether its effect is there: kResult comes back
    kAsk,     // a person, to approve, to do, or to look
    kEnded,   // nothing of the flow is left
  };
  Kind kind = Kind::kSend;
  ActionId action = 0;
};

struct StoryLine {
  TimeUs time = 0;
  std::string step;
  std::string text;
};

enum class BranchPhase : std::uint8_t {
  kEnter,     // its step has not begun
  kDelay,
  kBegin,     // the delay is over
  kAction,    // waits for an action
  kBranches,  // waits for the branches that its step has opened
};

/// A place in the flow: where it is, and what it waits for.
struct Branch {
  std::uint32_t id = 0, parent = 0;  // 0: that of the playbook itself
  std::size_t book = 0, scope = 0;   // its place in RunState::books, ::scopes
  std::size_t depth = 0;             // of playbooks within playbooks
  bool is_book = false;              // the first branch of a playbook
  bool in_exception = false;         // is_book: it failed, and workflow_exception runs
  const cacao::Step* step = nullptr;
  BranchPhase phase = BranchPhase::kEnter;
  bool again = false;                // a loop's next round: it has its variables and its deadline
  cacao::Variables local;            // the step's own variables
  TimeUs until = 0;                  // then the step has failed
  TimeUs wake = 0;                   // kDelay: then it begins
  std::size_t command = 0, target = 0;
  std::uint32_t open = 0;            // branches that it waits for
  std::string broken;                // why one of them failed
  ActionId action = 0;
};

struct RunState {
  RunId id = 0;
  std::span<const ActionSpec> table;
  std::vector<std::shared_ptr<const Book>> books;  // the playbook, and those that it calls
  RunInput started;
  RunStatus status = RunStatus::kRunning;
  std::string failure;                       // why it failed
  std::string paused_by;
  std::vector<cacao::Variables> scopes;      // of each playbook that was entered
  std::map<std::uint32_t, Branch> branches;
  std::deque<std::uint32_t> ready;           // branches that can go on
  std::uint32_t last_branch = 0, steps = 0;
  ActionId last_action = 0;
  std::map<ActionId, Action> actions;
  std::map<std::string, std::string, std::less<>> forced;  // by step: the branch that a person chose for the next time
  std::deque<ActionId> to_undo;              // of undo_run; the first is under way
  std::map<std::string, std::uint32_t, std::less<>> ways;  // "step/true", and how often it was gone
  std::deque<StoryLine> story;
  TimeUs now = 0, paused = 0, ended = 0, until = 0;
  std::vector<Effect> effects;               // of the input at hand

  bool has_ended() const { return status >= RunStatus::kSucceeded; }
  void tell(std::string_view step, std::string text);
  void effect(Effect::Kind kind, ActionId action = 0) { effects.push_back({kind, action}); }
};

}  // namespace tocsin::respond
