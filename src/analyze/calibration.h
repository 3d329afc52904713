// From a score to a probability that holds: of what gets 0.3, three in ten shall be attacks. It is fitted to scores that alerts got before their verdict was known, so it learns from what was really said beforehand. There is none below kCalibrateAt
// labels; then Platt's (J. Platt 1999) on all of them; from kIsotonicFrom on an isotonic one, by pooling adjacent violators (M. Ayer et al. 1955). Refitted only when the number of labels has doubled, so that a number changes then and
// not at each verdict. Each fit has a version, counted from 1, and stays: an earlier one can be used again.
//
//   Calibrator calibrator;
//   const std::size_t label = calibrator.add(score, is_attack);
//   calibrator.current().probability(score);
//
// A pure function of scores and labels in their order. One thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analyze/logistic_fit.h"

namespace tocsin::analyze {

/// Labels, of both kinds, from which on there is a calibration; each doubling makes another.
inline constexpr std::uint32_t kCalibrateAt = 30, kIsotonicFrom = 1'000;

struct Calibration {
  enum class Kind : std::uint8_t { kNone, kPlatt, kIsotonic };
  std::uint32_t version = 0, labels = 0;
  Kind kind = Kind::kNone;
  Platt platt;
  double lowest = 0;  // of the labels' scores: below it nobody was asked, and log-odds go down as the score does, or faster
  std::vector<std::pair<double, double>> steps;  // score, probability: both rise; between two of them on the line, beyond as at the end

  /// Rises with the score, or stays; between 0 and 1, never either.
  double probability(double score) const;
  std::string_view kind_word() const;
  /// {"version","kind","labels","parameters"} as JSON.
  std::string json() const;
};

/// Both kinds of labels are there. The labels are taken with some made-up ones on the line of no calibration, 18 in all, which keep thirty from saying more than they know; and the slope is one at most, so that no run of luck makes evidence say more than it does.
Calibration fit_platt_calibration(std::span<const double> scores, std::span<const std::uint8_t> labels);
/// Held off 0 and 1 by one label in as many as there are and two.
Calibration fit_isotonic(std::span<const double> scores, std::span<const std::uint8_t> labels);

class Calibrator {
 public:
  /// `version_max`: later ones are made, and not used.
  explicit Calibrator(std::uint32_t version_max = UINT32_MAX) : version_max_(version_max), versions_(1) {}

  /// What the label will be known by.
  std::size_t add(double score, bool is_attack);
  /// A graver verdict on the same: counts from the next fit on.
  void amend(std::size_t label, bool is_attack) { labels_[label] = is_attack ? 1 : 0; }
  const Calibration& current() const { return versions_[std::min<std::size_t>(version_max_, versions_.size() - 1)]; }
  /// By version; the first is none.
  const std::vector<Calibration>& versions() const { return versions_; }
  /// What each label's alert was said to be before it was known, by the calibration of that time; and the labels.
  std::span<const double> predictions() const { return predictions_; }
  std::span<const std::uint8_t> labels() const { return labels_; }

 private:
  std::uint32_t version_max_;
  std::uint32_t next_at_ = kCalibrateAt;
  std::vector<double> scores_, predictions_;
  std::vector<std::uint8_t> labels_;
  std::vector<Calibration> versions_;
};

/// How well probabilities held.
struct Reliability {
  struct Bin {
    std::uint64_t count = 0, attacks = 0;
    double sum = 0;  // of the probabilities
  };
  std::uint64_t count = 0, attacks = 0;
  double brier = 0;              // mean of the squares of what they were off; 0 is best
  double brier_of_share = 0;     // of one who always says the share of attacks
  double calibration_error = 0;  // mean distance of what was said from what was so, by bins
  std::vector<Bin> bins;         // ten of equal width
};
Reliability reliability_of(std::span<const double> probabilities, std::span<const std::uint8_t> labels);

}  // namespace tocsin::analyze
