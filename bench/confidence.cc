// How good is the confidence of our own alerts, and how fast? The labelled scenarios of the AIT Alert Data Set as alerts of medium level, one network after the other in one timeline; of each group (rule, host, five minutes) its last alert counts. Scored with the weights
// alone; then in the order of time, each group first scored and then its verdict known; then as a small team would do it, which judges the forty a day that stand highest. Nothing here passes or fails.
//
//   bench_confidence FOLDER     # $TOCSIN_DATA/ait-alerts
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "../tests/conformance/ait_scenarios.h"
#include "analyze/alert_confidence.h"
#include "cpu_time.h"

namespace tocsin::analyze {
namespace {

constexpr std::int64_t kBetweenSeconds = 86'400;

struct Group {
  std::size_t last = 0;  // alert
  std::int64_t end_s = 0;
  bool is_attack = false;
};

struct Timeline {
  std::vector<IncidentAlert> alerts;
  std::vector<bool> is_attack;
};

/// Files are not sorted by time.
Timeline read_timeline(const std::string& folder) {
  Timeline timeline;
  std::int64_t end_s = 1'600'000'000;
  const Result<std::vector<FolderEntry>> entries = Env::system().list_folder(folder);
  for (const FolderEntry& entry : *entries) {
    if (!entry.name.ends_with("_alerts.csv.zst")) continue;
    struct Read {
      std::string rule, host;
      std::int64_t time_s;
      bool is_attack;
    };
    std::vector<Read> read;
    const auto take = [&](const AlertBrief& alert) -> Status {
      read.push_back({std::string(alert.rule), entry.name.substr(0, entry.name.find('_')) + "-" + std::string(alert.host), alert.time_s, alert.verdict == Verdict::kTruePositive});
      return {};
    };
    if (!read_alerts(Env::system(), folder + "/" + entry.name, {AlertForm::kAit, true}, take)) std::exit(2);
    std::ranges::stable_sort(read, {}, &Read::time_s);
    // By whole windows, so that groups stay what they were.
    const std::int64_t shift = (end_s + kBetweenSeconds) / 300 * 300 - read.front().time_s / 300 * 300;
    for (Read& one : read) {
      IncidentAlert alert;
      alert.id = std::to_string(timeline.alerts.size());
      alert.rule_id = alert.title = one.rule;
      alert.level = 2;
      alert.time = (one.time_s + shift) * 1'000'000;
      alert.log_source.product = "linux";
      alert.context[static_cast<std::size_t>(ContextRole::kHost)] = one.host;
      timeline.alerts.push_back(std::move(alert));
      timeline.is_attack.push_back(one.is_attack);
    }
    end_s = read.back().time_s + shift;
  }
  return timeline;
}

std::vector<Group> groups_of(const Timeline& timeline, const std::vector<AlertSigns>& signs) {
  std::map<std::pair<std::uint64_t, std::int64_t>, std::size_t> numbers;
  std::vector<Group> groups;
  for (std::size_t i = 0; i < signs.size(); ++i) {
    const std::int64_t end_s = (timeline.alerts[i].time / 1'000'000 / 300 + 1) * 300;
    const auto [at, is_new] = numbers.try_emplace({signs[i].place, end_s}, groups.size());
    if (is_new) groups.push_back({i, end_s, false});
    groups[at->second].last = i;
    groups[at->second].is_attack = groups[at->second].is_attack || timeline.is_attack[i];
  }
  std::ranges::stable_sort(groups, {}, &Group::end_s);
  return groups;
}

void print(std::string_view what, std::span<const double> confidences, std::span<const std::uint8_t> labels) {
  std::vector<std::pair<double, std::uint8_t>> pairs;
  for (std::size_t i = 0; i < labels.size(); ++i) pairs.emplace_back(confidences[i], labels[i]);
  const Reliability held = reliability_of(confidences, labels);
  fmt::print("{:<58} {:>6} {:>5} {:>7.4f} {:>8.5f} {:>8.5f} {:>7.4f}\n", what, held.count, held.attacks, held.attacks == 0 ? 0.0 : average_precision(pairs), held.brier, held.brier_of_share, held.calibration_error);
}

/// Group by group; what ended before a group's window began may be judged. `per_day` 0: all of them at once, else the highest of each day at its end.
std::vector<double> in_order(const std::vector<RuleName>& rules, const std::vector<AlertSigns>& signs, const std::vector<Group>& groups, std::size_t per_day, std::size_t& judged) {
  AlertConfidences scorer(rules);
  std::vector<double> confidences;
  std::size_t known = 0;
  judged = 0;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const std::int64_t begins_s = groups[i].end_s - 300;
    if (per_day == 0) {
      for (; known < i && groups[known].end_s <= begins_s; ++known) scorer.judge(signs[groups[known].last], groups[known].is_attack ? Verdict::kTruePositive : Verdict::kFalsePositive), ++judged;
    } else if (i > 0 && groups[i].end_s / 86'400 != groups[i - 1].end_s / 86'400) {
      std::vector<std::size_t> day;
      for (; known < i; ++known) day.push_back(known);
      std::ranges::stable_sort(day, std::greater<>(), [&](std::size_t g) { return confidences[g]; });
      for (std::size_t k = 0; k < std::min(per_day, day.size()); ++k) scorer.judge(signs[groups[day[k]].last], groups[day[k]].is_attack ? Verdict::kTruePositive : Verdict::kFalsePositive), ++judged;
    }
    confidences.push_back(scorer.confidence(signs[groups[i].last]).mean);
  }
  return confidences;
}

void measure(const std::vector<RuleName>& rules, const std::vector<AlertSigns>& signs, const std::vector<Group>& groups) {
  std::vector<std::uint8_t> labels;
  for (const Group& group : groups) labels.push_back(group.is_attack ? 1 : 0);
  std::size_t judged = 0;
  AlertConfidences untaught(rules);
  std::vector<double> before;
  for (const Group& group : groups) before.push_back(untaught.confidence(signs[group.last]).mean);
  const std::vector<double> all = in_order(rules, signs, groups, 0, judged);
  fmt::print("{:<58} {:>6} {:>5} {:>7} {:>8} {:>8} {:>7}\n", "", "groups", "bad", "AP", "Brier", "of share", "ECE");
  print("no verdicts", before, labels);
  print("every group judged, each scored before", all, labels);
  for (const std::size_t from : {0u, 50u, 500u, 5'000u}) {
    const std::size_t to = from == 0 ? 50 : from == 5'000 ? groups.size() : from * 10;
    const std::size_t count = to - from;
    print(fmt::format("  of groups {} to {}: no verdicts", from + 1, to), std::span(before).subspan(from, count), std::span(labels).subspan(from, count));
    print(fmt::format("  the same after {} and more", from), std::span(all).subspan(from, count), std::span(labels).subspan(from, count));
  }
  for (const std::size_t per_day : {10u, 40u}) {
    const std::vector<double> some = in_order(rules, signs, groups, per_day, judged);
    print(fmt::format("the highest {} of each day judged, {} in all", per_day, judged), some, labels);
    print("  of the later half: no verdicts", std::span(before).subspan(groups.size() / 2), std::span(labels).subspan(groups.size() / 2));
    print("  of the later half", std::span(some).subspan(groups.size() / 2), std::span(labels).subspan(groups.size() / 2));
  }
}

int run(const std::string& folder) {
  const Timeline timeline = read_timeline(folder);
  AlertHistory history;
  LinkKeys keys;
  IncidentLinker linker;
  double of_history = 0;
  const double began = cpu_seconds();
  for (std::size_t i = 0; i < timeline.alerts.size(); ++i) {
    const std::vector<LinkKey>& of_alert = keys.of(timeline.alerts[i]);
    const Placement& place = linker.add({i, timeline.alerts[i].time}, of_alert);
    history.add(timeline.alerts[i], {keys.host(), keys.accounts(), place});
  }
  const std::vector<AlertSigns> signs = history.take();
  of_history = cpu_seconds() - began;
  const std::vector<Group> groups = groups_of(timeline, signs);
  measure(history.rules(), signs, groups);
  AlertConfidences scorer(history.rules());
  double sum = 0;
  const double scoring = best_seconds(3, [&] {
    for (const AlertSigns& one : signs) sum += scorer.confidence(one).mean;
  });
  const auto count = static_cast<double>(signs.size());
  fmt::print("\n{} alerts linked and looked at: {:.0f} a second; scored with intervals: {:.0f} a second ({:.0f})\n", signs.size(), count / of_history, count / scoring, sum);
  return 0;
}

}  // namespace
}  // namespace tocsin::analyze

int main(int count, char** arguments) {
  if (count == 2) return tocsin::analyze::run(arguments[1]);
  fmt::print(stderr, "bench_confidence FOLDER: of files NAME_alerts.csv.zst\n");
  return 2;
}
