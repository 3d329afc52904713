// From the verdicts on a rule's alerts to a Sigma filter: the smallest condition that matches the false positives and no true positive, or why there is none. Pure, deterministic, one thread. What comes out is a
// proposal: whoever asks for it runs it, by the engine that will run it later, over the same events and over all that is unjudged (cli/tune_run.h), and believes that alone.
//
//   const FilterProposal proposal = propose_filter(events, {.asked = fields_of_the_rule});
//   if (proposal.selections.empty()) complain(proposal.refusal);
//
// An event is hidden if one of at most kSelectionsMax selections holds; a selection is at most kConditionsMax conditions (filter_atoms.h). Looked for is one selection that matches every false positive; if there
// is none, selections one after the other, each the one that matches most of what is left. Of several the one with the fewest conditions, then the fewest values, then the fields that a filter prefers.
// A selection must match no true positive; be narrow (is_narrow); and match `least` false positives that no selection before it does: what happened once is no pattern.
//
// Cost: all choices of up to kConditionsMax of up to kAtomsMax conditions, a bit for each judged event: milliseconds for a hundred, some seconds for the ten thousand that are taken at most.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "analyze/filter_condition.h"
#include "event/alert_fields.h"
#include "event/verdict.h"

namespace tocsin::analyze {

/// More is not "the smallest condition" any more, and the search tries all choices.
inline constexpr std::size_t kConditionsMax = 5;
/// A person reads a filter before it is used.
inline constexpr std::size_t kSelectionsMax = 5;
/// Judged alerts of one rule, whose bits are compared for each choice of conditions. With more true positives nothing is proposed; more false positives are left out.
inline constexpr std::size_t kJudgedMax = 10'000;
/// False positives that are asked for if nobody says how many.
inline constexpr std::size_t kFalsePositivesLeast = 3;

struct JudgedEvent {
  const AlertFields* event = nullptr;
  Verdict verdict = Verdict::kNone;  // kNone: nobody has judged it; tells in what alerts of the rule differ
};

struct ProposalOptions {
  std::size_t least = kFalsePositivesLeast;
  bool benign = false;               // what was meant to happen is hidden, too
  std::set<std::string> asked = {};  // fields that the rule asks for
};

/// A false positive that the proposal does not hide, and why.
struct NotHidden {
  enum class Why : std::uint8_t {
    kTruePositive,  // that one has all that this one has
    kTooWide,       // it has too little that a filter can stand on
    kTooFew,        // too few are like it
    kNoRoom,        // kSelectionsMax, kJudgedMax
  };
  std::string alert;
  Why why = Why::kTooWide;
  std::string true_positive;
};

struct FilterProposal {
  std::vector<FilterSelection> selections;  // empty: refused
  std::vector<std::string> hides;           // alerts, in the order in which they were given
  std::vector<NotHidden> left;
  std::string refusal;                      // if it is refused: why, a clause
};

FilterProposal propose_filter(const std::vector<JudgedEvent>& events, const ProposalOptions& options);

}  // namespace tocsin::analyze
