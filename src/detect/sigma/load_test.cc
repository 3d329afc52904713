#include "detect/sigma/load.h"

#include <gtest/gtest.h>
#include <re2/re2.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "base/memory_env.h"
#include "detect/sigma/condition.h"
#include "detect/sigma/diagnostics.h"
#include "detect/sigma/draft.h"
#include "detect/sigma/link.h"
#include "detect/sigma/parse.h"
#include "detect/sigma/pipeline_step.h"

namespace tocsin::sigma {
namespace {

const std::string kHead = "title: t\nlogsource: {product: windows}\ndetection:\n";

LoadResult load_text(std::string text, std::string pipeline = {}, bool lint = false) {
  LoadOptions options;
  options.lint = lint;
  if (!pipeline.empty()) options.pipelines.push_back({"pipeline.yml", std::move(pipeline)});
  return load({{"rule.yml", std::move(text), false}}, options);
}

std::string codes(const LoadResult& result) {
  std::string out;
  for (const Diagnostic& diagnostic : result.set.diagnostics) out += (out.empty() ? "" : " ") + diagnostic.code;
  return out;
}

std::string repeated(std::string_view text, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += text;
  return out;
}

// -- limits

TEST(SigmaLimits, ConditionDepth) {
  const auto nested = [](std::size_t depth) {
    return load_text(kHead + "  a: {f: x}\n  condition: '" + std::string(depth, '(') + "a" + std::string(depth, ')') +
                     "'\n");
  };
  EXPECT_EQ(nested(kConditionDepthMax).set.rules.size(), 1u);
  EXPECT_EQ(codes(nested(kConditionDepthMax + 1)), "S0407");
  EXPECT_EQ(codes(nested(100'000)), "S0407");
  EXPECT_EQ(codes(load_text(kHead + "  a: {f: x}\n  condition: " + repeated("not ", 100'000) + "a\n")), "S0407");
}

TEST(SigmaLimits, ConditionNodes) {
  std::string many;
  for (int i = 0; i < 300; ++i) many += "  s" + std::to_string(i) + ": {f: x}\n";
  EXPECT_EQ(codes(load_text(kHead + many + "  condition: 1 of s*" + repeated(" or 1 of s*", 50) + "\n")), "");
  EXPECT_EQ(codes(load_text(kHead + many + "  condition: 1 of s*" + repeated(" or 1 of s*", 70) + "\n")), "S0407");
}

TEST(SigmaLimits, Selections) {
  std::string many;
  for (std::size_t i = 0; i < kSelectionsMax; ++i) many += "  s" + std::to_string(i) + ": {f: x}\n";
  EXPECT_EQ(codes(load_text(kHead + many + "  condition: s1\n")), "");
  EXPECT_EQ(codes(load_text(kHead + many + "  more: {f: x}\n  condition: s1\n")), "S0407");
}

TEST(SigmaLimits, Windash) {
  const auto dashes = [](std::size_t count) {
    return load_text(kHead + "  a: {f|windash: '" + repeated(" -x", count) + "'}\n  condition: a\n");
  };
  const LoadResult most = dashes(kWindashDashesMax);
  ASSERT_EQ(most.set.rules.size(), 1u);
  EXPECT_EQ(most.set.rules[0].selections[0].alternatives[0][0].patterns[0].strings.size(), 625u);
  EXPECT_EQ(codes(dashes(kWindashDashesMax + 1)), "S0313");
  EXPECT_EQ(codes(load_text(kHead + "  a: {f|windash|windash|base64offset: ' -a -b -c'}\n  condition: a\n")), "S0313");
}

TEST(SigmaLimits, AlternativesOfMappedFields) {
  const auto mapped = [](int fields) {
    std::string selection;
    for (int i = 0; i < fields; ++i) selection += "    x" + std::to_string(i) + ": y\n";
    return load_text(kHead + "  a:\n" + selection + "  condition: a\n",
                     "transformations: [{type: field_name_prefix_mapping, mapping: {x: [p, q]}}]");
  };
  const LoadResult most = mapped(12);
  ASSERT_EQ(most.set.rules.size(), 1u);
  EXPECT_EQ(most.set.rules[0].selections[0].alternatives.size(), kAlternativesMax);
  EXPECT_EQ(codes(mapped(13)), "S0706");
}

TEST(SigmaLimits, ValuesOfPlaceholders) {
  const auto filled = [](int placeholders) {
    return load_text(kHead + "  a: {f|expand: '" + repeated("%x%", placeholders) + "'}\n  condition: a\n",
                     "vars: {x: [0,1,2,3,4,5,6,7,8,9]}\ntransformations: [{type: value_placeholders}]");
  };
  EXPECT_EQ(filled(4).set.rules[0].selections[0].alternatives[0][0].patterns.size(), 10'000u);
  EXPECT_EQ(codes(filled(6)), "S0706");
}

TEST(SigmaLimits, FiltersOfOneRule) {
  std::string text = kHead + "  a: {f: x}\n  condition: a\n";
  for (std::size_t i = 0; i <= kFiltersPerRuleMax; ++i) {
    text += "---\ntitle: f" + std::to_string(i) +
            "\nlogsource: {product: windows}\nfilter: {rules: any, s: {f: x}, condition: not s}\n";
  }
  const LoadResult result = load_text(text);
  EXPECT_EQ(result.set.filters_applied, kFiltersPerRuleMax);
  EXPECT_EQ(codes(result), "S0601");
}

TEST(SigmaLimits, StepsAndNestingOfPipelines) {
  const std::string rule = kHead + "  a: {f: x}\n  condition: a\n";
  const auto nested = [&](int depth) {
    return load_text(rule, "transformations: [" + repeated("{type: nest, items: [", depth) + "{type: case}" +
                               repeated("]}", depth) + "]");
  };
  EXPECT_EQ(codes(nested(kPipelineNestMax)), "");
  EXPECT_EQ(codes(nested(kPipelineNestMax + 1)), "S0701");
  const auto steps = [&](std::size_t count) {
    return load_text(rule, "transformations:\n" + repeated("- {type: case}\n", count));
  };
  EXPECT_FALSE(steps(kPipelineStepsMax).pipeline_failed);
  EXPECT_TRUE(steps(kPipelineStepsMax + 1).pipeline_failed);
}

TEST(SigmaLimits, DiagnosticsOfOneFile) {
  const LoadResult result = load_text(repeated("--- 1\n", Diagnostics::kPerFileMax * 3));
  EXPECT_EQ(result.set.rejected, Diagnostics::kPerFileMax * 3);
  ASSERT_EQ(result.set.diagnostics.size(), Diagnostics::kPerFileMax + 1);
  EXPECT_EQ(result.set.diagnostics.back().code, "S0105");
}

TEST(SigmaLimits, BytesOfAFile) {
  MemoryEnv env;
  env.add_file("rules/large.yml", std::string(kRuleFileBytesMax + 1, '#'));
  env.add_file("rules/small.yml", "a: b");
  std::vector<Error> errors;
  EXPECT_EQ(read_rule_files(env, {"rules"}, errors).size(), 1u);
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].code, Code::kLimit);
}

TEST(SigmaLimits, RulesOfOneName) {
  const auto same = [](std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
      text += "---\ntitle: t" + std::to_string(i) +
              "\nname: n\nlogsource: {product: windows}\ndetection: {a: {f: x}, condition: a}\n";
    }
    const std::string one =
        "title: t\nname: n\nlogsource: {product: windows}\ndetection: {a: {f: x}, condition: a}\n---\n"
        "title: c\ncorrelation: {type: temporal, rules: n, timespan: 1m}\n";
    return load({{"many.yml", text, false}, {"one.yml", one, false}}, {});
  };
  EXPECT_EQ(codes(same(kSameNameMax - 1)), "");
  EXPECT_EQ(codes(same(kSameNameMax)), "S0508");
}

TEST(SigmaLimits, LongListsAndChainsAreLinear) {
  std::string text;
  for (int i = 0; i < 3000; ++i) {
    text += "---\ntitle: c\nname: c" + std::to_string(i) + "\nid: i" + std::to_string(i) +
            "\ncorrelation: {type: temporal, rules: [c" + std::to_string(i + 1) + "], timespan: 1m}\n";
  }
  text += "---\ntitle: t\nname: c3000\nlogsource: {product: windows}\ndetection: {a: {f: x}, condition: a}\n";
  const LoadResult result = load_text(text);
  ASSERT_EQ(result.set.correlations.size(), 3000u);
  EXPECT_EQ(result.set.correlations.front().id, "i2999");
  EXPECT_EQ(result.set.correlations.back().id, "i0");

  const std::string list = repeated("'n', ", 200'000);
  EXPECT_EQ(codes(load_text("title: f\nlogsource: {product: windows}\nfilter: {rules: [" + list +
                            "], s: {f: x}, condition: not s}\n"))
                .substr(0, 5),
            "S0603");
}

// -- files and folders

TEST(SigmaFiles, AFolderHoldsWhatItHolds) {
  MemoryEnv env;
  const std::string rule = kHead + "  a: {f: x}\n  condition: a\n";
  env.add_file("rules/b/rule.yml", rule);
  env.add_file("rules/a/RULE.YAML", rule);
  env.add_file("rules/readme.md", "text");
  env.add_file("rules/info.yml", "description: a test\nrule_metadata: [{id: 1}]\n");
  env.add_file("rules/workflow.yml", "x: &a 1\ny: *a\n");
  env.add_file("rules/list.yml", "- a\n- b\n");
  env.add_file("rules/empty.yml", "");
  env.add_file("rules/broken.yml", "title: x\ndetection: [\n");
  env.add_file("single.txt", "key: value\n");
  std::vector<Error> errors;
  const auto texts = read_rule_files(env, {"rules", "rules/b/rule.yml", "single.txt", "nowhere"}, errors);
  ASSERT_EQ(errors.size(), 1u);
  ASSERT_EQ(texts.size(), 8u);
  EXPECT_EQ(texts[0].file, "rules/a/RULE.YAML");
  EXPECT_TRUE(texts[0].from_folder);
  EXPECT_FALSE(texts.back().from_folder);
  const LoadResult result = load(texts, {});
  EXPECT_EQ(result.set.rules.size(), 1u);  // the two are the same text
  EXPECT_EQ(codes(result), "S0101 S0103 S0206");
  EXPECT_EQ(result.set.rejected, 3u);
}

TEST(SigmaFiles, AFileNamedByTheUserMustHoldRules) {
  EXPECT_EQ(codes(load_text("")), "S0103");
  EXPECT_EQ(codes(load_text("# nothing\n")), "S0103");
  EXPECT_EQ(codes(load_text("key: value\n")), "S0103");
  EXPECT_EQ(codes(load_text("a: *b\n")), "S0101");
}

TEST(SigmaFiles, RulesKeepTheOrderOfTheFiles) {
  const auto rule = [](const std::string& title) {
    return "title: " + title + "\nlogsource: {product: windows}\ndetection: {a: {f: x}, condition: a}\n";
  };
  const LoadResult result =
      load({{"2.yml", rule("two") + "---\n" + rule("three"), false}, {"1.yml", rule("one"), false}}, {});
  ASSERT_EQ(result.set.rules.size(), 3u);
  EXPECT_EQ(result.set.rules[0].title, "two");
  EXPECT_EQ(result.set.rules[2].title, "one");
  EXPECT_EQ(result.set.rules[1].file, "2.yml");
  EXPECT_EQ(result.set.rules[1].at.line, 5u);
}

// -- diagnostics

TEST(SigmaDiagnostics, TextFromRulesIsMadeSafe) {
  const LoadResult result = load_text(kHead + "  a: {f|\"\\e[31m\": x}\n  condition: \"\\e[2J\"\n");
  ASSERT_FALSE(result.set.diagnostics.empty());
  for (const Diagnostic& diagnostic : result.set.diagnostics) {
    EXPECT_EQ(format_diagnostic(diagnostic).find('\x1b'), std::string::npos);
  }
}

TEST(SigmaDiagnostics, TheCaretStandsUnderTheFault) {
  const Diagnostic wide{Diagnostic::Severity::kError, "S0000", "f.yml", {3, 5}, "wrong", "do", "\xC3\xA4\tb x"};
  EXPECT_EQ(format_diagnostic(wide),
            "f.yml:3:5: error[S0000]: wrong\n    \xC3\xA4\\x09b x\n           ^\n    help: do\n");
  const Diagnostic nowhere{Diagnostic::Severity::kWarning, "S0000", "f.yml", {}, "wrong", "", ""};
  EXPECT_EQ(format_diagnostic(nowhere), "f.yml: warning[S0000]: wrong\n");
}

TEST(SigmaDiagnostics, PlacesInsideScalars) {
  const std::string text = "a: 'it''s x'\nb: >\n  one\n  two\nc: plain\n  folded\n";
  const Source source{"f", text};
  const auto at = [&](Position scalar, std::string_view value, std::size_t offset) {
    const Position place = position_in(source, scalar, value, offset);
    return std::to_string(place.line) + ":" + std::to_string(place.column);
  };
  EXPECT_EQ(at({1, 4}, "it's x", 0), "1:5");
  EXPECT_EQ(at({1, 4}, "it's x", 5), "1:11");
  EXPECT_EQ(at({2, 4}, "one two\n", 4), "4:3");
  EXPECT_EQ(at({5, 4}, "plain folded", 6), "6:3");
  EXPECT_EQ(at({5, 4}, "plain folded", 12), "6:9");
  EXPECT_EQ(at({0, 0}, "x", 0), "0:0");
  EXPECT_EQ(at({9, 9}, "x", 0), "9:9");
}

std::string reference_page() {
  std::string page =
      "# What `rules check` says\n\nPrinted from the table in src/detect/sigma/diagnostics.cc; a test holds the two "
      "together "
      "(TOCSIN_UPDATE=1 rewrites this page). An error rejects the rule, a warning does not; advice is a warning that "
      "only "
      "`rules check` gives. A code never changes its meaning.\n\n| code | kind | meaning | what to do "
      "|\n|---|---|---|---|\n";
  for (const IssueInfo& info : issue_table()) {
    const std::string_view kind = info.severity == Diagnostic::Severity::kError ? "error"
                                  : info.only_lint                              ? "advice"
                                                                                : "warning";
    page += "| " + std::string(info.code) + " | " + std::string(kind) + " | " + std::string(info.title) + " | " +
            std::string(info.help) + " |\n";
  }
  return page;
}

TEST(SigmaDiagnostics, TheTableIsInOrderAndThePageShowsIt) {
  std::set<std::string_view> codes;
  for (const IssueInfo& info : issue_table()) {
    EXPECT_EQ(&info, &issue_info(info.issue));
    EXPECT_TRUE(codes.insert(info.code).second) << info.code;
    EXPECT_FALSE(info.help.empty()) << info.code;
  }
  const std::string path = std::string(TOCSIN_SOURCE_DIR) + "/docs/sigma-diagnostics.md";
  if (std::getenv("TOCSIN_UPDATE") != nullptr) std::ofstream(path) << reference_page();
  std::stringstream page;
  page << std::ifstream(path).rdbuf();
  EXPECT_EQ(page.str(), reference_page());
}

// -- the page of decisions

std::string read_all(const std::filesystem::path& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::string all_tests() {
  std::string text;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(TOCSIN_SOURCE_DIR "/src")) {
    if (entry.path().string().ends_with("_test.cc")) text += read_all(entry.path());
  }
  return text;
}

TEST(SigmaSemantics, EveryDecisionNamesATestThatIsThere) {
  const std::string page = read_all(TOCSIN_SOURCE_DIR "/docs/sigma-semantics.md");
  const std::string tests = all_tests();
  std::size_t named = 0;
  const re2::RE2 data("data:([a-z_]+)"), test("\\b([A-Z][A-Za-z0-9]+)\\.([A-Z][A-Za-z0-9]+)\\b");
  std::string first, second;
  for (re2::StringPiece rest = page; re2::RE2::FindAndConsume(&rest, data, &first); ++named) {
    EXPECT_TRUE(first == "x" || std::filesystem::exists(TOCSIN_SOURCE_DIR "/tests/data/sigma/" + first)) << first;
  }
  for (re2::StringPiece rest = page; re2::RE2::FindAndConsume(&rest, test, &first, &second); ++named) {
    EXPECT_NE(tests.find("(" + first + ", " + second + ")"), std::string::npos) << first << "." << second;
  }
  EXPECT_GT(named, 80u);
}

TEST(SigmaSemantics, DecisionsAreNumberedWithoutGaps) {
  const std::string page = read_all(TOCSIN_SOURCE_DIR "/docs/sigma-semantics.md");
  int number = 0, expected = 1;
  for (re2::StringPiece rest = page; re2::RE2::FindAndConsume(&rest, "(?m)^(\\d+)\\. ", &number); ++expected) {
    EXPECT_EQ(number, expected);
  }
  EXPECT_GT(expected, 60);
}

TEST(SigmaDiagnostics, AdviceIsGivenOnlyWhenAskedFor) {
  const std::string text = kHead + "  a: {f|all: x}\n  b: {f: x}\n  condition: a\n";
  EXPECT_EQ(codes(load_text(text)), "");
  EXPECT_NE(codes(load_text(text, {}, true)).find("S0809"), std::string::npos);
}

}  // namespace
}  // namespace tocsin::sigma
