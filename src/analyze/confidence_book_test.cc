#include "analyze/confidence_book.h"

#include <gtest/gtest.h>

#include "analyze/incident_book.h"
#include "analyze/incident_testing.h"

namespace tocsin::analyze {
namespace {

/// One rule on one machine, every two hours.
IncidentBook book_of_one_rule() {
  IncidentBook book;
  for (int i = 0; i < 10; ++i) {
    IncidentAlert alert = on("a" + std::to_string(i), 120 * i, "ws5", "ann");
    alert.rule_id = "the same";
    EXPECT_TRUE(book.add(std::move(alert)));
  }
  return book;
}

std::vector<double> came(IncidentBook& book, std::vector<AlertVerdict> verdicts) {
  (void)book.incidents(verdicts);
  std::vector<double> means;
  for (const Probability& one : book.confidences().as_they_came(book.alerts(), verdicts)) means.push_back(one.mean);
  return means;
}

TEST(ConfidenceBook, AsTheyCameKnowsOnlyWhatWasSaidByThen) {
  IncidentBook book = book_of_one_rule();
  const std::vector<double> without = came(book, {});
  const std::vector<double> with = came(book, {{"a0", Verdict::kTruePositive, "", "", book.alerts()[5].time, false}});
  ASSERT_EQ(with.size(), 10u);
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(with[i], without[i]) << i;
  for (std::size_t i = 5; i < 10; ++i) EXPECT_GT(with[i], without[i]) << i;
  const std::vector<double> later = came(book, {{"a0", Verdict::kTruePositive, "", "", book.alerts()[9].time + 1, false}});
  EXPECT_EQ(later, without);
}

TEST(ConfidenceBook, AVerdictWithoutATimeWasGivenRightAfterItsAlert) {
  IncidentBook book = book_of_one_rule();
  const std::vector<double> without = came(book, {});
  const std::vector<double> with = came(book, {{"a3", Verdict::kFalsePositive, "", "", kNoTime, false}});
  for (std::size_t i = 0; i <= 3; ++i) EXPECT_EQ(with[i], without[i]) << i;
  for (std::size_t i = 4; i < 10; ++i) EXPECT_LT(with[i], without[i]) << i;
}

TEST(ConfidenceBook, AnAttackSaysNothingOfWhatWentOnBesideIt) {
  for (const std::uint8_t level : {std::uint8_t{1}, std::uint8_t{2}}) {
    IncidentBook book;
    for (int i = 0; i < 2; ++i) {
      IncidentAlert alert = on("a" + std::to_string(i), 600 * i, "ws5", "ann", level);
      alert.rule_id = "the same";
      EXPECT_TRUE(book.add(std::move(alert)));
    }
    const auto learnt = [&](bool of_incident) { return came(book, {{"a0", Verdict::kTruePositive, "", "", book.alerts()[0].time, of_incident}})[1]; };
    const double nothing = came(book, {})[1];
    EXPECT_GT(learnt(false), nothing);
    if (level < kAttackLevelLeast) {
      EXPECT_EQ(learnt(true), nothing);
    } else {
      EXPECT_EQ(learnt(true), learnt(false));
    }
  }
}

}  // namespace
}  // namespace tocsin::analyze
