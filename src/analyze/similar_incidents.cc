#include "analyze/similar_incidents.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace tocsin::analyze {

std::vector<SimilarIncident> similar_to(const Incident& one, std::span<const Incident> all) {
  std::map<std::string_view, double> weight;  // by rule: how many have it, then one by that
  for (const Incident& incident : all) {
    for (const IncidentRule& rule : incident.rules) ++weight[rule.id];
  }
  for (auto& [rule, count] : weight) count = 1 / count;
  double own = 0;
  std::set<std::string_view> rules;
  for (const IncidentRule& rule : one.rules) {
    if (rules.insert(rule.id).second) own += weight[rule.id];
  }
  std::vector<SimilarIncident> similar;
  for (const Incident& other : all) {
    if (other.status != CaseStatus::kClosed || other.id == one.id) continue;
    double shared = 0, either = own;
    std::size_t count = 0;
    for (const IncidentRule& rule : other.rules) {
      const bool both = rules.contains(rule.id);
      (both ? shared : either) += weight[rule.id];
      count += both ? 1 : 0;
    }
    if (either > 0 && shared / either >= kSimilarityLeast) similar.push_back({other.id, shared / either, count, other.classification, other.last});
  }
  std::ranges::sort(similar, [](const SimilarIncident& a, const SimilarIncident& b) { return std::tie(b.similarity, b.last, a.id) < std::tie(a.similarity, a.last, b.id); });
  if (similar.size() > kSimilarMax) similar.resize(kSimilarMax);
  return similar;
}

}  // namespace tocsin::analyze
