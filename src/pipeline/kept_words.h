// What is asked, in the words of what is kept. A policy put tokens and other addresses where values stood (protect/policy.h), so a rule or a query that names a value whole has to ask for what stands for it, and
// one about a network for that network's image. What cannot be said so is told: a rule that asks for a part of a name, or compares it in some other way, is blind there.
//
// Values without a token are nowhere in what is kept, and are asked for as they are. One thread.
//
//   KeptWords words(protection, taxonomy);
//   words.translate(rules);                                  // before an Engine is made of them
//   for (const BlindItem& item : words.blind_items(rules)) …
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "detect/intel/indicator_file.h"
#include "detect/sigma/load.h"
#include "event/path_table.h"
#include "pipeline/protection.h"
#include "protect/prefix_preserving.h"
#include "protect/protector.h"
#include "store/query.h"

namespace tocsin {

/// A line of a rule that does not see what it asks for under a policy.
struct BlindItem {
  std::uint32_t rule = 0;  // of RuleSet::rules
  std::string field, pattern, why;
};

class KeptWords {
 public:
  /// They outlive it.
  KeptWords(Protection& protection, const Naming& naming);
  /// Without a data folder: `tokens` makes no new ones.
  KeptWords(const protect::Policy& policy, Tokens& tokens, const Naming& naming);
  ~KeptWords();
  void translate(sigma::RuleSet& rules);
  void translate(store::Query& query);
  /// Gives `take` the indicator as it is asked of what is kept: itself, where that may stand there; the network that stands for its network; and what stands for its value whole in fields of hosts,
  /// accounts and the like, as kKept. What stands for another value has that value's text as the beginning of its reference.
  Status translate(const intel::Indicator& indicator, const intel::TakeIndicator& take);
  std::vector<BlindItem> blind_items(const sigma::RuleSet& rules) const;

 private:
  class KnownTokens;
  KeptWords(const protect::Policy& policy, Tokens& tokens, TokenVault* vault, const Naming& naming);
  struct Treatment;
  Treatment treatment_of(std::string_view field) const;
  void translate(std::string_view field, const Treatment& how, sigma::Pattern& pattern);
  std::optional<std::string> kept(std::string_view field, EntityType column, std::string_view value);

  const protect::Policy policy_;  // as if its rules held for every sender
  const Naming& naming_;
  const std::unique_ptr<KnownTokens> tokens_;
  LogSourceTable log_sources_;
  PathTable paths_;
  protect::Protector protector_;
  protect::PrefixPreserving addresses_;
};

}  // namespace tocsin
