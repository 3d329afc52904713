// The evidence of a group's neighbours: of the others in its window, and of the windows before it. Windows come in the order of time, and each is remembered when all of its groups have their features.
// Memory is that of one window and an hour's dozen of windows. One thread.
//
//   NeighbourEvidence neighbours;
//   neighbours.take(window, contexts, evidence, features);   // one of each for each group
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "analyze/alert_groups.h"
#include "analyze/group_features.h"

namespace tocsin::analyze {

class NeighbourEvidence {
 public:
  /// The groups of one window, those of one host side by side; `evidence` in log-odds, rounded (rounded_evidence).
  void take(std::span<const AlertGroup> window, std::span<const GroupContext> contexts, std::span<const double> evidence, std::vector<GroupFeatures>& features);

 private:
  struct Past {
    std::int64_t start_s;
    double highest;
  };

  double highest_since(std::int64_t from_s) const;

  bool any_ = false;
  std::int64_t last_s_ = 0;
  double trace15_ = 0, trace60_ = 0;  // what is left of the positive evidence of all windows up to last_s_
  std::deque<Past> hour_;
};

}  // namespace tocsin::analyze
