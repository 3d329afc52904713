// How good and how fast is the confidence of groups of alerts? Each of the labelled scenarios is scored by what the others teach, all pooled: the rule's track record alone, a plain logistic regression on eleven
// features of the group itself (the yardstick, fitted in the same run), and the model. Then how many alerts are read and scored a second. Processor time of one core; nothing here passes or fails.
//
//   bench_score FOLDER     # $TOCSIN_DATA/ait-alerts
#include <fmt/format.h>

#include "../tests/conformance/ait_scenarios.h"
#include "analyze/group_lines.h"
#include "cpu_time.h"

namespace tocsin::analyze {
namespace {

constexpr int kRounds = 5;
constexpr std::size_t kOwnFeatures = 11;

void print(const char* what, const Measures& m) {
  fmt::print("{:<48} {:>6.4f} {:>8.5f} {:>7.4f} {:>5}/{} {:>8.3f}\n", what, m.average_precision, m.brier, m.calibration_error, m.steps_kept, m.steps,
             static_cast<double>(m.attacks_kept) / static_cast<double>(m.attacks));
}

template <class T>
T value_of(Result<T> result) {
  if (result) return std::move(*result);
  fmt::print(stderr, "{}\n", result.error().message);
  std::exit(2);
}

TrackRecord record_of(std::span<const Scenario> scenarios) {
  TrackRecord record;
  for (const Scenario& scenario : scenarios) record.learn(*scenario.names, scenario.groups, scenario.contexts);
  return record;
}

/// How often the rule was right, smoothed, whatever its situation.
double rule_rate(const TrackRecord& record, std::string_view rule) {
  Tally tally;
  if (const auto known = record.rules().find(rule); known != record.rules().end()) {
    for (const Tally& one : known->second) tally.add(one);
  }
  return (static_cast<double>(tally.attacks) + 10 * record.base_rate()) / (static_cast<double>(tally.groups) + 10);
}

Confidences record_confidences(const std::deque<AitScenario>& scenarios) {
  Confidences all;
  for (std::size_t s = 0; s < scenarios.size(); ++s) {
    const TrackRecord record = record_of(others(scenarios, s));
    std::vector<double>& here = all.emplace_back();
    for (const AlertGroup& group : scenarios[s].gathered.groups()) here.push_back(rule_rate(record, scenarios[s].names.rules().name(group.rule)));
  }
  return all;
}

using OwnRow = std::array<double, kOwnFeatures>;

/// What is known of the group without its neighbours.
std::vector<OwnRow> own_rows(const Scenario& scenario, const TrackRecord& record) {
  std::vector<OwnRow> rows;
  for (std::size_t i = 0; i < scenario.groups.size(); ++i) {
    const GroupContext& context = scenario.contexts[i];
    const std::string_view rule = scenario.names->rules().name(scenario.groups[i].rule);
    const Situation novelty = static_cast<Situation>(context.situation % kAlone);
    const auto is = [&](Situation one) { return novelty == one ? 1.0 : 0.0; };
    rows.push_back({record.evidence_of(rule)[context.situation], log_odds(rule_rate(record, rule)), context.burst, context.gap, std::log(static_cast<double>(context.hosts)),
                    std::log(static_cast<double>(scenario.groups[i].alerts)), is(kNewRule), is(kNewHost), is(kAfterHours), is(kAfterAnHour), context.situation >= kAlone ? 1.0 : 0.0});
  }
  return rows;
}

class OwnRows : public FitRows {
 public:
  std::size_t rows() const override { return rows_.size(); }
  std::size_t columns() const override { return kOwnFeatures; }
  void fill(std::size_t from, std::size_t count, double* into) const override {
    for (std::size_t i = from; i < from + count; ++i) into = std::ranges::copy(rows_[i], into).out;
  }
  void add(const Scenario& scenario, const TrackRecord& record) {
    for (const OwnRow& row : own_rows(scenario, record)) rows_.push_back(row);
    for (const AlertGroup& group : scenario.groups) labels_.push_back(group.verdict == Verdict::kTruePositive ? 1 : 0);
  }
  /// Each column in deviations from its mean.
  void scale() {
    for (std::size_t c = 0; c < kOwnFeatures; ++c) {
      double mean = 0, squares = 0;
      for (const OwnRow& row : rows_) mean += row[c] / static_cast<double>(rows_.size());
      for (const OwnRow& row : rows_) squares += (row[c] - mean) * (row[c] - mean) / static_cast<double>(rows_.size());
      mean_[c] = mean;
      deviation_[c] = std::sqrt(squares) + 1e-9;
      for (OwnRow& row : rows_) row[c] = (row[c] - mean) / deviation_[c];
    }
  }
  double score(const std::vector<double>& weights, const OwnRow& row) const {
    double sum = weights[0];
    for (std::size_t c = 0; c < kOwnFeatures; ++c) sum += weights[c + 1] * (row[c] - mean_[c]) / deviation_[c];
    return sum;
  }
  std::span<const std::uint8_t> labels() const { return labels_; }

 private:
  std::vector<OwnRow> rows_;
  std::vector<std::uint8_t> labels_;
  OwnRow mean_{}, deviation_{};
};

std::vector<double> own_scores(const std::vector<Scenario>& taught, const Scenario& scored) {
  OwnRows rows;
  for (std::size_t i = 0; i < taught.size(); ++i) {
    std::vector<Scenario> rest = taught;
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
    rows.add(taught[i], record_of(rest));
  }
  rows.scale();
  const std::vector<double> weights = value_of(fit_logistic(rows, rows.labels(), {.penalty = 1}));
  std::vector<double> scores;
  for (const OwnRow& row : own_rows(scored, record_of(taught))) scores.push_back(rows.score(weights, row));
  return scores;
}

/// The plain logistic regression, calibrated as the model is.
Confidences own_confidences(const std::deque<AitScenario>& scenarios) {
  Confidences all;
  for (std::size_t s = 0; s < scenarios.size(); ++s) {
    const std::vector<Scenario> taught = others(scenarios, s);
    std::vector<double> pooled;
    std::vector<std::uint8_t> labels;
    for (std::size_t i = 0; i < taught.size(); ++i) {
      std::vector<Scenario> rest = taught;
      rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
      for (const double score : own_scores(rest, taught[i])) pooled.push_back(score);
      for (const AlertGroup& group : taught[i].groups) labels.push_back(group.verdict == Verdict::kTruePositive ? 1 : 0);
    }
    const Platt platt = value_of(fit_platt(pooled, labels));
    std::vector<double>& here = all.emplace_back();
    for (const double score : own_scores(taught, scenarios[s].scenario)) here.push_back(probability_of(platt.slope * score + platt.offset));
  }
  return all;
}

/// As the verb does it: a file, its groups, their scores, the lines.
std::uint64_t score_file(const std::string& path, const ConfidenceModel& model) {
  AlertNames names;
  AlertGroups groups(names);
  const AlertFileCounts counts = value_of(read_alerts(Env::system(), path, {AlertForm::kAit, false}, [&](const AlertBrief& alert) { return groups.add(alert); }));
  if (!groups.finish()) std::exit(2);
  GroupScorer scorer(model, names);
  std::vector<ScoredGroup> scored;
  std::string out;
  for_each_window(groups.groups(), [&](std::span<const AlertGroup> window) {
    if (!scorer.take(window, scored)) std::exit(2);
    for (std::size_t i = 0; i < window.size(); ++i) append_group_line(out, model, names, window[i], scored[i]);
    if (out.size() > (256 << 10)) out.clear();
  });
  return counts.alerts;
}

void measure_speed(const std::string& folder, const std::deque<AitScenario>& scenarios) {
  ConfidenceModel model;
  const double fit = best_seconds(2, [&] { model = value_of(ConfidenceModel::fit(others(scenarios, scenarios.size()))); });
  std::uint64_t alerts = 0;
  const double seconds = best_seconds(kRounds, [&] {
    alerts = 0;
    for (const AitScenario& scenario : scenarios) alerts += score_file(folder + "/" + scenario.name + "_alerts.csv.zst", model);
  });
  fmt::print("\n{} alerts of {} files read, scored and written in {:.3f} s: {:.0f} a second. A model of all of them is fitted in {:.2f} s.\n", alerts, scenarios.size(), seconds,
             static_cast<double>(alerts) / seconds, fit);
}

int run(const std::string& folder) {
  const std::deque<AitScenario> scenarios = value_of(read_scenarios(Env::system(), folder));
  const Confidences by_record = record_confidences(scenarios), by_own = own_confidences(scenarios), by_model = value_of(model_confidences(scenarios));
  const Measures all = measure(scenarios, by_model);
  fmt::print("{} groups, {} of them attacks, of {} scenarios; each scored by what the others teach\n\n", all.groups, all.attacks, scenarios.size());
  fmt::print("{:<48} {:>6} {:>8} {:>7} {:>8} {:>8}\n", "", "AP", "Brier", "ECE", "steps", "attacks");
  print("the rule's track record alone", measure(scenarios, by_record));
  print("yardstick: logistic regression, 11 own features", measure(scenarios, by_own));
  print("the model", all);
  measure_speed(folder, scenarios);
  return 0;
}

}  // namespace
}  // namespace tocsin::analyze

int main(int count, char** arguments) {
  if (count == 2) return tocsin::analyze::run(arguments[1]);
  fmt::print(stderr, "bench_score FOLDER: of files NAME_alerts.csv.zst\n");
  return 2;
}
