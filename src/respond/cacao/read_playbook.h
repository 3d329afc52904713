// Reads a playbook: JSON, its structure and its types, as the published schemas would have it if they were right. Everything that is wrong is said at once, each with a JSON pointer (RFC 6901) and what to do. Known mistakes of the
// schemas are not followed: a case of a switch may be any step, a delay may be 0, and every type has the properties of its base. References, flow and variables are not looked at here.
//
//   const Reading reading = read_playbook(text);
//   for (const Mistake& mistake : reading.mistakes) …      // "/workflow/action--…/commands/0/command_b64: …"
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "respond/cacao/playbook.h"

namespace tocsin::cacao {

/// The largest published playbook has 60 KB; scripts in Base64 are what makes one large.
inline constexpr std::size_t kPlaybookBytesMax = 4u << 20;
/// Steps; the public ones have up to 40. Of one step commands, of a playbook variables, agents or targets, cases of a switch, branches side by side.
inline constexpr std::size_t kStepsMax = 1'000, kCommandsMax = 100, kDefinitionsMax = 1'000, kCasesMax = 250, kBranchesMax = 64;
/// A name of a variable with its underscores; a key (10.5).
inline constexpr std::size_t kVariableNameMax = 250;
/// A year: longer, and it is no step but another playbook.
inline constexpr std::uint64_t kWaitMsMax = 366ull * 86'400'000;
/// So many are told; a document of another kind has one at every member.
inline constexpr std::size_t kMistakesMax = 100;

struct Mistake {
  enum class Kind : std::uint8_t { kError, kWarning } kind = Kind::kError;
  std::string pointer;  // "" is the whole document
  std::string message;
  auto operator<=>(const Mistake&) const = default;
};

struct Reading {
  Playbook playbook;              // as far as it could be read; not to be run with an error
  std::vector<Mistake> mistakes;  // in the order of the members' names
  bool is_good() const;           // no error
};

Reading read_playbook(std::string_view text);

/// "type--uuid" (10.10): the type alone; "" if it is no identifier.
std::string_view type_of_id(std::string_view id);

}  // namespace tocsin::cacao
