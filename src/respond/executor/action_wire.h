// The messages between the core and the process that does actions (docs/formats/runs.md): u32 size of the payload, u8 kind, payload. The executor reads its as those of somebody who may mean ill.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "respond/connector/action_order.h"

namespace tocsin::respond {

/// The program's first argument, and where the process finds its socket.
inline constexpr std::string_view kActionsVerb = "actions";
inline constexpr int kActionsCore = 3;

/// The largest is an answer with its outputs.
inline constexpr std::size_t kActionMessageBytesMax = 1u << 20;
inline constexpr std::size_t kActionHeadBytes = 5;

enum class ActionMessage : std::uint8_t { kBegin = 1, kOrder, kStop, kLift, kReady = 65, kAnswer };

/// What the process is told first.
struct ActionsBegin {
  std::string policy_file, policy;                  // YAML (respond/policy/decision_policy.h)
  std::vector<std::vector<std::string>> connectors; // of each its name, then name and value of each setting
  std::string vault;                                // the file; "": there is none
  std::string vault_key;                            // the file of its key
};
struct ActionsReady {
  std::string trouble = {};
  std::string sandbox = {}, missing = {};
};

std::string begin_payload(const ActionsBegin& begin);
Result<ActionsBegin> read_begin(std::string_view payload);
std::string ready_payload(const ActionsReady& ready);
Result<ActionsReady> read_ready(std::string_view payload);

/// Head and payload, behind what `out` has.
void append_message(std::string& out, ActionMessage kind, std::string_view payload);

/// Takes bytes as they come from a socket, and gives messages.
class MessageCutter {
 public:
  void add(std::string_view bytes) { buffer_.append(bytes); }
  /// False: none is whole. kInvalid: it is too large.
  Result<bool> next(ActionMessage& kind, std::string_view& payload);

 private:
  std::string buffer_;
  std::size_t at_ = 0;
};

}  // namespace tocsin::respond
