#include "analyze/logistic_fit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace tocsin::analyze {
namespace {

class ListedRows : public FitRows {
 public:
  explicit ListedRows(std::vector<std::vector<double>> rows) : rows_(std::move(rows)) {}
  std::size_t rows() const override { return rows_.size(); }
  std::size_t columns() const override { return rows_.front().size(); }
  void fill(std::size_t from, std::size_t count, double* into) const override {
    for (std::size_t i = from; i < from + count; ++i) into = std::ranges::copy(rows_[i], into).out;
  }
  const std::vector<std::vector<double>>& all() const { return rows_; }

 private:
  std::vector<std::vector<double>> rows_;
};

struct Problem {
  ListedRows rows;
  std::vector<std::uint8_t> labels;
};

/// Labels by a rule that chance blurs; some columns are mostly 0, as those above knots are.
Problem problem(unsigned seed, std::size_t count, std::size_t columns) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  std::vector<std::vector<double>> rows;
  std::vector<std::uint8_t> labels;
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<double>& row = rows.emplace_back();
    for (std::size_t c = 0; c < columns; ++c) row.push_back(c % 3 == 2 ? std::max(0.0, normal(random) - 1) : normal(random));
    labels.push_back(row[0] - 2 * row[1] + normal(random) > 1.5 ? 1 : 0);
  }
  return {ListedRows(std::move(rows)), std::move(labels)};
}

/// Of the loss with its penalty, by its definition; 0 at the best weights.
double steepest(const Problem& given, const std::vector<double>& weights, const FitRules& rules) {
  std::vector<double> gradient(weights.size());
  for (std::size_t i = 0; i < given.labels.size(); ++i) {
    const std::vector<double>& row = given.rows.all()[i];
    double z = weights[0];
    for (std::size_t c = 0; c < row.size(); ++c) z += weights[c + 1] * row[c];
    const double miss = 1 / (1 + std::exp(-z)) - given.labels[i];
    gradient[0] += miss;
    for (std::size_t c = 0; c < row.size(); ++c) gradient[c + 1] += miss * row[c];
  }
  gradient[0] += rules.intercept_penalty * weights[0];
  for (std::size_t c = 1; c < weights.size(); ++c) gradient[c] += rules.penalty * weights[c];
  double worst = 0;
  for (const double one : gradient) worst = std::max(worst, std::abs(one));
  return worst;
}

TEST(LogisticFit, TheSlopeOfTheLossIsNothingWhereItEnds) {
  for (unsigned seed = 1; seed <= 5; ++seed) {
    const Problem given = problem(seed, 400 + seed, 7);  // no multiple of a lot, nor of four
    const FitRules rules{.penalty = 10, .tolerance = 1e-14};
    const auto weights = fit_logistic(given.rows, given.labels, rules);
    ASSERT_TRUE(weights);
    EXPECT_LT(steepest(given, *weights, rules), 1e-6) << seed;
  }
}

TEST(LogisticFit, WithLabelsOfOneKindThereIsNothingToLearn) {
  const Problem given = problem(1, 50, 3);
  EXPECT_FALSE(fit_logistic(given.rows, std::vector<std::uint8_t>(50, 0), {}));
  EXPECT_FALSE(fit_logistic(given.rows, std::vector<std::uint8_t>(50, 1), {}));
}

TEST(LogisticFit, NumbersThatAreNoneAreRefused) {
  for (const double odd : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    const ListedRows rows({{1}, {odd}, {2}, {3}});
    EXPECT_FALSE(fit_logistic(rows, std::vector<std::uint8_t>{0, 1, 0, 1}, {}));
  }
}

TEST(LogisticFit, AttacksThatAPlaneSeparatesGetFiniteWeights) {
  const ListedRows rows({{-2}, {-1}, {1}, {2}});
  const auto weights = fit_logistic(rows, std::vector<std::uint8_t>{0, 0, 1, 1}, {.penalty = 0.001});
  ASSERT_TRUE(weights);
  EXPECT_GT((*weights)[1], 1);
  EXPECT_TRUE(std::isfinite((*weights)[1]));
}

TEST(Platt, GivesBackTheOddsThatScoresHave) {
  std::mt19937 random(4);
  std::uniform_real_distribution<double> any(-4, 4), share(0, 1);
  std::vector<double> scores;
  std::vector<std::uint8_t> labels;
  for (int i = 0; i < 50'000; ++i) {
    scores.push_back(any(random));
    labels.push_back(share(random) < 1 / (1 + std::exp(-(0.5 * scores.back() - 1))) ? 1 : 0);
  }
  const auto platt = fit_platt(scores, labels);
  ASSERT_TRUE(platt);
  EXPECT_NEAR(platt->slope, 0.5, 0.03);
  EXPECT_NEAR(platt->offset, -1, 0.05);
}

TEST(Platt, NeverTurnsTheOrderRound) {
  std::vector<double> scores;
  std::vector<std::uint8_t> labels;
  for (int i = 0; i < 100; ++i) {
    scores.push_back(i);
    labels.push_back(i < 50 ? 1 : 0);
  }
  const auto platt = fit_platt(scores, labels);
  ASSERT_TRUE(platt);
  EXPECT_EQ(platt->slope, kPlattSlopeMin);
}

}  // namespace
}  // namespace tocsin::analyze
