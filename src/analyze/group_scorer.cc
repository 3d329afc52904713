#include "analyze/group_scorer.h"

namespace tocsin::analyze {

Status GroupScorer::take(std::span<const AlertGroup> window, std::vector<ScoredGroup>& scored) {
  TRY(history_.take(window, contexts_));
  model_.record().append_evidence(names_, rules_);
  evidence_.clear();
  for (std::size_t i = 0; i < window.size(); ++i) evidence_.push_back(rules_[window[i].rule][contexts_[i].situation]);
  neighbours_.take(window, contexts_, evidence_, features_);
  scored.clear();
  for (std::size_t i = 0; i < window.size(); ++i) scored.push_back({contexts_[i], features_[i], model_.confidence(features_[i])});
  return {};
}

}  // namespace tocsin::analyze
