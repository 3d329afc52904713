// What `tocsin demo` writes, scanned with the built-in rules, gives exactly the alerts that the scenario's description
// expects: no rule has gone blind, and none is noisy.
#include <map>

#include "base/content.h"
#include "base/yaml.h"
#include "cli/verb.h"
#include "memory_scan.h"

namespace tocsin {
namespace {

/// Alerts by file and rule; titles, so that a difference can be read.
using Counts = std::map<std::string, std::uint64_t>;

class CountingWriter : public AlertWriter {
 public:
  explicit CountingWriter(TimeUs end) : end_(end) {}
  void write(const Alert& alert, AlertText&) const override {
    const std::string_view source = alert.events.back().source;
    ++counts[std::string(source.substr(source.rfind('/') + 1)) + ": " + alert.rule->id + " " + alert.rule->title];
    constexpr TimeUs kMorningUs = TimeUs{3} * 3600 * 1'000'000;
    EXPECT_TRUE(alert.time <= end_ && alert.time > end_ - kMorningUs) << alert.rule->title << " at " << format_time(alert.time);
  }
  mutable Counts counts;

 private:
  TimeUs end_;
};

YamlNode description() {
  for (const ContentFile& file : content_files()) {
    if (file.name == "scenarios/intrusion/scenario.yml") return std::move(parse_yaml(file.text)->front());
  }
  ADD_FAILURE() << "the program has no scenario";
  return {};
}

Counts expected_alerts(const YamlNode& scenario) {
  Counts counts;
  for (const YamlNode& file : scenario.find("expected")->items) {
    for (const YamlNode& rule : file.find("rules")->items) {
      counts[std::string(file.text("file")) + ": " + std::string(rule.text("id")) + " " + std::string(rule.text("title"))] =
          std::strtoull(std::string(rule.text("alerts")).c_str(), nullptr, 10);
    }
  }
  return counts;
}

TEST(Scenario, DemoFindsWhatItShouldAndNothingElse) {
  const YamlNode scenario = description();
  const TimeUs end = parse_time(scenario.text("ends")).value_or(kNoTime);
  ASSERT_NE(end, kNoTime);
  MemoryEnv env;
  env.set_now_us(end + TimeUs{900} * 86'400 * 1'000'000);  // the demo is shown years later
  testing::internal::CaptureStdout();
  const int exit = cli::run_demo(env, {"logs"});
  const std::string shown = testing::internal::GetCapturedStdout();
  EXPECT_EQ(exit, cli::kDone);

  Engine engine(sigma::load(builtin_rules(), {}).set, std::move(*Taxonomy::load(Taxonomy::shipped())));
  const CountingWriter writer(end);
  StringSink nowhere;
  ScanOptions options;
  options.worker.reference = env.now_us();
  Scan scan(env, engine, options, writer, nowhere);
  std::vector<Error> errors;
  const Result<ScanSummary> summary = scan.run(find_files(env, "logs", errors));
  ASSERT_TRUE(summary && errors.empty());
  const Counts expected = expected_alerts(scenario);
  EXPECT_EQ(writer.counts, expected);

  std::uint64_t total = 0;
  for (const auto& [what, count] : expected) total += count;
  EXPECT_EQ(std::to_string(total), scenario.text("alerts"));
  EXPECT_EQ(summary->alerts, total);
  EXPECT_EQ(summary->events_without_time, 0u);
  EXPECT_NE(shown.find("SSH Password Guessed"), std::string::npos);
}

}  // namespace
}  // namespace tocsin
