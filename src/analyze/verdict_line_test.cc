#include "analyze/verdict_line.h"

#include <gtest/gtest.h>

namespace tocsin::analyze {
namespace {

TEST(VerdictLine, ReadsWhatItWrites) {
  const AlertVerdict said{"ab12", Verdict::kFalsePositive, "the \"backup\"\nof ws5", "ann", 1'700'000'000'000'000, true};
  std::string line;
  append_verdict(line, said);
  const Result<AlertVerdict> read = read_verdict(line);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->alert, said.alert);
  EXPECT_EQ(read->verdict, said.verdict);
  EXPECT_EQ(read->why, said.why);
  EXPECT_EQ(read->by, said.by);
  EXPECT_EQ(read->time, said.time);
  EXPECT_TRUE(read->of_incident);
}

TEST(VerdictLine, WordsAsTheyAreTyped) {
  EXPECT_EQ(verdict_named("true-positive"), Verdict::kTruePositive);
  EXPECT_EQ(verdict_named("benign"), Verdict::kBenign);
  EXPECT_EQ(verdict_named("True Positive"), std::nullopt);
}

TEST(VerdictLine, SaysWhatIsWrong) {
  EXPECT_NE(read_verdict("{").error().message.find("is no JSON object"), std::string::npos);
  EXPECT_NE(read_verdict(R"({"schema":"tocsin.alert/1"})").error().message.find("tocsin.verdict/1"), std::string::npos);
  EXPECT_NE(read_verdict(R"({"schema":"tocsin.verdict/1","alert":"a","verdict":"maybe"})").error().message.find("'maybe'"), std::string::npos);
  EXPECT_NE(read_verdict(R"({"schema":"tocsin.verdict/1","verdict":"benign"})").error().message.find("names no alert"), std::string::npos);
}

}  // namespace
}  // namespace tocsin::analyze
