// One thing done to one outside system, as the engine asks for it and the executor does it: which connector, which of its actions, with which arguments, and what came of it. Plain values; what an action is (its arguments and their
// types, what a repeat means, how it is undone) stands in a table, one row each, that engine and executor share, so that both judge the same call by the same row.
//
//   const ActionSpec* spec = find_action(actions, "nftables", "block");
//   TRY(check_call(*spec, call));                    // arguments are there, of their types, and no others
//   const Sha256 hash = hash_of(call);               // what an approval is bound to
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/sha256.h"
#include "base/time.h"
#include "event/path_table.h"

namespace tocsin::respond {

/// Of one call, all its texts together; the body of a request is the largest.
inline constexpr std::size_t kCallBytesMax = 256u << 10;
/// Of what an action gives back: each output, and all of them.
inline constexpr std::size_t kOutputBytesMax = 64u << 10, kOutputsBytesMax = 256u << 10;
/// What is said about how it went.
inline constexpr std::size_t kDetailBytesMax = 1'000;

/// What it means to send the same call with the same key once more, if nobody knows whether the first was done.
enum class Repeat : std::uint8_t {
  kIdempotent,  // the second changes nothing
  kKeyed,       // the other system knows the key, and does it once
  kProbed,      // it can be asked whether the effect is there
  kOnce,        // it would be done twice: a person has to look
};
inline constexpr std::string_view kRepeatWords[] = {"idempotent", "keyed", "probed", "once"};
inline std::string_view word_of(Repeat repeat) { return kRepeatWords[static_cast<std::size_t>(repeat)]; }

enum class ArgumentType : std::uint8_t { kText, kHost, kAddress, kNetwork, kPort, kUser, kPath, kSeconds, kNumber, kUrl, kJson };

struct ArgumentSpec {
  std::string_view name;
  ArgumentType type = ArgumentType::kText;
  bool needed = true;
  /// What it names is what the action is done to: looked for in the list of what is protected.
  EntityType target = EntityType::kNone;
};

struct ActionSpec {
  std::string_view connector, action;
  std::string_view policy_class;  // "block_address": what the decision policy says of it; "": nothing is changed by it
  Repeat repeat = Repeat::kOnce;
  std::string_view undo;          // the connector's action that takes it back; "": none
  std::span<const ArgumentSpec> arguments;
  std::string_view output;        // the one that counts if a step wants one; "": none
};
const ActionSpec* find_action(std::span<const ActionSpec> actions, std::string_view connector, std::string_view action);

struct ActionCall {
  std::string connector, action;
  std::map<std::string, std::string> arguments = {};
  std::string credential = {};    // its name in the vault; "": none, or the connector's own
  std::string secret = {};        // one that stands in the playbook, where that is allowed; never shown
  std::uint64_t timeout_ms = 0;
  std::uint64_t lease_ms = 0;     // for so long it holds and is then undone; 0: for good
  bool dry_run = false;           // nothing is changed: the answer says what would be
};
/// SHA-256 over all of it, canonical; docs/formats/runs.md.
Sha256 hash_of(const ActionCall& call);
/// In one line, for a person who says yes or no to it: "nftables block address=192.0.2.7 (for 1h)". Not escaped.
std::string text_of(const ActionCall& call);
/// kInvalid, in words, with the argument's name.
Status check_call(const ActionSpec& spec, const ActionCall& call);

enum class ActionOutcome : std::uint8_t {
  kDone,
  kFailed,    // it was not done, or what was begun was taken back
  kRefused,   // the executor does not do this, whoever asks
  kUnknown,   // it may have been done
  kNotBegun,  // everything is stopped: it was not begun, and does not count as a try
};
inline constexpr std::string_view kOutcomeWords[] = {"done", "failed", "refused", "unknown", "not_begun"};
inline std::string_view word_of(ActionOutcome outcome) { return kOutcomeWords[static_cast<std::size_t>(outcome)]; }

struct ActionResult {
  ActionOutcome outcome = ActionOutcome::kFailed;
  std::string detail = {};                         // why, or what was done; nothing of a secret
  std::map<std::string, std::string> outputs = {};
  std::map<std::string, std::string> undo = {};    // arguments of the action that takes it back; empty: there is nothing to take back
  bool may_pass = false;                           // kFailed: trying again may help
};

// The bytes of both, in the log of runs and between engine and executor.
void append_call(std::string& out, const ActionCall& call);
Result<ActionCall> read_call(std::string_view bytes);
void append_result(std::string& out, const ActionResult& result);
Result<ActionResult> read_result(std::string_view bytes);

}  // namespace tocsin::respond
