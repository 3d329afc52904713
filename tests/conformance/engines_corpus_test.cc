// The two evaluators over recordings of real systems, with the public rules and our own: the naive one once, the fast one with
// every optimization on, each off, and all off. What must agree is the whole output: which rule fired on which event, what
// each alert says it matched, and the alerts of correlations. Naive takes 27 s of CPU for the largest set.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "corpus.h"
#include "pipeline/scan.h"

namespace tocsin {
namespace {

class LineSink : public ByteSink {
 public:
  Status write(std::string_view bytes) override {
    text.append(bytes);
    return {};
  }
  std::string text;
};

struct Variant {
  const char* name;
  bool naive;
  match::MatcherOptions matcher;
};
constexpr Variant kFast[] = {{"all on", false, {}},
                             {"no token memory", false, {.token_memory = false}},
                             {"no witnesses", false, {.witnesses = false}},
                             {"no keyword filter", false, {.keyword_filter = false}},
                             {"all off", false, {.token_memory = false, .witnesses = false, .keyword_filter = false}}};

class EnginesCorpus : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::vector<sigma::RuleText> texts = public_rules();
    if (texts.empty()) return;
    for (sigma::RuleText& text : builtin_rules()) texts.push_back(std::move(text));
    engine_ = engine_of(texts);
  }
  static void TearDownTestSuite() { engine_.reset(); }

  static std::string alerts(const std::string& folder, const Variant& variant) {
    ScanOptions options;
    options.threads = 2;
    options.worker.naive = variant.naive;
    options.worker.matcher = variant.matcher;
    const std::unique_ptr<AlertWriter> writer = make_ndjson_writer();
    LineSink sink;
    std::vector<Error> errors;
    Scan scan(Env::system(), *engine_, options, *writer, sink);
    EXPECT_TRUE(scan.run(find_files(Env::system(), folder, errors)));
    return std::move(sink.text);
  }

  /// The first line in which two outputs differ, as each has it.
  static std::string difference(const std::string& naive, const std::string& fast) {
    const auto at = static_cast<std::size_t>(std::ranges::mismatch(naive, fast).in1 - naive.begin());
    const auto line = [at](const std::string& text) {
      const std::size_t before = at == 0 ? std::string::npos : text.rfind('\n', at - 1);
      const std::size_t from = before == std::string::npos ? 0 : before + 1;
      return text.substr(from, text.find('\n', from) - from);
    };
    return "naive: " + line(naive) + "\nfast:  " + line(fast);
  }

  static void expect_agreement(const std::string& name, std::ptrdiff_t alerts_min) {
    const std::string folder = data_folder() + "/" + name;
    if (engine_ == nullptr) GTEST_SKIP() << "skipped: no public rules";
    if (!Env::system().is_folder(folder)) GTEST_SKIP() << "skipped: no " << folder;
    const std::string expected = alerts(folder, {"naive", true, {}});
    EXPECT_GE(std::ranges::count(expected, '\n'), alerts_min);
    for (const Variant& variant : kFast) {
      const std::string actual = alerts(folder, variant);
      EXPECT_TRUE(actual == expected) << variant.name << "\n" << difference(expected, actual);
    }
  }

  static std::unique_ptr<Engine> engine_;
};

std::unique_ptr<Engine> EnginesCorpus::engine_;

TEST_F(EnginesCorpus, AgreeOnWindowsHostsUnderAttack) { expect_agreement("windows-events", 1'000); }
TEST_F(EnginesCorpus, AgreeOnEventLogsByTactic) { expect_agreement("evtx-mitre", 1'500); }
TEST_F(EnginesCorpus, AgreeOnDamagedEventLogs) { expect_agreement("evtx-odd", 100); }
TEST_F(EnginesCorpus, AgreeOnCloudTrail) { expect_agreement("cloudtrail", 100); }
TEST_F(EnginesCorpus, AgreeOnRegressionPairs) { expect_agreement("sigma/regression_data", 400); }
TEST_F(EnginesCorpus, AgreeOnLinesOfManySystems) { expect_agreement("loghub", 1); }

}  // namespace
}  // namespace tocsin
