// The confidence of groups of alerts on the labelled recordings: each scenario by what the others teach. The bars are those that were set for scenarios never seen; what was measured is in decision 38. And what must decide
// nothing, decides nothing: names of hosts and rules, the day, the order of lines, and what comes later.
#include <gtest/gtest.h>

#include <random>

#include "ait_scenarios.h"
#include "analyze/group_lines.h"
#include "base/memory_env.h"
#include "corpus.h"

namespace tocsin::analyze {
namespace {

std::string folder() { return data_folder() + "/ait-alerts"; }

class LabelledScenarios : public testing::Test {
 protected:
  void SetUp() override {
    if (!Env::system().is_folder(folder())) GTEST_SKIP() << folder() << " is not there";
  }
};

using Scored = std::vector<std::pair<double, std::uint64_t>>;  // confidence, alerts

/// Of the last scenario by what the others teach, in the order of their values.
Scored scored_last(const std::deque<AitScenario>& scenarios) {
  const std::size_t last = scenarios.size() - 1;
  const Result<ConfidenceModel> model = ConfidenceModel::fit(others(scenarios, last));
  EXPECT_TRUE(model);
  Scored all;
  const std::vector<GroupFeatures> features = features_of(scenarios[last].scenario, model->record());
  for (std::size_t i = 0; i < features.size(); ++i) all.emplace_back(model->confidence(features[i]).confidence, scenarios[last].gathered.groups()[i].alerts);
  std::ranges::sort(all);
  return all;
}

/// What `tocsin score` prints of a file.
std::string lines(Env& env, const std::string& path, const ConfidenceModel& model) {
  AlertNames names;
  AlertGroups groups(names);
  EXPECT_TRUE(read_alerts(env, path, {AlertForm::kAit, false}, [&](const AlertBrief& alert) { return groups.add(alert); }));
  EXPECT_TRUE(groups.finish());
  GroupScorer scorer(model, names);
  std::vector<ScoredGroup> scored;
  std::string out;
  for_each_window(groups.groups(), [&](std::span<const AlertGroup> window) {
    EXPECT_TRUE(scorer.take(window, scored));
    for (std::size_t i = 0; i < window.size(); ++i) append_group_line(out, model, names, window[i], scored[i]);
  });
  return out;
}

TEST_F(LabelledScenarios, TheBarsHoldOnEachByWhatTheOthersTeach) {
  const auto scenarios = read_scenarios(Env::system(), folder());
  ASSERT_TRUE(scenarios);
  ASSERT_EQ(scenarios->size(), 4u);
  const auto confidences = model_confidences(*scenarios);
  ASSERT_TRUE(confidences);
  const Measures all = measure(*scenarios, *confidences);
  EXPECT_EQ(all.groups, 23'251u);
  EXPECT_EQ(all.attacks, 564u);
  EXPECT_EQ(all.steps, 40u);
  EXPECT_GE(all.average_precision, 0.50);
  EXPECT_LE(all.brier, 0.015);
  EXPECT_LE(all.calibration_error, 0.01);
  EXPECT_GE(all.steps_kept * 100, all.steps * 95);
  std::printf("AP %.4f, Brier %.5f, ECE %.4f, %zu of %zu steps and %zu of %zu attack groups in the upper half\n", all.average_precision, all.brier, all.calibration_error, all.steps_kept, all.steps,
              all.attacks_kept, all.attacks);
}

/// Every host and every rule has another name, of another place in the alphabet, in all four files; the file that is scored is 200 days later. Families stay families.
TEST_F(LabelledScenarios, NamesAndDaysDecideNothing) {
  const auto as_they_are = read_scenarios(Env::system(), folder());
  ASSERT_TRUE(as_they_are);
  std::string host, rule;
  const auto renamed = [&](const AlertBrief& alert) {
    host = "zyxwvutsrqponmlkjihgfedcba"[alert.host[0] % 26] + std::string(alert.host.rbegin(), alert.host.rend());
    rule = family_name(alert.rule) == alert.rule ? std::string(alert.rule) : std::string(family_name(alert.rule).rbegin(), family_name(alert.rule).rend()) + "-" + std::string(alert.rule.rbegin(), alert.rule.rend() - static_cast<std::ptrdiff_t>(family_name(alert.rule).size() + 1));
    AlertBrief changed = alert;
    changed.host = host;
    changed.rule = rule;
    changed.time_s += 200 * 86'400;
    return changed;
  };
  const auto other = read_scenarios(Env::system(), folder(), renamed);
  ASSERT_TRUE(other);
  EXPECT_NE(as_they_are->back().names.rules().name(0), other->back().names.rules().name(0));
  EXPECT_EQ(scored_last(*as_they_are), scored_last(*other));
}

TEST_F(LabelledScenarios, OrderAndFutureDecideNothing) {
  const auto scenarios = read_scenarios(Env::system(), folder());
  ASSERT_TRUE(scenarios);
  const auto model = ConfidenceModel::fit(others(*scenarios, 0));
  ASSERT_TRUE(model);
  const std::string path = folder() + "/" + scenarios->front().name + "_alerts.csv.zst";
  std::vector<std::pair<std::int64_t, std::string>> alerts;
  ASSERT_TRUE(read_alerts(Env::system(), path, {AlertForm::kAit, false}, [&](const AlertBrief& alert) -> Status {
    return alerts.emplace_back(alert.time_s, std::to_string(alert.time_s) + "," + std::string(alert.host) + "," + std::string(alert.rule) + "\n"), Status();
  }));
  const std::string wanted = lines(Env::system(), path, *model);
  const std::int64_t end_s = scenarios->front().gathered.groups()[scenarios->front().gathered.groups().size() / 2].start_s;
  std::ranges::shuffle(alerts, std::mt19937(1));
  std::string shuffled = "time,host,short\n", past = shuffled;
  for (const auto& [time_s, line] : alerts) {
    shuffled += line;
    if (time_s < end_s) past += line;
  }
  MemoryEnv env;
  env.add_file("shuffled.csv", shuffled);
  env.add_file("past.csv", past);
  EXPECT_TRUE(lines(env, "shuffled.csv", *model) == wanted);
  const std::string before = lines(env, "past.csv", *model);
  EXPECT_GT(before.size(), wanted.size() / 3);
  EXPECT_TRUE(wanted.starts_with(before));
}

}  // namespace
}  // namespace tocsin::analyze
