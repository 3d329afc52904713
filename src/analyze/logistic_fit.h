// Logistic regression with a penalty on the squares of its weights, by Newton's steps, each halved while the loss would grow (decision 38). Rows are asked for in lots, so that millions of them need not
// stand in memory; a lot is 64 rows of some dozen columns. The result is a function of the rows in their order, bit for bit. One thread; 17,000 rows of 69 columns take a tenth of a second.
//
//   const Result<std::vector<double>> weights = fit_logistic(rows, labels, {.penalty = 10});   // the intercept first
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"

namespace tocsin::analyze {

/// Steps at most; ten suffice for what converges at all.
inline constexpr int kNewtonStepsMax = 50;
/// Of one fit: the square of them is worked on for each row.
inline constexpr std::size_t kFitColumnsMax = 256;

class FitRows {
 public:
  virtual ~FitRows() = default;
  virtual std::size_t rows() const = 0;
  virtual std::size_t columns() const = 0;
  /// Writes row `from` and the `count` - 1 after it, one after the other.
  virtual void fill(std::size_t from, std::size_t count, double* into) const = 0;
};

struct FitRules {
  double penalty = 10;              // half of it times the sum of squares is added to the loss
  double intercept_penalty = 1e-6;
  double tolerance = 1e-6;          // the share of the loss by which the last step changed it
};

/// The intercept and a weight for each column. `labels` are 0 or 1, and both are there; kInvalid else, or if the rows are such that no finite weights are found.
Result<std::vector<double>> fit_logistic(const FitRows& rows, std::span<const std::uint8_t> labels, const FitRules& rules);

/// Scores as probabilities: `slope` and `offset` of a logistic regression on the score alone (J. Platt 1999), the slope at least kPlattSlopeMin, since no calibration may turn the order round.
struct Platt {
  double slope = 1, offset = 0;
};
inline constexpr double kPlattSlopeMin = 0.05;
Result<Platt> fit_platt(std::span<const double> scores, std::span<const std::uint8_t> labels);

}  // namespace tocsin::analyze
