#include "analyze/confidence_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "analyze/group_history.h"
#include "analyze/neighbour_evidence.h"

namespace tocsin::analyze {

namespace {

constexpr double kPenalty = 10;
constexpr std::string_view kFeatureNames[kFeatures] = {"own", "beside", "around", "past15", "past60", "trace15", "trace60", "burst", "gap", "hosts"};

constexpr double kOfEvidence[] = {-2, -1, 0, 1, 2, 3, 4, 5};
constexpr double kOfHighest[] = {-3, -1, 0, 1, 2, 3, 4, 5};
constexpr double kOfAround[] = {0, 0.5, 1, 1.5, 2, 2.5, 3, 4};
constexpr double kOfTrace15[] = {0, 0.25, 0.5, 1, 1.5, 2, 2.5, 3, 4};
constexpr double kOfTrace60[] = {0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 5};
constexpr double kOfBurst[] = {-2, -1, 0, 1, 2, 3, 5};
constexpr double kOfHosts[] = {1, 2, 3, 4, 6};
constexpr int kGapSeconds[] = {300, 600, 1'200, 3'600, 14'400, 43'200, 172'800};

std::span<const double> gap_knots() {
  static const std::vector<double> knots = [] {
    std::vector<double> made;
    for (const int seconds : kGapSeconds) made.push_back(std::log(static_cast<double>(seconds)));
    made.push_back(kGapNever);
    return made;
  }();
  return knots;
}

/// What a reader would not look at twice: a rule of the usual record, nothing beside or before it, as many alerts as ever, an hour after the last ones.
GroupFeatures quiet_group() {
  return {0, kNoNeighbour, 0, kNoNeighbour, kNoNeighbour, 0, 0, 0, std::log(3'600.0), 1};
}

constexpr Evidence evidence_of(Feature feature) {
  switch (feature) {
    case Feature::kOwn: return Evidence::kOwn;
    case Feature::kBeside: return Evidence::kBeside;
    case Feature::kAround: return Evidence::kAround;
    case Feature::kBurst: return Evidence::kBurst;
    case Feature::kGap: return Evidence::kGap;
    case Feature::kHosts: return Evidence::kHosts;
    default: return Evidence::kBefore;
  }
}

double clipped(Feature feature, double value) {
  const std::span<const double> knots = knots_of(feature);
  return std::clamp(value, knots.front(), knots.back());
}

std::size_t columns_of(Feature feature) { return knots_of(feature).size() - 1; }

double sum_of_terms(Feature feature, const FeatureTerms& terms, double value) {
  const std::span<const double> knots = knots_of(feature);
  const double at = clipped(feature, value);
  double sum = terms.weights[0] * ((at - terms.mean) / terms.deviation);
  for (std::size_t i = 1; i + 1 < knots.size() && at > knots[i]; ++i) sum += terms.weights[i] * ((at - knots[i]) / terms.deviation);
  return sum;
}

struct LabelledGroup {
  GroupFeatures features;
  std::uint8_t is_attack = 0;
  auto operator<=>(const LabelledGroup&) const = default;
};

/// The rows of a fit, in the order of their values: where they come from decides nothing, not even the last bit of a sum.
class Rows : public FitRows {
 public:
  explicit Rows(std::vector<LabelledGroup> groups) : groups_(std::move(groups)) {
    std::ranges::sort(groups_);
    for (const LabelledGroup& group : groups_) labels_.push_back(group.is_attack);
    for (std::size_t i = 0; i < kFeatures; ++i) terms_.push_back(scale_of(static_cast<Feature>(i)));
  }

  std::size_t rows() const override { return groups_.size(); }
  std::size_t columns() const override { return columns_; }
  void fill(std::size_t from, std::size_t count, double* into) const override {
    for (std::size_t row = from; row < from + count; ++row) {
      for (std::size_t i = 0; i < kFeatures; ++i) {
        const Feature feature = static_cast<Feature>(i);
        const std::span<const double> knots = knots_of(feature);
        const double value = clipped(feature, groups_[row].features[i]);
        *into++ = (value - terms_[i].mean) / terms_[i].deviation;
        for (std::size_t knot = 1; knot + 1 < knots.size(); ++knot) *into++ = std::max(value - knots[knot], 0.0) / terms_[i].deviation;
      }
    }
  }
  std::span<const std::uint8_t> labels() const { return labels_; }

  /// The weights behind the intercept, by feature.
  std::vector<FeatureTerms> with_weights(std::span<const double> weights) const {
    std::vector<FeatureTerms> terms = terms_;
    for (std::size_t i = 0; i < kFeatures; ++i) {
      const std::size_t count = columns_of(static_cast<Feature>(i));
      terms[i].weights.assign(weights.begin(), weights.begin() + static_cast<std::ptrdiff_t>(count));
      weights = weights.subspan(count);
    }
    return terms;
  }

 private:
  FeatureTerms scale_of(Feature feature) {
    columns_ += columns_of(feature);
    const double count = static_cast<double>(groups_.size());
    FeatureTerms terms;
    for (const LabelledGroup& group : groups_) terms.mean += clipped(feature, at(group.features, feature)) / count;
    double squares = 0;
    for (const LabelledGroup& group : groups_) {
      const double distance = clipped(feature, at(group.features, feature)) - terms.mean;
      squares += distance * distance / count;
    }
    terms.deviation = std::sqrt(squares) + 1e-9;
    return terms;
  }

  std::vector<LabelledGroup> groups_;
  std::vector<std::uint8_t> labels_;
  std::vector<FeatureTerms> terms_;
  std::size_t columns_ = 0;
};

using Scenarios = std::vector<const Scenario*>;

Scenarios without(const Scenarios& scenarios, const Scenario* one) {
  Scenarios others = scenarios;
  std::erase(others, one);
  return others;
}

TrackRecord record_of(const Scenarios& scenarios) {
  TrackRecord record;
  for (const Scenario* const scenario : scenarios) record.learn(*scenario->names, scenario->groups, scenario->contexts);
  return record;
}

void append_rows(const Scenario& scenario, const TrackRecord& record, std::vector<LabelledGroup>& rows) {
  const std::vector<GroupFeatures> features = features_of(scenario, record);
  for (std::size_t i = 0; i < features.size(); ++i) {
    const Verdict verdict = scenario.groups[i].verdict;
    if (verdict != Verdict::kNone) rows.push_back({features[i], static_cast<std::uint8_t>(verdict == Verdict::kTruePositive)});
  }
}

/// All but the calibration. Each scenario's rows take the record of the others.
Result<ConfidenceModel> fit_uncalibrated(const Scenarios& scenarios) {
  std::vector<LabelledGroup> groups;
  for (const Scenario* const scenario : scenarios) append_rows(*scenario, record_of(without(scenarios, scenario)), groups);
  const Rows rows(std::move(groups));
  const std::vector<double> weights = TRY(fit_logistic(rows, rows.labels(), {.penalty = kPenalty}));
  return ConfidenceModel::of_parts(ConfidenceModel::Kind::kUncalibrated, record_of(scenarios), weights[0], rows.with_weights(std::span(weights).subspan(1)), {});
}

/// Scores that a model of the others gives each scenario. Nothing if no others can teach one, or all labels are the same.
std::optional<Platt> calibrate(const Scenarios& scenarios) {
  std::vector<std::pair<double, std::uint8_t>> pooled;
  for (const Scenario* const scenario : scenarios) {
    const Result<ConfidenceModel> model = fit_uncalibrated(without(scenarios, scenario));
    if (!model) continue;
    std::vector<LabelledGroup> rows;
    append_rows(*scenario, model->record(), rows);
    for (const LabelledGroup& row : rows) pooled.emplace_back(model->score(row.features), row.is_attack);
  }
  std::ranges::sort(pooled);
  std::vector<double> scores;
  std::vector<std::uint8_t> labels;
  for (const auto& [score, label] : pooled) {
    scores.push_back(score);
    labels.push_back(label);
  }
  const Result<Platt> platt = fit_platt(scores, labels);
  return platt ? std::optional(*platt) : std::nullopt;
}

bool has_verdicts(const Scenario& scenario) {
  return std::ranges::any_of(scenario.groups, [](const AlertGroup& group) { return group.verdict != Verdict::kNone; });
}

}  // namespace

std::span<const double> knots_of(Feature feature) {
  switch (feature) {
    case Feature::kOwn: return kOfEvidence;
    case Feature::kBeside:
    case Feature::kPast15:
    case Feature::kPast60: return kOfHighest;
    case Feature::kAround: return kOfAround;
    case Feature::kTrace15: return kOfTrace15;
    case Feature::kTrace60: return kOfTrace60;
    case Feature::kBurst: return kOfBurst;
    case Feature::kGap: return gap_knots();
    case Feature::kHosts: return kOfHosts;
  }
  return {};
}

std::string_view name_of(Feature feature) { return kFeatureNames[static_cast<std::size_t>(feature)]; }

Result<Scenario> Scenario::of(const AlertNames& names, std::span<const AlertGroup> groups) {
  Scenario scenario{&names, groups, {}};
  GroupHistory history(names);
  std::vector<GroupContext> contexts;
  Status status;
  for_each_window(groups, [&](std::span<const AlertGroup> window) {
    if (status) status = history.take(window, contexts);
    scenario.contexts.insert(scenario.contexts.end(), contexts.begin(), contexts.end());
  });
  if (!status) return status.error();
  return scenario;
}

std::vector<GroupFeatures> features_of(const Scenario& scenario, const TrackRecord& record) {
  std::vector<RuleEvidence> rules;
  record.append_evidence(*scenario.names, rules);
  std::vector<GroupFeatures> all, features;
  std::vector<double> evidence;
  NeighbourEvidence neighbours;
  for_each_window(scenario.groups, [&](std::span<const AlertGroup> window) {
    const std::span<const GroupContext> contexts = std::span(scenario.contexts).subspan(all.size(), window.size());
    evidence.clear();
    for (std::size_t i = 0; i < window.size(); ++i) evidence.push_back(rules[window[i].rule][contexts[i].situation]);
    neighbours.take(window, contexts, evidence, features);
    all.insert(all.end(), features.begin(), features.end());
  });
  return all;
}

Result<ConfidenceModel> ConfidenceModel::fit(std::span<const Scenario> all) {
  Scenarios scenarios;
  for (const Scenario& scenario : all) {
    if (has_verdicts(scenario)) scenarios.push_back(&scenario);
  }
  TrackRecord record = record_of(scenarios);
  const Tally& tally = record.all();
  if (tally.groups > kFitGroupsMax) return Error{Code::kLimit, fmt::format("there are more than {} groups of alerts with a verdict to be taught with", kFitGroupsMax)};
  if (tally.attacks == 0 || tally.attacks == tally.groups) {
    return Error{Code::kInvalid, fmt::format("of {} groups of alerts with a verdict {} are attacks: both kinds are needed to learn from", tally.groups, tally.attacks == 0 ? "none" : "all")};
  }
  if (scenarios.size() == 1) return of_parts(Kind::kRecord, std::move(record), 0, {}, {});
  ConfidenceModel model = TRY(fit_uncalibrated(scenarios));
  const std::optional<Platt> platt = scenarios.size() < 3 ? std::nullopt : calibrate(scenarios);
  if (!platt) return model;
  return of_parts(Kind::kCalibrated, std::move(model.record_), model.intercept_, std::move(model.terms_), *platt);
}

Result<ConfidenceModel> ConfidenceModel::of_parts(Kind kind, TrackRecord record, double intercept, std::vector<FeatureTerms> terms, Platt platt) {
  const bool has_terms = kind == Kind::kUncalibrated || kind == Kind::kCalibrated;
  if (terms.size() != (has_terms ? kFeatures : 0)) return Error{Code::kInvalid, "a model has terms for each feature or for none"};
  for (std::size_t i = 0; i < terms.size(); ++i) {
    if (terms[i].weights.size() != columns_of(static_cast<Feature>(i)) || !(terms[i].deviation > 0)) {
      return Error{Code::kInvalid, fmt::format("the terms of the feature {} are not as many as it has, or its deviation is not above 0", kFeatureNames[i])};
    }
  }
  ConfidenceModel model;
  model.kind_ = kind;
  model.record_ = std::move(record);
  model.intercept_ = intercept;
  model.terms_ = std::move(terms);
  model.platt_ = platt;
  const GroupFeatures quiet = quiet_group();
  for (std::size_t i = 0; i < model.terms_.size(); ++i) model.quiet_[i] = sum_of_terms(static_cast<Feature>(i), model.terms_[i], quiet[i]);
  return model;
}

double ConfidenceModel::score(const GroupFeatures& features) const {
  double score = intercept_;
  for (std::size_t i = 0; i < terms_.size(); ++i) score += sum_of_terms(static_cast<Feature>(i), terms_[i], features[i]);
  return score;
}

Confidence ConfidenceModel::confidence(const GroupFeatures& features) const {
  Confidence result;
  if (terms_.empty()) {
    const bool knows = kind_ == Kind::kRecord;
    result.base = log_odds(knows ? record_.base_rate() : kPrior);
    if (knows) result.weights[static_cast<std::size_t>(Evidence::kOwn)] = at(features, Feature::kOwn);
    result.confidence = probability_of(result.base + result.weights[static_cast<std::size_t>(Evidence::kOwn)]);
    return result;
  }
  double base = intercept_, sum = 0;
  for (std::size_t i = 0; i < terms_.size(); ++i) {
    const double beyond_quiet = sum_of_terms(static_cast<Feature>(i), terms_[i], features[i]) - quiet_[i];
    base += quiet_[i];
    sum += beyond_quiet;
    result.weights[static_cast<std::size_t>(evidence_of(static_cast<Feature>(i)))] += platt_.slope * beyond_quiet;
  }
  result.base = platt_.slope * base + platt_.offset;
  result.confidence = probability_of(platt_.slope * (base + sum) + platt_.offset);
  return result;
}

}  // namespace tocsin::analyze
