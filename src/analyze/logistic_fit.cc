#include "analyze/logistic_fit.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/check.h"

namespace tocsin::analyze {

namespace {

constexpr std::size_t kLot = 64;
constexpr double kHalvedMin = 1e-4;

double sigmoid(double z) { return 1 / (1 + std::exp(-std::clamp(z, -40.0, 40.0))); }
/// ln(1 + e^z) without overflow.
double softplus(double z) { return std::max(z, 0.0) + std::log1p(std::exp(-std::abs(z))); }

/// A is symmetric, positive definite and in its lower half, row by row; `x` is the right side, and then the solution. False if A is not so.
bool solve(std::vector<double>& a, std::vector<double>& x) {
  const std::size_t n = x.size();
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = a[i * n + j];
      for (std::size_t k = 0; k < j; ++k) sum -= a[i * n + k] * a[j * n + k];
      if (i == j && !(sum > 0)) return false;
      a[i * n + j] = i == j ? std::sqrt(sum) : sum / a[j * n + j];
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < i; ++k) x[i] -= a[i * n + k] * x[k];
    x[i] /= a[i * n + i];
  }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t k = i + 1; k < n; ++k) x[i] -= a[k * n + i] * x[k];
    x[i] /= a[i * n + i];
  }
  return true;
}

class Fit {
 public:
  Fit(const FitRows& rows, std::span<const std::uint8_t> labels, const FitRules& rules)
      : rows_(rows), labels_(labels), rules_(rules), width_(rows.columns() + 1), weights_(width_), lot_(kLot * rows.columns()), row_(4 * width_) {}

  Result<std::vector<double>> run() {
    std::size_t attacks = 0;
    for (const std::uint8_t label : labels_) attacks += label;
    if (attacks == 0 || attacks == labels_.size()) return Error{Code::kInvalid, "all labels are the same"};
    const double share = static_cast<double>(attacks) / static_cast<double>(labels_.size());
    weights_[0] = std::log(share / (1 - share));
    double loss = loss_of(weights_);
    for (int step = 0; step < kNewtonStepsMax; ++step) {
      double next = 0;
      if (!take_step(loss, next)) return Error{Code::kInvalid, "no weights fit: some column of the rows is no number"};
      const bool is_done = std::abs(loss - next) <= rules_.tolerance * (1 + std::abs(loss));
      loss = next;
      if (is_done) break;
    }
    return std::move(weights_);
  }

 private:
  double penalty(std::size_t column) const { return column == 0 ? rules_.intercept_penalty : rules_.penalty; }

  /// Calls `visit(row, label)` with each row's columns.
  template <class Visit>
  void each_row(Visit&& visit) {
    const std::size_t columns = rows_.columns();
    for (std::size_t from = 0; from < labels_.size(); from += kLot) {
      const std::size_t count = std::min(kLot, labels_.size() - from);
      rows_.fill(from, count, lot_.data());
      for (std::size_t i = 0; i < count; ++i) visit(lot_.data() + i * columns, labels_[from + i]);
    }
  }

  double score(const std::vector<double>& weights, const double* row) const {
    double z = weights[0];
    for (std::size_t i = 1; i < width_; ++i) z += weights[i] * row[i - 1];
    return z;
  }

  double loss_of(const std::vector<double>& weights) {
    double loss = 0;
    each_row([&](const double* row, std::uint8_t label) {
      const double z = score(weights, row);
      loss += softplus(z) - (label != 0 ? z : 0);
    });
    for (std::size_t i = 0; i < width_; ++i) loss += 0.5 * penalty(i) * weights[i] * weights[i];
    return loss;
  }

  bool take_step(double loss, double& next) {
    derive();
    if (!solve(curvature_, gradient_)) return false;
    std::vector<double> tried(width_);
    for (double share = 1;; share /= 2) {
      for (std::size_t i = 0; i < width_; ++i) tried[i] = weights_[i] - share * gradient_[i];
      next = loss_of(tried);
      if (next <= loss || share < kHalvedMin) break;
    }
    weights_ = tried;
    return std::isfinite(next);
  }

  /// The first and second derivatives of the loss.
  void derive() {
    gradient_.assign(width_, 0);
    curvature_.assign(width_ * width_, 0);
    std::size_t held = 0;
    each_row([&](const double* row, std::uint8_t label) {
      const double q = sigmoid(score(weights_, row));
      const double miss = q - label;
      double* const kept = row_.data() + held * width_;
      kept[0] = 1;
      std::copy(row, row + width_ - 1, kept + 1);
      for (std::size_t i = 0; i < width_; ++i) gradient_[i] += miss * kept[i];
      factor_[held] = q * (1 - q);
      if (++held == 4) add_curvature(std::exchange(held, 0));
    });
    add_curvature(held);
    for (std::size_t i = 0; i < width_; ++i) {
      gradient_[i] += penalty(i) * weights_[i];
      curvature_[i * width_ + i] += penalty(i);
    }
  }

  /// Four rows at a time, so that what is added to is touched a quarter as often; a column in which all of them have 0, as most have above a knot, adds nothing.
  void add_curvature(std::size_t count) {
    for (std::size_t i = count; i < 4; ++i) factor_[i] = 0;
    const double *const a = row_.data(), *const b = a + width_, *const c = b + width_, *const d = c + width_;
    for (std::size_t i = 0; i < width_; ++i) {
      const double fa = factor_[0] * a[i], fb = factor_[1] * b[i], fc = factor_[2] * c[i], fd = factor_[3] * d[i];
      if (fa == 0 && fb == 0 && fc == 0 && fd == 0) continue;
      double* const into = curvature_.data() + i * width_;
      for (std::size_t j = 0; j <= i; ++j) into[j] += (fa * a[j] + fb * b[j]) + (fc * c[j] + fd * d[j]);
    }
  }

  const FitRows& rows_;
  const std::span<const std::uint8_t> labels_;
  const FitRules rules_;
  const std::size_t width_;
  std::vector<double> weights_, gradient_, curvature_, lot_, row_;
  double factor_[4] = {};
};

class OneColumn : public FitRows {
 public:
  explicit OneColumn(std::span<const double> values) : values_(values) {}
  std::size_t rows() const override { return values_.size(); }
  std::size_t columns() const override { return 1; }
  void fill(std::size_t from, std::size_t count, double* into) const override { std::copy_n(values_.data() + from, count, into); }

 private:
  const std::span<const double> values_;
};

}  // namespace

Result<std::vector<double>> fit_logistic(const FitRows& rows, std::span<const std::uint8_t> labels, const FitRules& rules) {
  TOCSIN_CHECK(rows.rows() == labels.size() && rows.columns() < kFitColumnsMax);
  return Fit(rows, labels, rules).run();
}

Result<Platt> fit_platt(std::span<const double> scores, std::span<const std::uint8_t> labels) {
  const std::vector<double> weights = TRY(fit_logistic(OneColumn(scores), labels, {.penalty = 1e-3, .intercept_penalty = 0, .tolerance = 1e-14}));
  return Platt{std::max(weights[1], kPlattSlopeMin), weights[0]};
}

}  // namespace tocsin::analyze
