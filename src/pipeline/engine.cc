#include "pipeline/engine.h"

#include <algorithm>
#include <numeric>

#include "base/content.h"
#include "normalize/text.h"

namespace tocsin {

namespace {

template <class R>
RuleCard make_card(const R& rule) {
  return {rule.id,   rule.title,      std::string(sigma::level_name(rule.level)),  rule.status, rule.author,
          rule.tags, rule.references, static_cast<std::uint8_t>(rule.level)};
}

}  // namespace

Engine::Engine(sigma::RuleSet set, std::unique_ptr<const Taxonomy> taxonomy)
    : set_(std::move(set)), taxonomy_(std::move(taxonomy)), planner_(set_, log_sources_) {
  for (const sigma::Rule& rule : set_.rules) cards_.push_back(make_card(rule));
  for (const sigma::Correlation& correlation : set_.correlations) cards_.push_back(make_card(correlation));
  for (RuleCard& card : indicator_cards()) cards_.push_back(std::move(card));
  baseline_cards_at_ = cards_.size();
  for (RuleCard& card : baseline_cards()) cards_.push_back(std::move(card));
  std::vector<std::uint32_t> order(cards_.size());
  std::iota(order.begin(), order.end(), 0u);
  std::ranges::stable_sort(order, [&](std::uint32_t a, std::uint32_t b) { return cards_[a].id < cards_[b].id; });
  ranks_.resize(cards_.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) ranks_[order[i]] = i;
  // Alerts of one kind of indicator are in the order of their events, whatever their level.
  for (std::size_t i = card_count(); i < baseline_cards_at_; ++i) ranks_[i] = ranks_[i - (i - card_count()) % kIndicatorLevels];
}

TextRules Engine::text_rules() const { return {text_cut, text_fields_line, mail_rules_}; }

std::vector<sigma::RuleText> builtin_rules() {
  std::vector<sigma::RuleText> texts;
  for (const ContentFile& file : content_files()) {
    const bool rule = file.name.starts_with("rules/") && file.name.ends_with(".yml") && !file.name.ends_with(".test.yml");
    if (rule) texts.push_back({"builtin:" + std::string(file.name), std::string(file.text), true});
  }
  return texts;
}

}  // namespace tocsin
