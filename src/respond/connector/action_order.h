// What the engine and the executor say to each other about one action: do this, and this came of it. Plain values, with their bytes (docs/formats/runs.md).
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "respond/connector/action.h"

namespace tocsin::respond {

/// Names one action of one run through all its tries: what another system that knows keys is given.
struct ActionKey {
  std::uint64_t run = 0;
  std::uint32_t action = 0;
  auto operator<=>(const ActionKey&) const = default;
};

/// What is sent. The executor checks for itself that the hash is that of the call, and looks at everything else once more (respond/executor/action_gate.h).
struct ActionOrder {
  ActionKey key;
  bool probe = false;        // only look whether it was done
  Sha256 hash = {};
  std::uint32_t approvals = 0;  // people who said yes to just this
  bool is_undo = false;
  ActionCall call;
};

struct ActionAnswer {
  ActionKey key;
  ActionResult result;
};

void append_order(std::string& out, const ActionOrder& order);
Result<ActionOrder> read_order(std::string_view bytes);
void append_answer(std::string& out, const ActionAnswer& answer);
Result<ActionAnswer> read_answer(std::string_view bytes);

}  // namespace tocsin::respond
