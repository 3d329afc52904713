// The slow and obvious twin of GroupHistory and NeighbourEvidence, for tests: every number of decision 38 by its definition, out of the list of all groups, looked through anew for each group and each number.
// What it is given must be in the order of windows.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "analyze/confidence_model.h"

namespace tocsin::analyze {

class FeatureTwin {
 public:
  FeatureTwin(const AlertNames& names, std::span<const AlertGroup> groups) : names_(names), groups_(groups) {}

  GroupContext context(std::size_t at) const {
    const AlertGroup& group = groups_[at];
    GroupContext context;
    const double rule_gap = gap(at, [&](const AlertGroup& other) { return other.rule == group.rule; }), pair_gap = gap(at, [&](const AlertGroup& other) { return is_pair(group, other); });
    const double known = rule_gap < 0 ? kNewRule : pair_gap < 0 ? kNewHost : pair_gap > 6 * 3600 ? kAfterHours : pair_gap > 3600 ? kAfterAnHour : kRecent;
    std::size_t hosts = 0, of_family = 0;
    for (const AlertGroup& other : groups_) {
      if (other.start_s != group.start_s) continue;
      if (other.rule == group.rule) ++hosts;
      if (other.host == group.host && family(other) == family(group)) ++of_family;
    }
    context.situation = static_cast<Situation>(known + (hosts == 1 && of_family == 1 ? kAlone : 0));
    context.hosts = static_cast<std::uint32_t>(hosts);
    context.gap = pair_gap < 0 ? kGapNever : std::log(std::max(pair_gap, 300.0));
    const double windows = std::min(86400.0, std::max(static_cast<double>(group.start_s - groups_[0].start_s), 300.0)) / 300;
    const double usual = (alerts_before(at, 86400) + 0.5) / (windows + 1);
    context.burst = std::log((alerts_before(at, 3600) + static_cast<double>(group.alerts) + 1) / (12 * usual + 1));
    return context;
  }

  GroupFeatures features(std::size_t at, std::span<const double> evidence) const {
    const AlertGroup& group = groups_[at];
    double beside = -3, around = 0, past15 = -3, past60 = -3, trace15 = 0, trace60 = 0;
    for (std::size_t i = 0; i < groups_.size(); ++i) {
      const double age = static_cast<double>(group.start_s - groups_[i].start_s), positive = std::max(0.0, evidence[i]);
      if (i == at || age < 0) continue;
      if (age == 0) around += positive;
      if (age == 0 && groups_[i].host == group.host) beside = std::max(beside, evidence[i]);
      if (age == 0) continue;
      if (age <= 900) past15 = std::max(past15, evidence[i]);
      if (age <= 3600) past60 = std::max(past60, evidence[i]);
      trace15 += positive * std::exp(-age / 900);
      trace60 += positive * std::exp(-age / 3600);
    }
    const GroupContext own = context(at);
    return {evidence[at], beside, std::log1p(around), past15, past60, std::log1p(trace15), std::log1p(trace60), own.burst, own.gap, static_cast<double>(own.hosts)};
  }

 private:
  static bool is_pair(const AlertGroup& a, const AlertGroup& b) { return a.rule == b.rule && a.host == b.host; }
  std::string_view family(const AlertGroup& group) const { return family_name(names_.rules().name(group.rule)); }

  /// Seconds since the last group before the window of which `fits` is true, within two weeks; -1: none.
  template <class Fits>
  double gap(std::size_t at, Fits&& fits) const {
    double least = -1;
    for (const AlertGroup& other : groups_) {
      const std::int64_t age = groups_[at].start_s - other.start_s;
      if (age > 0 && age <= 14 * 86400 && fits(other)) least = least < 0 ? static_cast<double>(age) : std::min(least, static_cast<double>(age));
    }
    return least;
  }
  double alerts_before(std::size_t at, std::int64_t span_s) const {
    double alerts = 0;
    for (const AlertGroup& other : groups_) {
      const std::int64_t age = groups_[at].start_s - other.start_s;
      if (age > 0 && age <= span_s && is_pair(groups_[at], other)) alerts += static_cast<double>(other.alerts);
    }
    return alerts;
  }

  const AlertNames& names_;
  const std::span<const AlertGroup> groups_;
};

}  // namespace tocsin::analyze
