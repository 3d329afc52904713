// The tactics of ATT&CK, in the order of an attack, by every name that a rule's tags may have for them. Table of v19 (of 2026: defense evasion became stealth and
// defense impairment); names of versions before resolve too, and what has become two stays one with a name of its own.
//
//   tactic_of("attack.defense_evasion");     // the stage "defense-evasion"
//   technique_of("attack.t1059.001");        // "T1059.001"
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tocsin {

struct Tactic {
  std::string_view name;
  int order = 0;  // in an attack, from 1
};

/// nullptr: the tag names no tactic. Points into a table.
const Tactic* tactic_of(std::string_view tag);
/// By the name that a stage has; nullptr: there is none of it.
const Tactic* tactic_named(std::string_view name);
/// "" if the tag names no technique.
std::string technique_of(std::string_view tag);

}  // namespace tocsin
