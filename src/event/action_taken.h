// Something that was done to the world because of alerts: by the machine or by a person, through a connector or by hand. Whoever runs playbooks keeps it, reports show it. Plain values.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"
#include "event/path_table.h"

namespace tocsin {

enum class ActionResult : std::uint8_t {
  kPending,  // begun, and not known yet how it ends
  kDone,
  kFailed,
  kUnknown,  // it may have happened: a person must look
};
inline constexpr std::array<std::string_view, 4> kActionResultWords = {"pending", "done", "failed", "unknown"};
inline std::string_view word_of(ActionResult result) { return kActionResultWords[static_cast<std::size_t>(result)]; }

struct ActionTaken {
  std::string incident = {};                // whole id
  std::string run = {};                     // by which it can be looked up; "": by hand
  std::string action = {};                  // the class of the policy: "isolate_host"
  EntityType target_type = EntityType::kNone;
  std::string target = {};
  TimeUs time = kNoTime;                    // when it was begun
  std::string approved_by = {};             // "user ada"; "": by itself, as the policy says
  TimeUs approved = kNoTime;
  ActionResult result = ActionResult::kPending;
  std::string detail = {};                  // what the connector answered, secrets masked
  TimeUs undone = kNoTime;                  // kNoTime: it holds
  std::string undone_by = {};
};

}  // namespace tocsin
