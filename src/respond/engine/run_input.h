// What moves a run of a playbook, and the only thing that does: it was started, an action was decided on, somebody answered, a result came, time passed, a person steered. A run is what its inputs make of it, so the log of runs
// holds inputs and nothing else, and a restart is applying them again (run.h). Plain values, with their bytes (docs/formats/runs.md).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/sha256.h"
#include "base/time.h"
#include "respond/connector/action.h"

namespace tocsin::respond {

using RunId = std::uint64_t;
/// The number of an action within its run, from 1 on.
using ActionId = std::uint32_t;

/// Of a reason, a name, a value that somebody gives.
inline constexpr std::size_t kInputTextBytesMax = 64u << 10;
inline constexpr std::size_t kInputValuesMax = 200;

enum class InputKind : std::uint8_t {
  kStarted = 1,  // books, values, who, why, step: the incident it is about, word: StartWord, number: people who want it
  kDecided,      // action, hash, word: DecidedWord, number: approvers, until: when the question goes, why. kAct is the intent: fsynced before it is sent
  kAnswered,     // action, hash, who, why, word: AnswerWord, values: outputs
  kResult,       // action, result
  kLost,         // whoever was to do the actions under way is gone, and so is what became of them
  kTimer,        // time has come to the next thing that waits for it
  kSteered,      // who, why, word: SteerWord, action or step, values, until
};

enum class StartWord : std::uint8_t { kReal, kDryRun };
enum class DecidedWord : std::uint8_t { kAct, kAsk, kEscalate, kRefuse };
enum class AnswerWord : std::uint8_t {
  kApprove,
  kDeny,
  kDone,    // of what a person does, or of an action of which nobody knows whether it was done: it is
  kFailed,  // the same: it is not
  kAgain,   // of the latter: send it once more
};
enum class SteerWord : std::uint8_t {
  kPause,
  kResume,
  kCancel,
  kSkip,       // step: where it is now, as if it had been done
  kTakeOver,   // step: the same, with values for its out_args
  kRetryFrom,  // step: go on from here
  kBranch,     // step, values {"branch": "true", "false", or a case}: the next time that it is there
  kUndo,       // action
  kUndoRun,    // all that was done, the last first
  kLease,      // action, until: it holds so long; now: it ends
  kEdit,       // action, values: other arguments for one that waits for a yes; who said yes to the old ones has said nothing
};
inline constexpr std::string_view kSteerWords[] = {"pause", "resume", "cancel", "skip", "take_over", "retry_from", "branch", "undo", "undo_run", "lease", "edit"};

struct RunInput {
  InputKind kind = InputKind::kTimer;
  RunId run = 0;
  TimeUs time = 0;
  std::uint8_t word = 0;
  ActionId action = 0;
  std::uint32_t number = 0;
  TimeUs until = 0;
  Sha256 hash = {};
  std::string who = {}, why = {}, step = {};
  std::string address = {};                          // of who, where that is known
  std::vector<Sha256> books = {};                    // of the playbook and of those that it calls: SHA-256 of their text
  std::map<std::string, std::string> values = {};
  ActionResult result = {};
};

void append_input(std::string& out, const RunInput& input);
Result<RunInput> read_input(std::string_view bytes);

}  // namespace tocsin::respond
