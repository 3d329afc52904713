// Whether a playbook that was read can be run, as far as that can be known before: every reference leads somewhere, every way ends, nothing goes round without a pause, variables are there and fit their types, commands are of types
// that something here runs, and no secret stands in it for everybody to read. All mistakes at once, each with its JSON pointer.
//
//   std::vector<Mistake> mistakes = check_playbook(reading.playbook, {});
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "respond/cacao/read_playbook.h"

namespace tocsin::cacao {

/// From step to step, all together: each step is looked at from each.
inline constexpr std::size_t kWaysMax = 20'000;

struct CheckOptions {
  /// Types of agents beside those of CACAO and our own, "tocsin": who runs the program says what stands for them.
  std::set<std::string, std::less<>> agent_types = {};
  bool allow_inline_secrets = false;
};

std::vector<Mistake> check_playbook(const Playbook& playbook, const CheckOptions& options);

/// A use of a variable, "__name__:value", in a text.
struct VariableUse {
  std::string_view name;  // "__name__"
  std::size_t at = 0, size = 0;
};
std::vector<VariableUse> variables_in(std::string_view text);

// Parts of check_playbook, each in a file of its own.
void check_flow(const Playbook& playbook, std::vector<Mistake>& mistakes);
void check_variables(const Playbook& playbook, std::vector<Mistake>& mistakes);

}  // namespace tocsin::cacao
