#include "report/incident_cut.h"

#include <gtest/gtest.h>

#include "report/confidence_writer.h"

namespace tocsin {
namespace {

constexpr TimeUs kDayUs = 86'400'000'000;

Incident incident(TimeUs last, double loss, std::uint8_t level, std::string rule) {
  Incident one;
  one.last = last;
  one.loss = loss;
  one.judged = loss / 2;
  one.level = level;
  one.rules.push_back({"id", std::move(rule), level, 1, last});
  return one;
}

TEST(IncidentCut, KeepsTheFirstOfEachDayAndCountsTheRest) {
  const std::vector<Incident> all = {incident(5, 0.8, 4, "a"), incident(kDayUs + 5, 0.6, 3, "b"), incident(6, 0.4, 2, "b"), incident(7, 0.2, 2, "c"), incident(kNoTime, 0.1, 1, "c"), incident(8, 0.1, 0, "c")};
  const IncidentCut cut = cut_by_budget(all, 1);
  ASSERT_EQ(cut.kept.size(), 3u);
  EXPECT_EQ(cut.kept[1].rules.front().title, "b");
  EXPECT_EQ(cut.kept[2].last, kNoTime);
  EXPECT_EQ(cut.left_out, 3u);
  EXPECT_EQ(cut.by_level, (std::array<std::uint64_t, 5>{1, 0, 2, 0, 0}));
  EXPECT_DOUBLE_EQ(cut.surest_left_out, 0.2);
  EXPECT_NEAR(cut.loss_left_out, 0.7, 1e-12);
  EXPECT_EQ(left_out_text(cut, 1),
            "\nLeft out by a budget of 1 a day: 3 incidents (2 medium, 1 informational), with 31.8 % of the expected loss; the surest of them 20.0 %\n"
            "       2  c\n       1  b\n");
  EXPECT_EQ(left_out_text(cut_by_budget(all, 9), 9), "\nA budget of 9 a day leaves nothing out.\n");
}

TEST(IncidentCut, TitlesAreMadeSafe) {
  const std::vector<Incident> all = {incident(5, 0.8, 4, "a"), incident(5, 0.6, 3, "b\x1b[2J")};
  EXPECT_EQ(left_out_text(cut_by_budget(all, 1), 1).find('\x1b'), std::string::npos);
}

TEST(ConfidenceWriter, WritesWhatReadsBackTheSame) {
  AlertConfidence one;
  one.confidence = {0.1, 0.05, 0.3};
  one.score = -2.25;
  one.base = -3.5;
  one.evidence = {{"record", 1.25, "said \"so\""}};
  one.missing = {"host"};
  std::string line;
  append_confidence_ndjson(line, "abc", one, Verdict::kBenign, 2);
  EXPECT_EQ(line,
            R"({"schema":"tocsin.confidence/1","alert":"abc","confidence":0.1,"low":0.05,"high":0.3,"score":-2.25,"base":-3.5,"evidence":[{"name":"record","weight":1.25,"why":"said \"so\""}],"missing":["host"],"verdict":"benign","calibration":2})"
            "\n");
}

TEST(ConfidenceWriter, DrawsWhatWasSaidAndWhatWasSo) {
  ReliabilityTable table{10, 4, 0.1, 0.24, 0.05, {{8, 2, 0.4}, {2, 2, 1.8}}, {R"({"version":0})"}};
  const std::string text = reliability_text(table);
  EXPECT_NE(text.find("    0 to  50 %         8        5.0 %    25 %  ##+#######\n"), std::string::npos) << text;
  EXPECT_NE(text.find("   50 to 100 %         2       90.0 %   100 %  ####################################+###\n"), std::string::npos) << text;
  EXPECT_NE(reliability_text({}).find("nothing to compare"), std::string::npos);
}

}  // namespace
}  // namespace tocsin
