// Runs tests/data/sigma: each folder holds rules (*.yml), perhaps pipelines (pipeline*.yml), and what must come of them
// (expected.txt): every diagnostic as printed (advice included, unless a file `quiet` is there), then every rule and correlation as understood. With
// TOCSIN_UPDATE=1 the expectations are rewritten, for a human to compare.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "detect/sigma/describe.h"
#include "detect/sigma/load.h"

namespace tocsin::sigma {
namespace {

namespace fs = std::filesystem;

const fs::path kCases = fs::path(TOCSIN_SOURCE_DIR) / "tests/data/sigma";

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string run_case(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".yml") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<RuleText> rules;
  LoadOptions options;
  options.lint = !fs::exists(folder / "quiet");
  options.today = "2026-11-24";
  for (const fs::path& file : files) {
    const std::string name = file.filename().string();
    if (name.starts_with("pipeline"))
      options.pipelines.push_back({name, read(file)});
    else
      rules.push_back({name, read(file), false});
  }
  const LoadResult result = load(rules, options);
  std::string out;
  for (const Diagnostic& diagnostic : result.set.diagnostics) out += format_diagnostic(diagnostic);
  if (!out.empty()) out += "\n";
  for (const Rule& rule : result.set.rules) out += describe(rule) + "\n";
  for (const Correlation& correlation : result.set.correlations) out += describe(correlation) + "\n";
  out += std::to_string(result.set.rules.size()) + " rules, " + std::to_string(result.set.correlations.size()) +
         " correlations, " + std::to_string(result.set.rejected) + " rejected, " +
         std::to_string(result.set.filters_applied) + " filters applied" +
         (result.pipeline_failed ? ", pipeline failed" : "") + "\n";
  return out;
}

std::vector<std::string> cases() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kCases)) {
    if (entry.is_directory()) names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class SigmaData : public testing::TestWithParam<std::string> {};

TEST_P(SigmaData, ComesOutAsExpected) {
  const fs::path expected = kCases / GetParam() / "expected.txt";
  const std::string actual = run_case(kCases / GetParam());
  if (std::getenv("TOCSIN_UPDATE") != nullptr) std::ofstream(expected, std::ios::binary) << actual;
  EXPECT_EQ(actual, read(expected));
}

INSTANTIATE_TEST_SUITE_P(All, SigmaData, testing::ValuesIn(cases()), [](const auto& test) { return test.param; });

}  // namespace
}  // namespace tocsin::sigma
