// The labelled scenarios of the AIT Alert Data Set as groups of alerts, and the measures by which decision 38 was taken: average precision, Brier score, calibration error, and which attack steps are left when
// the half of each scenario's groups that scores lowest is put aside. For the benchmark and the test of the whole; one thread.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <functional>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "analyze/confidence_model.h"
#include "base/env.h"
#include "collect/alert_file.h"

namespace tocsin::analyze {

struct AitScenario {
  std::string name;
  AlertNames names;
  AlertGroups gathered{names};
  std::vector<std::set<std::string>> steps;  // by group: what its alerts are labelled with, false_positive left out
  Scenario scenario;
  std::uint64_t alerts = 0;

  std::uint8_t is_attack(std::size_t group) const { return gathered.groups()[group].verdict == Verdict::kTruePositive ? 1 : 0; }
};

/// What `change` makes of each alert; it may hold the texts that it changes.
using AlertChange = std::function<AlertBrief(const AlertBrief&)>;

inline Status read_scenario(Env& env, const std::string& path, AitScenario& into, const AlertChange& change = {}) {
  std::map<std::tuple<std::int64_t, std::uint32_t, std::uint32_t>, std::set<std::string>> steps;
  const auto take = [&](const AlertBrief& read) -> Status {
    const AlertBrief alert = change ? change(read) : read;
    if (alert.verdict == Verdict::kTruePositive) {
      steps[{window_of(alert.time_s), TRY(into.names.host(alert.host)), TRY(into.names.rule(alert.rule))}].emplace(alert.verdict_word);
    }
    return into.gathered.add(alert);
  };
  const AlertFileCounts counts = TRY(read_alerts(env, path, {AlertForm::kAit, true}, take));
  if (counts.bad > 0 || !counts.broken.empty()) return Error{Code::kInvalid, path + " is damaged"};
  into.alerts = counts.alerts;
  TRY(into.gathered.finish());
  for (const AlertGroup& group : into.gathered.groups()) into.steps.push_back(steps[{group.start_s, group.host, group.rule}]);
  into.scenario = TRY(Scenario::of(into.names, into.gathered.groups()));
  return {};
}

/// In the order of their names.
inline Result<std::deque<AitScenario>> read_scenarios(Env& env, const std::string& folder, const AlertChange& change = {}) {
  std::deque<AitScenario> scenarios;
  for (const FolderEntry& entry : TRY(env.list_folder(folder))) {
    if (!entry.name.ends_with("_alerts.csv.zst")) continue;
    AitScenario& scenario = scenarios.emplace_back();
    scenario.name = entry.name.substr(0, entry.name.find('_'));
    TRY(read_scenario(env, folder + "/" + entry.name, scenario, change));
  }
  return scenarios;
}

/// By scenario and group.
using Confidences = std::vector<std::vector<double>>;

/// What all but one teach.
inline std::vector<Scenario> others(const std::deque<AitScenario>& scenarios, std::size_t left_out) {
  std::vector<Scenario> rest;
  for (std::size_t i = 0; i < scenarios.size(); ++i) {
    if (i != left_out) rest.push_back(scenarios[i].scenario);
  }
  return rest;
}

struct Measures {
  double average_precision = 0, brier = 0, calibration_error = 0;
  std::size_t groups = 0, attacks = 0, steps = 0, steps_kept = 0, attacks_kept = 0;
};

/// The mean of the precision at each attack, groups of one score together (area under the steps of precision over recall).
inline double average_precision(std::vector<std::pair<double, std::uint8_t>> scored) {
  std::ranges::sort(scored, [](const auto& a, const auto& b) { return a.first > b.first; });
  double area = 0, found = 0, all = 0;
  for (const auto& [score, label] : scored) all += label;
  for (std::size_t from = 0, to = 0; from < scored.size(); from = to) {
    double here = 0;
    for (; to < scored.size() && scored[to].first == scored[from].first; ++to) here += scored[to].second;
    found += here;
    area += here / all * (found / static_cast<double>(to));
  }
  return area;
}

/// Ten bins of equal width.
inline double calibration_error(const std::vector<std::pair<double, std::uint8_t>>& scored) {
  std::array<double, 10> difference{};
  for (const auto& [score, label] : scored) difference[std::min<std::size_t>(static_cast<std::size_t>(score * 10), 9)] += label - score;
  double sum = 0;
  for (const double one : difference) sum += std::abs(one);
  return sum / static_cast<double>(scored.size());
}

/// Which groups of a scenario are left when the lower half is put aside; of equal ones the earlier goes first.
inline std::vector<bool> upper_half(const std::vector<double>& confidences) {
  std::vector<std::size_t> order(confidences.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return confidences[i]; });
  std::vector<bool> kept(confidences.size(), true);
  for (std::size_t i = 0; i < order.size() / 2; ++i) kept[order[i]] = false;
  return kept;
}

inline Measures measure(const std::deque<AitScenario>& scenarios, const Confidences& confidences) {
  Measures result;
  std::vector<std::pair<double, std::uint8_t>> pooled;
  for (std::size_t s = 0; s < scenarios.size(); ++s) {
    const std::vector<bool> kept = upper_half(confidences[s]);
    std::set<std::string> all_steps, kept_steps;
    for (std::size_t i = 0; i < kept.size(); ++i) {
      const std::uint8_t label = scenarios[s].is_attack(i);
      pooled.emplace_back(confidences[s][i], label);
      all_steps.insert(scenarios[s].steps[i].begin(), scenarios[s].steps[i].end());
      if (kept[i]) kept_steps.insert(scenarios[s].steps[i].begin(), scenarios[s].steps[i].end());
      result.attacks += label;
      result.attacks_kept += kept[i] ? label : 0;
    }
    result.steps += all_steps.size();
    result.steps_kept += kept_steps.size();
  }
  result.groups = pooled.size();
  for (const auto& [score, label] : pooled) result.brier += (score - label) * (score - label) / static_cast<double>(pooled.size());
  result.average_precision = average_precision(pooled);
  result.calibration_error = calibration_error(pooled);
  return result;
}

/// Of each scenario, by a model of the others.
inline Result<Confidences> model_confidences(const std::deque<AitScenario>& scenarios) {
  Confidences all;
  for (std::size_t s = 0; s < scenarios.size(); ++s) {
    const ConfidenceModel model = TRY(ConfidenceModel::fit(others(scenarios, s)));
    std::vector<double>& here = all.emplace_back();
    for (const GroupFeatures& features : features_of(scenarios[s].scenario, model.record())) here.push_back(model.confidence(features).confidence);
  }
  return all;
}

}  // namespace tocsin::analyze
