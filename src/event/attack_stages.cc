#include "event/attack_stages.h"

#include <algorithm>
#include <array>

namespace tocsin {

namespace {

constexpr std::string_view kPrefix = "attack.";

constexpr std::array<Tactic, 16> kTactics = {{{"reconnaissance", 1},
                                              {"resource-development", 2},
                                              {"initial-access", 3},
                                              {"execution", 4},
                                              {"persistence", 5},
                                              {"privilege-escalation", 6},
                                              {"defense-evasion", 7},
                                              {"stealth", 7},
                                              {"defense-impairment", 8},
                                              {"credential-access", 9},
                                              {"discovery", 10},
                                              {"lateral-movement", 11},
                                              {"collection", 12},
                                              {"command-and-control", 13},
                                              {"exfiltration", 14},
                                              {"impact", 15}}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

const Tactic* tactic_of(std::string_view tag) {
  if (!tag.starts_with(kPrefix)) return nullptr;
  std::string name(tag.substr(kPrefix.size()));
  std::ranges::replace(name, '_', '-');
  return tactic_named(name);
}

const Tactic* tactic_named(std::string_view name) {
  const auto found = std::ranges::find(kTactics, name, &Tactic::name);
  return found == kTactics.end() ? nullptr : &*found;
}

std::string technique_of(std::string_view tag) {
  if (!tag.starts_with(kPrefix)) return {};
  std::string_view id = tag.substr(kPrefix.size());
  if (id.size() < 5 || (id.front() != 't' && id.front() != 'T') || !std::all_of(id.begin() + 1, id.begin() + 5, is_digit)) return {};
  const bool whole = id.size() == 5;
  const bool part = id.size() == 9 && id[5] == '.' && std::all_of(id.begin() + 6, id.end(), is_digit);
  return whole || part ? "T" + std::string(id.substr(1)) : std::string();
}

}  // namespace tocsin
