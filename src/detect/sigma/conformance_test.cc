// The public rules, the specification's samples, and hostile YAML. Skipped where the data is absent.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "detect/sigma/load.h"
#include "base/regex.h"

namespace tocsin::sigma {
namespace {

namespace fs = std::filesystem;

fs::path data_folder() {
  const char* given = std::getenv("TOCSIN_DATA");
  return given != nullptr ? given : TOCSIN_SOURCE_DIR "/../shared/data";
}

std::vector<RuleText> public_rules() {
  std::vector<std::string> folders;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(data_folder() / "sigma", missing)) {
    if (entry.path().filename().string().starts_with("rules")) folders.push_back(entry.path().string());
  }
  std::vector<Error> errors;
  std::vector<RuleText> texts = read_rule_files(Env::system(), folders, errors);
  EXPECT_TRUE(errors.empty());
  return texts;
}

constexpr std::size_t kPublicRules = 3780;

TEST(SigmaConformance, PublicRulesLoadButForPlaceholders) {
  const std::vector<RuleText> texts = public_rules();
  if (texts.empty()) GTEST_SKIP() << "skipped: no public rules";
  ASSERT_EQ(texts.size(), kPublicRules);
  const LoadResult result = load(texts, {});
  std::set<std::string> unfilled;
  for (const Diagnostic& diagnostic : result.set.diagnostics) {
    EXPECT_EQ(diagnostic.code, "S0314") << format_diagnostic(diagnostic);
    unfilled.insert(diagnostic.file);
  }
  EXPECT_EQ(result.set.rejected, unfilled.size());
  EXPECT_EQ(result.set.rules.size(), kPublicRules - unfilled.size());
  for (const RuleText& text : texts) {
    EXPECT_EQ(unfilled.contains(text.file), text.text.find("|expand:") != std::string::npos) << text.file;
  }
}

TEST(SigmaConformance, PublicRulesLoadWithPlaceholders) {
  const std::vector<RuleText> texts = public_rules();
  if (texts.empty()) GTEST_SKIP() << "skipped: no public rules";
  // Every %name% of the set gets values, by a pipeline such as a user would write.
  std::string pipeline = "vars:\n";
  const LoadResult first = load(texts, {});
  std::set<std::string> names;
  for (const Diagnostic& diagnostic : first.set.diagnostics) {
    const std::size_t from = diagnostic.message.find('%'), to = diagnostic.message.rfind('%');
    names.insert(diagnostic.message.substr(from + 1, to - from - 1));
  }
  for (const std::string& name : names) pipeline += "  " + name + ": [one, 'two*']\n";
  pipeline += "transformations: [{type: value_placeholders}]\n";
  const LoadResult result = load(texts, {.pipelines = {{"values.yml", pipeline}}, .lint = false});
  EXPECT_FALSE(result.pipeline_failed);
  EXPECT_EQ(result.set.rules.size(), kPublicRules);
  EXPECT_TRUE(result.set.diagnostics.empty());
}

TEST(SigmaConformance, NearlyAllPublicRegexesRunInLinearTime) {
  const std::vector<RuleText> texts = public_rules();
  if (texts.empty()) GTEST_SKIP() << "skipped: no public rules";
  int linear = 0, backtracking = 0;
  const LoadResult loaded = load(texts, {});
  for (const Rule& rule : loaded.set.rules) {
    for (const Selection& selection : rule.selections) {
      for (const auto& alternative : selection.alternatives) {
        for (const Item& item : alternative) {
          for (const Pattern& pattern : item.patterns) {
            if (pattern.kind != Pattern::Kind::kRegex) continue;
            const auto regex = Regex::compile(
                pattern.regex, {pattern.regex_ignore_case, pattern.regex_multi_line, pattern.regex_dot_all});
            ASSERT_TRUE(regex.has_value()) << pattern.regex;
            ++(regex->is_linear() ? linear : backtracking);
          }
        }
      }
    }
  }
  RecordProperty("linear", linear);
  RecordProperty("backtracking", backtracking);
  EXPECT_GT(linear, 200);
  EXPECT_LT(backtracking, 10);
}

/// The samples name rules that are not there; given those, all of them load.
TEST(SigmaConformance, SamplesOfTheSpecificationLoad) {
  const fs::path folder = data_folder() / "sigma-specification/tests/schema";
  if (!fs::exists(folder)) GTEST_SKIP() << "skipped: no specification";
  std::vector<Error> errors;
  std::vector<RuleText> texts = read_rule_files(Env::system(), {folder.string()}, errors);
  std::string rules;
  const auto add = [&](const std::string& key, const std::string& name) {
    rules += "---\ntitle: " + name + "\n" + key + ": " + name +
             "\nlogsource: {product: windows, category: process_creation}\ndetection: {a: {f: '" + name +
             "'}, condition: a}\n";
  };
  for (const char* name :
       {"recon_cmd_a", "recon_cmd_b", "recon_cmd_c", "website_access", "rule_a_id", "process_creation"})
    add("name", name);
  for (const char* id : {"5638f7c0-ac70-491d-8465-2a65075e0d86", "6f3e2987-db24-4c78-a860-b4f4095a7095",
                         "df0841c0-9846-4e9f-ad8a-7df91571771b"}) {
    add("id", id);
  }
  texts.push_back({"named.yml", rules, false});
  const LoadResult result = load(texts, {});
  std::string codes;  // two samples share an id each with another; the ECS filter is for another log source
  for (const Diagnostic& diagnostic : result.set.diagnostics) {
    if (diagnostic.severity == Diagnostic::Severity::kError) codes += diagnostic.code + " ";
  }
  EXPECT_EQ(codes, "S0206 S0206 ");
  EXPECT_EQ(result.set.rules.size(), 10u);
  EXPECT_EQ(result.set.correlations.size(), 7u);
  EXPECT_EQ(result.set.filters_applied, 2u);
}

TEST(SigmaConformance, TheYamlTestSuiteIsParsedOrRefused) {
  const fs::path folder = data_folder() / "yaml-test-suite";
  if (!fs::exists(folder)) GTEST_SKIP() << "skipped: no yaml-test-suite";
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().filename() != "in.yaml") continue;
    std::stringstream text;
    text << std::ifstream(entry.path(), std::ios::binary).rdbuf();
    const LoadResult result = load({{entry.path().string(), text.str(), false}}, {.pipelines = {}, .lint = true});
    EXPECT_TRUE(result.set.rules.empty()) << entry.path();
    EXPECT_GE(result.set.rejected, 1u) << entry.path();
    for (const Diagnostic& diagnostic : result.set.diagnostics) EXPECT_FALSE(format_diagnostic(diagnostic).empty());
    ++files;
  }
  EXPECT_GT(files, 300u);
}

TEST(SigmaConformance, AliasBombsAreRefused) {
  std::string bomb = "title: &a0 [x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 40; ++i) {
    const std::string below = "*a" + std::to_string(i - 1);
    bomb += "k" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + below + ", " + below + "]\n";
  }
  const LoadResult result = load({{"bomb.yml", bomb + "detection: *a39\n", true}}, {});
  ASSERT_EQ(result.set.diagnostics.size(), 1u);
  EXPECT_EQ(result.set.diagnostics[0].code, "S0101");
  EXPECT_EQ(result.set.rejected, 1u);
}

}  // namespace
}  // namespace tocsin::sigma
