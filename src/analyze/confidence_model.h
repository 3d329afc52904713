// How sure it is that a group of alerts is an attack: the sum of named evidence in log-odds, calibrated (decision 38). A model is fitted on labelled scenarios and never changes then; any number of threads
// may ask it. Memory of a fit: 88 bytes for each group.
//
//   const ConfidenceModel model = TRY(ConfidenceModel::fit(scenarios));
//   GroupScorer scorer(model, names);                // group_scorer.h
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "analyze/group_features.h"
#include "analyze/logistic_fit.h"
#include "analyze/track_record.h"

namespace tocsin::analyze {

/// Groups with a verdict in all scenarios of one fit: 400 MB of rows.
inline constexpr std::size_t kFitGroupsMax = 1u << 22;

/// A file of alerts, or a stretch of a stream: its groups in the order of windows, and what is known of them beside labels.
struct Scenario {
  const AlertNames* names = nullptr;
  std::span<const AlertGroup> groups;
  std::vector<GroupContext> contexts;

  static Result<Scenario> of(const AlertNames& names, std::span<const AlertGroup> groups);
};

/// Of one feature: its mean and deviation over the rows of the fit, and a weight for its distance from the mean and for what it is above each inner knot.
struct FeatureTerms {
  double mean = 0, deviation = 1;
  std::vector<double> weights;
};

/// The first and the last bound a feature; between them are the inner ones.
std::span<const double> knots_of(Feature feature);
/// What a feature is called in a model's file and in lists of evidence.
std::string_view name_of(Feature feature);

/// What a sum of terms is made of, as it is shown: past and trace are one, for they pull against each other.
enum class Evidence : std::uint8_t { kOwn, kBeside, kAround, kBefore, kBurst, kGap, kHosts };
inline constexpr std::size_t kEvidences = 7;

/// log-odds of the confidence = base + sum of weights.
struct Confidence {
  double confidence = 0, base = 0;
  std::array<double, kEvidences> weights{};
};

class ConfidenceModel {
 public:
  /// What a model can say depends on how many scenarios it was taught with: nothing but a prior (0), the track record alone (1), all evidence, uncalibrated since there was nothing to calibrate it
  /// on (2), all and calibrated (3 and more).
  enum class Kind : std::uint8_t { kPrior, kRecord, kUncalibrated, kCalibrated };

  /// Where nothing was taught: the share of attacks among all groups of the labelled scenarios by which decision 38 was taken.
  static constexpr double kPrior = 0.0243;

  ConfidenceModel() = default;
  /// A function of the scenarios: neither their order nor the names of hosts and rules decide anything. kInvalid: there is no attack among them, or nothing else. kLimit: kFitGroupsMax.
  static Result<ConfidenceModel> fit(std::span<const Scenario> scenarios);
  /// What a file says; kInvalid if the parts do not fit together.
  static Result<ConfidenceModel> of_parts(Kind kind, TrackRecord record, double intercept, std::vector<FeatureTerms> terms, Platt platt);

  Kind kind() const { return kind_; }
  const TrackRecord& record() const { return record_; }
  double intercept() const { return intercept_; }
  const std::vector<FeatureTerms>& terms() const { return terms_; }
  const Platt& platt() const { return platt_; }

  Confidence confidence(const GroupFeatures& features) const;
  /// Before calibration.
  double score(const GroupFeatures& features) const;

 private:
  Kind kind_ = Kind::kPrior;
  TrackRecord record_;
  double intercept_ = 0;
  std::vector<FeatureTerms> terms_;  // by feature; none for kPrior and kRecord
  Platt platt_;
  std::array<double, kFeatures> quiet_{};  // what the terms of each feature say of a quiet group
};

/// The features of all groups of a scenario, with the evidence of a record.
std::vector<GroupFeatures> features_of(const Scenario& scenario, const TrackRecord& record);

}  // namespace tocsin::analyze
