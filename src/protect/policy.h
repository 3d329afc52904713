// What is to become of personal data before an event is kept: rules, the first of which that fits a value decides. A policy is YAML (docs/protection.md says how it is written); three are shipped in
// content/policies: `none`, `default` and `strict`. A mistake is an error with file:line:column. Plain values, immutable after reading.
//
//   const Policy policy = TRY(read_policy("my.yml", text));
//   policy.rule_of_field({"TargetUserName"}, EntityType::kUser, place)
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/pattern.h"
#include "base/result.h"
#include "event/log_source.h"
#include "event/path_table.h"
#include "protect/finding.h"

namespace tocsin::protect {

enum class Action : std::uint8_t {
  kKeep,
  kMask,      // the kind in brackets
  kHash,      // a keyed digest: the same for the same value, and nobody can turn it back
  kDelete,    // nothing stands there
  kTokenize,  // a token (event/tokens.h)
  kPrefix,    // of addresses: another one, so that networks stay networks
};
/// As policies spell it.
std::string_view name_of(Action action);

struct PolicyRule {
  Action action = Action::kKeep;
  // What it is about: values of these fields or entities, and what is found in any text.
  std::vector<std::string> fields;  // `*` stands for any characters, case does not count
  std::vector<EntityType> entities;
  std::bitset<kKinds> kinds;
  // Where: every event, but for those that these leave out.
  std::vector<std::string> sources;  // of senders, `*` as above; empty: all
  LogSource log_source;              // what is empty fits all
  std::vector<std::string> except;   // in folded case: these values stay
  std::uint32_t forget_after_days = 0;  // of tokens: so long after it was last met, what it stands for is forgotten; 0: when somebody says so
};

struct Policy {
  std::string name, description;
  std::vector<PolicyRule> rules;
  /// Free texts in which what a value became somewhere else in the event is replaced too: names of fields.
  std::vector<std::string> mentions;

  bool changes_anything() const;
  /// Whether every token is forgotten by itself.
  bool forgets_all_tokens() const;
  /// The number of the first rule that is about a value of this field, whose path may have other names; -1: none is. `holds`, by rule: whether it does where the value is; empty: all do.
  int rule_of_field(std::string_view field, const PathMeaning& meaning, const std::vector<bool>& holds = {}) const;
};

/// A hundred years.
inline constexpr std::uint32_t kForgetAfterDaysMax = 36'500;

/// Of one policy; a file has a few dozen.
inline constexpr std::size_t kPolicyRulesMax = 200;

Result<Policy> read_policy(const std::string& file, std::string_view text);
/// One that is in the program: nothing if there is none of that name.
std::string_view shipped_policy(std::string_view name);
std::vector<std::string_view> shipped_policy_names();

}  // namespace tocsin::protect
