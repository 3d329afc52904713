#include "analyze/similar_incidents.h"

#include <gtest/gtest.h>

namespace tocsin::analyze {
namespace {

Incident of(std::string id, std::vector<std::string> rules, CaseStatus status = CaseStatus::kClosed) {
  Incident incident;
  incident.id = std::move(id);
  incident.status = status;
  if (status == CaseStatus::kClosed) incident.classification = Verdict::kBenign;
  for (std::string& rule : rules) incident.rules.push_back({std::move(rule), "", 0, 1, 0});
  return incident;
}

TEST(SimilarIncidents, ShareRulesThatFewHave) {
  std::vector<Incident> all = {of("now", {"rare", "common"}, CaseStatus::kNew), of("rare one", {"rare", "common"}), of("common one", {"common", "other"}), of("open", {"rare", "common"}, CaseStatus::kNew)};
  for (int i = 0; i < 20; ++i) all.push_back(of("c" + std::to_string(i), {"common", "own " + std::to_string(i)}));
  const std::vector<SimilarIncident> similar = similar_to(all[0], all);
  ASSERT_EQ(similar.size(), 1u) << "what is open says nothing, and what all have makes nobody alike";
  EXPECT_EQ(similar[0].id, "rare one");
  EXPECT_EQ(similar[0].rules, 2u);
  EXPECT_DOUBLE_EQ(similar[0].similarity, 1);
  EXPECT_EQ(similar[0].classification, Verdict::kBenign);
}

TEST(SimilarIncidents, TheLikestFirstAndThenTheLatest) {
  std::vector<Incident> all = {of("now", {"a", "b"}, CaseStatus::kNew), of("half", {"a"}), of("old", {"a", "b"}), of("young", {"a", "b"})};
  all[3].last = 10;
  all[2].last = 5;
  const std::vector<SimilarIncident> similar = similar_to(all[0], all);
  ASSERT_EQ(similar.size(), 3u);
  EXPECT_EQ(similar[0].id + similar[1].id + similar[2].id, "youngoldhalf");
  // a is in four of them, b in three: what "half" shares is 1/4 of 1/4 + 1/3.
  EXPECT_DOUBLE_EQ(similar[2].similarity, 0.25 / (0.25 + 1.0 / 3));
}

TEST(SimilarIncidents, SoManyAtMost) {
  std::vector<Incident> all = {of("now", {"a"}, CaseStatus::kNew)};
  for (int i = 0; i < 9; ++i) all.push_back(of("i" + std::to_string(i), {"a"}));
  EXPECT_EQ(similar_to(all[0], all).size(), kSimilarMax);
  EXPECT_TRUE(similar_to(of("none", {}), all).empty());
}

}  // namespace
}  // namespace tocsin::analyze
