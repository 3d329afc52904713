// What starts a playbook, and what it is given: one YAML document that binds rules, tags of rules or stages of an attack to playbooks, and entities to their external variables (docs/playbooks.md says how it is written). Every mistake is
// told at once, each with file:line:column; nothing is bound to two playbooks. Plain values, immutable after reading. Nothing here starts anything.
//
//   const PlaybookBindings bindings = TRY(read_playbook_bindings("bindings.yml", text));
//   const Status sound = check_bindings("bindings.yml", bindings, playbooks);
//   if (const PlaybookBinding* binding = bindings.find(rule, tags, stages)) …
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/yaml.h"
#include "event/path_table.h"

namespace tocsin::respond {

/// Of one document: a team has some dozens; and rules, tags, stages and variables of one.
inline constexpr std::size_t kBindingsMax = 1'000, kBoundNamesMax = 1'000;

struct PlaybookBinding {
  std::string playbook;                         // playbook--UUID
  std::vector<std::string> rules, tags, stages;  // any of these
  std::map<std::string, EntityType> variables;  // "__name__": what it is given
  Position at;
};

struct PlaybookBindings {
  std::string name;
  std::vector<PlaybookBinding> bindings;

  /// The one for an alert of that rule; what names the rule itself goes before what names one of its tags, and that before a stage; of several tags or stages the alert's first. nullptr: none starts.
  const PlaybookBinding* find(std::string_view rule, std::span<const std::string> tags, std::span<const std::string> stages) const;
};

/// kInvalid: all mistakes, a line each. A rule, tag or stage that is bound twice is one.
Result<PlaybookBindings> read_playbook_bindings(const std::string& file, std::string_view text);

/// As much of a playbook as has to be known here: its external variables by their CACAO type.
struct BindablePlaybook {
  std::string id;
  struct External {
    std::string type;      // "ipv4-addr"
    bool has_value = false;  // it may be left as it is
  };
  std::map<std::string, External> externals;
};

/// Whether each binding's playbook is there, once, and all that it needs is bound to what fits. kInvalid: all mistakes, a line each.
Status check_bindings(const std::string& file, const PlaybookBindings& bindings, std::span<const BindablePlaybook> playbooks);

}  // namespace tocsin::respond
