// Every public rule that comes with a recording fires on it, as EVTX and as JSON: what `tocsin rules test` runs over the public
// rule set, and what stands in our own tree.
#include <gtest/gtest.h>

#include "corpus.h"
#include "pipeline/rule_tests.h"

namespace tocsin {
namespace {

/// 202 recordings in two forms.
constexpr std::size_t kPublicPairs = 404;

std::size_t passed(Engine& engine, const std::string& folder) {
  std::vector<Error> errors;
  RuleTests tests(Env::system(), engine);
  for (const TestFile& file : find_test_files(Env::system(), {folder}, errors)) tests.run(file);
  std::size_t count = 0;
  for (const TestResult& result : tests.results()) {
    EXPECT_NE(result.outcome, TestResult::Outcome::kFailed) << result.file << ": " << result.name << ": " << result.detail;
    count += result.outcome == TestResult::Outcome::kPassed;
  }
  return count;
}

TEST(RuleTestsCorpus, EveryPublicRegressionPairPasses) {
  const std::string folder = data_folder() + "/sigma/regression_data";
  const std::vector<sigma::RuleText> texts = public_rules();
  if (texts.empty() || !Env::system().is_folder(folder)) GTEST_SKIP() << "skipped: no public rules or no " << folder;
  const std::unique_ptr<Engine> engine = engine_of(texts);
  EXPECT_GE(passed(*engine, folder), kPublicPairs);
}

/// Tests with stated events find their rule among thousands of others, too.
TEST(RuleTestsCorpus, EveryTestOfOurOwnRulesPassesAmongThePublicOnes) {
  std::vector<sigma::RuleText> texts = public_rules();
  for (sigma::RuleText& text : builtin_rules()) texts.push_back(std::move(text));
  const std::unique_ptr<Engine> engine = engine_of(texts);
  EXPECT_GT(passed(*engine, TOCSIN_SOURCE_DIR "/content/rules"), 0u);
}

}  // namespace
}  // namespace tocsin
