#include "analyze/calibration.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

#include "analyze/track_record.h"

namespace tocsin::analyze {
namespace {

struct Labelled {
  std::vector<double> scores;
  std::vector<std::uint8_t> labels;
};

/// Attacks as often as the score says, when it is shifted and stretched.
Labelled made_up(std::size_t count, unsigned seed, double slope, double offset, int distinct = 1'000'000) {
  std::mt19937 random(seed);
  Labelled made;
  for (std::size_t i = 0; i < count; ++i) {
    made.scores.push_back(static_cast<double>(random() % distinct) / distinct * 8 - 5);
    made.labels.push_back(static_cast<double>(random() % 1'000'000) / 1e6 < probability_of(slope * made.scores.back() + offset) ? 1 : 0);
  }
  return made;
}

/// The isotonic fit by its definition: the highest of all means from below of the lowest of all means from above.
std::map<double, double> brute_isotonic(const Labelled& made) {
  std::vector<double> at = made.scores;
  std::ranges::sort(at);
  at.erase(std::unique(at.begin(), at.end()), at.end());
  const auto mean = [&](double from, double to) {
    double sum = 0, count = 0;
    for (std::size_t i = 0; i < made.scores.size(); ++i) {
      if (made.scores[i] < from || made.scores[i] > to) continue;
      sum += made.labels[i];
      count += 1;
    }
    return sum / count;
  };
  std::map<double, double> fitted;
  for (const double score : at) {
    double highest = 0;
    for (const double from : at) {
      if (from > score) break;
      double lowest = 1;
      for (const double to : at) {
        if (to >= score) lowest = std::min(lowest, mean(from, to));
      }
      highest = std::max(highest, lowest);
    }
    fitted[score] = highest;
  }
  return fitted;
}

TEST(Calibration, PoolsAdjacentViolatorsAsTheDefinitionSays) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    const Labelled made = made_up(2 + seed, seed, 1, 1, seed % 2 == 0 ? 9 : 1'000'000);
    const Calibration fitted = fit_isotonic(made.scores, made.labels);
    // Of each pool the mean score and its share: the scores of a pool are those of one value.
    std::map<double, std::vector<double>> pools;
    const std::map<double, double> expected = brute_isotonic(made);
    for (const double score : made.scores) pools[std::round(expected.at(score) * 1e12)].push_back(score);
    ASSERT_EQ(fitted.steps.size(), pools.size()) << seed;
    std::size_t i = 0;
    const double least = 1 / static_cast<double>(made.labels.size() + 2);
    for (const auto& [share, scores] : pools) {
      double sum = 0;
      for (const double score : scores) sum += score;
      EXPECT_NEAR(fitted.steps[i].first, sum / static_cast<double>(scores.size()), 1e-9);
      EXPECT_NEAR(fitted.steps[i].second, std::clamp(share / 1e12, least, 1 - least), 1e-9);
      ++i;
    }
  }
}

TEST(Calibration, NeverTurnsTheOrderRound) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    const Labelled made = made_up(300, seed, seed % 3 == 0 ? -1 : 1, 0);
    for (const Calibration& fitted : {fit_isotonic(made.scores, made.labels), fit_platt_calibration(made.scores, made.labels)}) {
      double before = 0;
      for (double score = -12; score < 9; score += 0.01) {
        const double probability = fitted.probability(score);
        ASSERT_GE(probability, before) << fitted.json() << ' ' << score;
        ASSERT_TRUE(probability > 0 && probability < 1);
        before = probability;
      }
    }
  }
}

TEST(Calibration, FindsWhatScoresAreWorth) {
  const Labelled made = made_up(20'000, 3, 0.6, -1);
  const Calibration platt = fit_platt_calibration(made.scores, made.labels), isotonic = fit_isotonic(made.scores, made.labels);
  EXPECT_NEAR(platt.platt.slope, 0.6, 0.03);
  EXPECT_NEAR(platt.platt.offset, -1, 0.06);
  for (double score = -4; score < 2.5; score += 0.5) EXPECT_NEAR(isotonic.probability(score), probability_of(0.6 * score - 1), 0.05) << score;
}

TEST(Calibration, IsNoSteeperThanTheEvidenceAndHasAsManyAttacks) {
  Labelled made;
  for (int i = 0; i < 40; ++i) {
    made.scores.push_back(i < 20 ? -3.0 : 1.0);
    made.labels.push_back(i < 20 ? 0 : 1);
  }
  EXPECT_EQ(fit_platt_calibration(made.scores, made.labels).platt.slope, 1);
}

/// Nobody was asked about what stands lower.
TEST(Calibration, FallsBelowTheLowestLabel) {
  Labelled made = made_up(100, 1, 0.2, 0);
  for (double& score : made.scores) score = std::abs(score);
  for (const Calibration& fitted : {fit_isotonic(made.scores, made.labels), fit_platt_calibration(made.scores, made.labels)}) {
    const double lowest = *std::ranges::min_element(made.scores);
    EXPECT_NEAR(log_odds(fitted.probability(lowest - 3)), log_odds(fitted.probability(lowest)) - 3, 1e-9);
  }
}

TEST(Calibrator, RefitsWhenLabelsHaveDoubledAndKeepsWhatWas) {
  const Labelled made = made_up(2'000, 5, 1, 0);
  Calibrator all, held(2);
  std::vector<std::uint32_t> fitted_at;
  for (std::size_t i = 0; i < made.labels.size(); ++i) {
    const std::size_t before = all.versions().size();
    all.add(made.scores[i], made.labels[i] != 0);
    held.add(made.scores[i], made.labels[i] != 0);
    if (all.versions().size() > before) fitted_at.push_back(static_cast<std::uint32_t>(i + 1));
  }
  EXPECT_EQ(fitted_at, (std::vector<std::uint32_t>{30, 60, 120, 240, 480, 960, 1'920}));
  EXPECT_EQ(all.versions()[6].kind, Calibration::Kind::kPlatt);
  EXPECT_EQ(all.versions()[7].kind, Calibration::Kind::kIsotonic);
  EXPECT_EQ(held.current().json(), all.versions()[2].json());
  EXPECT_EQ(held.versions().back().json(), all.versions().back().json()) << "later ones are there to be chosen";
  EXPECT_EQ(all.predictions()[29], probability_of(made.scores[29]));
  EXPECT_EQ(all.predictions()[30], all.versions()[1].probability(made.scores[30]));
}

TEST(Calibrator, NeedsBothKinds) {
  Calibrator calibrator;
  for (int i = 0; i < 70; ++i) calibrator.add(-2, false);
  EXPECT_EQ(calibrator.current().version, 0u);
  for (int i = 0; i < 50; ++i) calibrator.add(2, true);
  EXPECT_EQ(calibrator.current().version, 1u);
  EXPECT_EQ(calibrator.current().labels, 120u);
}

TEST(Reliability, IsWhatItSays) {
  const std::vector<double> said = {0.05, 0.05, 0.95, 1.0};
  const std::vector<std::uint8_t> was = {0, 1, 1, 1};
  const Reliability held = reliability_of(said, was);
  EXPECT_NEAR(held.brier, (0.0025 + 0.9025 + 0.0025 + 0) / 4, 1e-12);
  EXPECT_NEAR(held.brier_of_share, 0.75 * 0.25, 1e-12);
  EXPECT_NEAR(held.calibration_error, (0.9 + 0.05) / 4, 1e-12);
  EXPECT_EQ(held.bins[9].count, 2u);
  EXPECT_EQ(held.bins[0].attacks, 1u);
}

}  // namespace
}  // namespace tocsin::analyze
