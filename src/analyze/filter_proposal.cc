#include "analyze/filter_proposal.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>

#include "analyze/filter_atoms.h"

namespace tocsin::analyze {

namespace {

using Events = std::vector<const AlertFields*>;

/// Different false positives from which one selection of several is tried; beyond it those of which there are fewest wait for the next.
constexpr std::size_t kSeedsMax = 32;

/// A set of events, by their place.
class Bits {
 public:
  Bits() = default;
  explicit Bits(std::size_t size, bool value) : words_((size + 63) / 64, value ? ~0ull : 0ull) {
    if (value && size % 64 != 0) words_.back() = (1ull << (size % 64)) - 1;
  }
  void set(std::size_t at) { words_[at / 64] |= 1ull << (at % 64); }
  bool has(std::size_t at) const { return (words_[at / 64] >> (at % 64) & 1) != 0; }
  std::size_t count() const {
    std::size_t sum = 0;
    for (const std::uint64_t word : words_) sum += static_cast<std::size_t>(__builtin_popcountll(word));
    return sum;
  }
  bool none() const {
    return std::ranges::all_of(words_, [](std::uint64_t word) { return word == 0; });
  }
  Bits operator&(const Bits& other) const {
    Bits both = *this;
    for (std::size_t i = 0; i < words_.size(); ++i) both.words_[i] &= other.words_[i];
    return both;
  }
  Bits without(const Bits& other) const {
    Bits rest = *this;
    for (std::size_t i = 0; i < words_.size(); ++i) rest.words_[i] &= ~other.words_[i];
    return rest;
  }

 private:
  std::vector<std::uint64_t> words_;
};

using FoldedEvents = std::vector<AlertFields>;

FoldedEvents fold(const Events& events) {
  FoldedEvents folded;
  for (const AlertFields* event : events) folded.push_back(folded_event(*event));
  return folded;
}

Bits held_by(const FieldCondition& condition, const FoldedEvents& events) {
  const FieldCondition folded = folded_condition(condition);
  Bits bits(events.size(), false);
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (holds_folded(folded, events[i])) bits.set(i);
  }
  return bits;
}

struct Choice {
  std::vector<std::uint32_t> atoms;  // ascending, so in the order of preference
  std::size_t values = 0, covered = 0;
};

/// The best choice of conditions. One that matches more is better; then the one with fewer conditions; then with fewer values; then the first in the order of preference.
class ChoiceSearch {
 public:
  /// `from`: those of `wanted` that count.
  ChoiceSearch(const std::vector<Atom>& atoms, const FoldedEvents& wanted, const Bits& from, const FoldedEvents& against, std::size_t least)
      : atoms_(atoms), wanted_(from), against_(against.size(), true), least_(least) {
    for (const Atom& atom : atoms) {
      wanted_of_.push_back(held_by(atom.condition, wanted));
      against_of_.push_back(held_by(atom.condition, against));
    }
  }

  std::optional<Choice> run() {
    for (std::size_t size = 1; size <= kConditionsMax; ++size) extend({}, 0, size, wanted_, against_);
    return best_;
  }

 private:
  void extend(const Choice& choice, std::uint32_t from, std::size_t more, const Bits& wanted, const Bits& against) {
    if (more == 0) return consider(choice, wanted, against);
    for (std::uint32_t i = from; i < atoms_.size(); ++i) {
      if (repeats(choice, i)) continue;
      const Bits rest = wanted & wanted_of_[i];
      const std::size_t covered = rest.count();
      if (covered < least_ || (best_ && covered < best_->covered + (choice.atoms.size() + more > best_->atoms.size() ? 1 : 0))) continue;
      Choice next = choice;
      next.atoms.push_back(i);
      next.values += atoms_[i].condition.values.size();
      extend(next, i + 1, more - 1, rest, against & against_of_[i]);
    }
  }

  /// One condition on a field in each way: a mapping has a key once.
  bool repeats(const Choice& choice, std::uint32_t atom) const {
    return std::ranges::any_of(choice.atoms, [&](std::uint32_t other) {
      return atoms_[other].condition.field == atoms_[atom].condition.field && atoms_[other].condition.match == atoms_[atom].condition.match;
    });
  }

  void consider(const Choice& choice, const Bits& wanted, const Bits& against) {
    if (!against.none()) return;
    std::vector<const Atom*> atoms;
    for (const std::uint32_t i : choice.atoms) atoms.push_back(&atoms_[i]);
    if (!is_narrow(atoms)) return;
    const std::size_t covered = wanted.count();
    const bool better = !best_ || covered > best_->covered || (covered == best_->covered && choice.atoms.size() == best_->atoms.size() && choice.values < best_->values);
    if (!better) return;
    best_ = choice;
    best_->covered = covered;
  }

  const std::vector<Atom>& atoms_;
  const Bits wanted_, against_;
  const std::size_t least_;
  std::vector<Bits> wanted_of_, against_of_;
  std::optional<Choice> best_;
};

FilterSelection selection_of(const std::vector<Atom>& atoms, const Choice& choice) {
  FilterSelection selection;
  for (const std::uint32_t i : choice.atoms) selection.push_back(atoms[i].condition);
  return selection;
}

/// The verdicts, sorted out.
struct Sides {
  Events wanted, against, all;
  std::vector<std::string> no_room;  // false positives beyond kJudgedMax
};

class Proposer {
 public:
  Proposer(Sides sides, const ProposalOptions& options)
      : sides_(std::move(sides)), options_(options), rule_(rule_fields(sides_.all, options.asked)), wanted_(fold(sides_.wanted)), against_(fold(sides_.against)), left_(wanted_.size(), true) {}

  FilterProposal run() {
    const std::vector<Atom> atoms = common_atoms(sides_.wanted, rule_);
    if (const std::optional<Choice> choice = ChoiceSearch(atoms, wanted_, left_, against_, wanted_.size()).run()) {
      take(selection_of(atoms, *choice));
    } else {
      group();
      while (proposal_.selections.size() < kSelectionsMax && take_next()) {}
    }
    for (std::size_t i = 0; i < wanted_.size(); ++i) {
      if (left_.has(i)) proposal_.left.push_back(why_left(*sides_.wanted[i]));
      if (!left_.has(i)) proposal_.hides.push_back(sides_.wanted[i]->alert);
    }
    for (const std::string& alert : sides_.no_room) proposal_.left.push_back({alert, NotHidden::Why::kNoRoom, {}});
    if (proposal_.selections.empty()) refuse();
    return std::move(proposal_);
  }

 private:
  /// False positives that are alike in all that a filter may use.
  struct Group {
    std::vector<Atom> atoms;
    Bits members;
  };

  void take(FilterSelection selection) {
    Bits held(wanted_.size(), true);
    for (const FieldCondition& condition : selection) held = held & held_by(condition, wanted_);
    left_ = left_.without(held);
    proposal_.selections.push_back(std::move(selection));
  }

  /// In the order in which they were first met.
  void group() {
    std::map<std::vector<std::string>, std::size_t> places;
    for (std::size_t i = 0; i < wanted_.size(); ++i) {
      std::vector<Atom> atoms = common_atoms({sides_.wanted[i]}, rule_);
      std::vector<std::string> key;
      for (const Atom& atom : atoms) {
        key.push_back(atom.condition.field);
        key.push_back(atom.condition.values.front());
      }
      const auto [at, fresh] = places.try_emplace(std::move(key), groups_.size());
      if (fresh) groups_.push_back({std::move(atoms), Bits(wanted_.size(), false)});
      groups_[at->second].members.set(i);
    }
  }

  /// The selection that matches most of what is left; false if there is none. Tried are the groups of which most is left.
  bool take_next() {
    std::vector<std::pair<std::size_t, const Group*>> order;
    for (const Group& group : groups_) {
      if (const std::size_t count = (group.members & left_).count(); count > 0) order.emplace_back(count, &group);
    }
    std::ranges::stable_sort(order, std::greater<>(), &std::pair<std::size_t, const Group*>::first);
    if (order.size() > kSeedsMax) order.resize(kSeedsMax);
    std::optional<Choice> best;
    FilterSelection selection;
    for (const auto& [count, group] : order) {
      const std::optional<Choice> choice = ChoiceSearch(group->atoms, wanted_, left_, against_, options_.least).run();
      if (!choice) continue;
      const bool better = !best || choice->covered > best->covered || (choice->covered == best->covered && choice->atoms.size() < best->atoms.size());
      if (!better) continue;
      best = choice;
      selection = selection_of(group->atoms, *choice);
    }
    if (best) take(std::move(selection));
    return best.has_value();
  }

  /// By all that it has and a filter may use.
  NotHidden why_left(const AlertFields& event) const {
    const std::vector<Atom> atoms = common_atoms({&event}, rule_);
    std::vector<const Atom*> every;
    std::vector<FieldCondition> conditions;
    for (const Atom& atom : atoms) {
      every.push_back(&atom);
      conditions.push_back(folded_condition(atom.condition));
    }
    const auto same = std::ranges::find_if(against_, [&](const AlertFields& other) {
      return std::ranges::all_of(conditions, [&](const FieldCondition& condition) { return holds_folded(condition, other); });
    });
    if (!is_narrow(every)) return {event.alert, NotHidden::Why::kTooWide, {}};
    if (same != against_.end()) return {event.alert, NotHidden::Why::kTruePositive, same->alert};
    return {event.alert, proposal_.selections.size() >= kSelectionsMax ? NotHidden::Why::kNoRoom : NotHidden::Why::kTooFew, {}};
  }

  void refuse() {
    const auto first = [&](NotHidden::Why why) { return std::ranges::find(proposal_.left, why, &NotHidden::why); };
    if (const auto blocked = first(NotHidden::Why::kTruePositive); blocked != proposal_.left.end()) {
      proposal_.refusal = fmt::format("the true positive {} has all that the false positive {} has, as far as a filter may use it: what hides the one hides the other", blocked->true_positive, blocked->alert);
    } else if (first(NotHidden::Why::kTooFew) != proposal_.left.end()) {
      proposal_.refusal = fmt::format("no {} of the false positives have so much in common that a filter on it is narrow and hides no true positive", options_.least);
    } else {
      proposal_.refusal = "what the false positives say of themselves is too little for a filter: it would be too wide, on values that an attacker chooses or that all alerts of the rule have";
    }
  }

  const Sides sides_;
  const ProposalOptions& options_;
  const RuleFields rule_;
  const FoldedEvents wanted_, against_;
  std::vector<Group> groups_;
  Bits left_;  // of wanted: what no selection matches
  FilterProposal proposal_;
};

FilterProposal refused(std::string why) {
  FilterProposal proposal;
  proposal.refusal = std::move(why);
  return proposal;
}

}  // namespace

FilterProposal propose_filter(const std::vector<JudgedEvent>& events, const ProposalOptions& options) {
  Sides sides;
  for (const JudgedEvent& one : events) {
    sides.all.push_back(one.event);
    if (one.verdict == Verdict::kTruePositive) sides.against.push_back(one.event);
    const bool wanted = one.verdict == Verdict::kFalsePositive || (options.benign && one.verdict == Verdict::kBenign);
    if (wanted && sides.wanted.size() < kJudgedMax) {
      sides.wanted.push_back(one.event);
    } else if (wanted) {
      sides.no_room.push_back(one.event->alert);
    }
  }
  if (sides.against.size() > kJudgedMax) return refused(fmt::format("{} true positives are more than can be held against a filter ({}): the rule needs another condition, not a filter", sides.against.size(), kJudgedMax));
  if (sides.wanted.empty()) return refused("none of the rule's alerts that were found is judged a false positive");
  if (sides.wanted.size() < options.least) return refused(fmt::format("{} of the rule's alerts that were found are judged false positives, {} are wanted: what happened once is no pattern", sides.wanted.size(), options.least));
  return Proposer(std::move(sides), options).run();
}

}  // namespace tocsin::analyze
