// Confidence window by window: what a file's scoring and a stream's have in common. Windows come in the order of time; a group's confidence knows of nothing after its window. Memory is that of GroupHistory.
// One thread.
//
//   GroupScorer scorer(model, names);
//   TRY(scorer.take(window, scored));   // one for each group
#pragma once

#include <span>
#include <vector>

#include "analyze/confidence_model.h"
#include "analyze/group_history.h"
#include "analyze/neighbour_evidence.h"

namespace tocsin::analyze {

struct ScoredGroup {
  GroupContext context;
  GroupFeatures features{};
  Confidence confidence;
};

class GroupScorer {
 public:
  /// Both outlive it; the names may grow.
  GroupScorer(const ConfidenceModel& model, const AlertNames& names) : model_(model), names_(names), history_(names) {}

  /// The groups of one window, later than all before, those of one host side by side. kLimit as GroupHistory.
  Status take(std::span<const AlertGroup> window, std::vector<ScoredGroup>& scored);

 private:
  const ConfidenceModel& model_;
  const AlertNames& names_;
  GroupHistory history_;
  NeighbourEvidence neighbours_;
  std::vector<RuleEvidence> rules_;  // by rule
  std::vector<GroupContext> contexts_;
  std::vector<GroupFeatures> features_;
  std::vector<double> evidence_;
};

}  // namespace tocsin::analyze
