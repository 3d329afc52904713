// What every worker of a scan shares: the rules, the taxonomy, the log source classes and the compiled plans. Built once
// by the verb that needs it, from texts and options; immutable then, but for what locks itself (LogSourceTable, Planner).
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "collect/block.h"
#include "detect/match/matcher.h"
#include "detect/plan/class_plan.h"
#include "detect/sigma/load.h"
#include "event/alert.h"
#include "normalize/taxonomy.h"
#include "pipeline/baseline_cards.h"
#include "pipeline/indicator_cards.h"

namespace tocsin {

class Engine {
 public:
  Engine(sigma::RuleSet set, std::unique_ptr<const Taxonomy> taxonomy);

  const sigma::RuleSet& rules() const { return set_; }
  /// More rules whose alerts reach nobody (sigma::RuleSet::shadow), before the first event.
  void put_in_shadow(const std::set<std::string>& ids) { set_.shadow.insert(ids.begin(), ids.end()); }
  const Taxonomy& taxonomy() const { return *taxonomy_; }
  LogSourceTable& log_sources() { return log_sources_; }
  plan::Planner& planner() { return planner_; }
  /// Cards of the rules, then of the correlations, of indicators, and of signs.
  const RuleCard& card(std::size_t index) const { return cards_[index]; }
  const RuleCard& correlation_card(std::size_t index) const { return cards_[set_.rules.size() + index]; }
  /// How the bytes of files become events; of mails, whose word counts.
  TextRules text_rules() const;
  void set_mail_rules(MailRules rules) { mail_rules_ = std::move(rules); }
  /// What an alert about an indicator is of.
  std::uint32_t indicator_card(intel::IndicatorKind kind, std::optional<int> score) const { return static_cast<std::uint32_t>(card_count() + indicator_card_place(kind, score)); }
  /// What an alert of a sign is of.
  std::uint32_t baseline_card(BaselineKind kind) const { return static_cast<std::uint32_t>(baseline_cards_at_ + baseline_card_place(kind)); }
  /// Kinds of signs that make alerts by themselves; none, unless somebody says so. Of those that are in the shadow the ids of their cards are among those of the rules that are.
  void promote(baseline::SignKinds kinds) { promoted_ = kinds; }
  baseline::SignKinds promoted() const { return promoted_; }
  /// Of rules and correlations; of all.
  std::size_t card_count() const { return set_.rules.size() + set_.correlations.size(); }
  std::size_t all_card_count() const { return cards_.size(); }
  /// Place of a card in bytewise order of rule ids.
  std::uint32_t rank(std::size_t index) const { return ranks_[index]; }

 private:
  sigma::RuleSet set_;
  std::unique_ptr<const Taxonomy> taxonomy_;
  LogSourceTable log_sources_;
  plan::Planner planner_;
  std::vector<RuleCard> cards_;
  std::size_t baseline_cards_at_ = 0;
  baseline::SignKinds promoted_;
  std::vector<std::uint32_t> ranks_;
  MailRules mail_rules_;
};

/// The rules inside the binary, as the loader takes them.
std::vector<sigma::RuleText> builtin_rules();

}  // namespace tocsin
