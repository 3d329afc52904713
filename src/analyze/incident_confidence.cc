#include "analyze/incident_confidence.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>
#include <tuple>

#include "analyze/track_record.h"

namespace tocsin::analyze {

namespace {

/// What a person called an attack is one as surely as this.
constexpr double kJudgedAttack = 0.999;
/// An alert below this share of the surest does not say how far an attack has come.
constexpr double kStageShare = 0.5;

constexpr std::array<double, 5> kByCriticality = {1, 0.5, 1, 2, 4};
/// By the order of a tactic: none, reconnaissance, resource development, initial access, execution, persistence, privilege escalation, stealth, defense impairment, credential access, discovery, lateral
/// movement, collection, command and control, exfiltration, impact.
constexpr std::array<double, 16> kByStage = {1, 0.5, 0.5, 1, 1, 1, 1, 1.2, 1.2, 1.5, 1.5, 1.5, 1.8, 2, 2.5, 3};

using Lines = std::vector<const IncidentAlertLine*>;

/// The surest alert of each rule, the surest rule first; of equal ones the earlier.
Lines surest_of_rules(const Incident& incident) {
  std::map<std::string_view, const IncidentAlertLine*> by_rule;
  for (const IncidentAlertLine& alert : incident.alerts) {
    const auto [at, is_new] = by_rule.try_emplace(alert.rule_id, &alert);
    if (!is_new && alert.confidence.mean > at->second->confidence.mean) at->second = &alert;
  }
  Lines lines;
  for (const auto& [rule, line] : by_rule) lines.push_back(line);
  std::ranges::sort(lines, [](const IncidentAlertLine* a, const IncidentAlertLine* b) { return std::tie(b->confidence.mean, a->number) < std::tie(a->confidence.mean, b->number); });
  if (lines.size() > kIncidentRulesMax) lines.resize(kIncidentRulesMax);
  return lines;
}

/// Of probabilities in falling order. In logarithms of what is left, so that nothing near 1 is lost.
class AtLeastOne {
 public:
  void add(double probability) {
    left_ += share_ * std::log1p(-std::min(probability, 1 - 1e-15));
    share_ /= 2;
  }
  double probability() const { return -std::expm1(left_); }
  double share() const { return share_; }

 private:
  double left_ = 0, share_ = 1;
};

void set_confidence(Incident& incident, const Lines& lines) {
  AtLeastOne mean, low, high;
  for (const IncidentAlertLine* const line : lines) {
    const double share = mean.share(), before = mean.probability();
    mean.add(line->confidence.mean);
    low.add(line->confidence.low);
    high.add(line->confidence.high);
    const double after = log_odds(mean.probability());
    if (share == 1) {
      incident.evidence.push_back({"surest", after, fmt::format("the surest alert, \"{}\", is malicious by {:.1f} %", line->title, line->confidence.mean * 100)});
    } else if (after - log_odds(before) > 0) {
      incident.evidence.push_back({"further_rule", after - log_odds(before), fmt::format("another rule, \"{}\", by {:.1f} %: counts 1/{:.0f} beside what is above", line->title, line->confidence.mean * 100, 1 / share)});
    }
  }
  incident.confidence = {mean.probability(), low.probability(), high.probability()};
}

/// As people said: what is no attack is left out, what is one is sure.
double judged_confidence(const Incident& incident) {
  std::map<std::string_view, double> by_rule;
  for (const IncidentAlertLine& alert : incident.alerts) {
    if (alert.verdict == Verdict::kBenign || alert.verdict == Verdict::kFalsePositive) continue;
    double& surest = by_rule[alert.rule_id];
    surest = std::max(surest, alert.verdict == Verdict::kTruePositive ? kJudgedAttack : alert.confidence.mean);
  }
  std::vector<double> all;
  for (const auto& [rule, confidence] : by_rule) all.push_back(confidence);
  std::ranges::sort(all, std::greater<>());
  if (all.size() > kIncidentRulesMax) all.resize(kIncidentRulesMax);
  AtLeastOne judged;
  for (const double confidence : all) judged.add(confidence);
  return judged.probability();
}

}  // namespace

double criticality_factor(Criticality criticality) { return kByCriticality[static_cast<std::size_t>(criticality)]; }
double stage_factor(std::uint8_t stage) { return kByStage[std::min<std::size_t>(stage, kByStage.size() - 1)]; }

void weigh_incident(Incident& incident, Criticality criticality) {
  const Lines lines = surest_of_rules(incident);
  incident.surest = lines.front()->id;
  set_confidence(incident, lines);
  incident.judged = incident.said ? *incident.said : judged_confidence(incident);
  double stage = 0;
  for (const IncidentAlertLine& alert : incident.alerts) {
    ++incident.by_verdict[static_cast<std::size_t>(alert.verdict)];
    const bool is_left_out = alert.verdict == Verdict::kBenign || alert.verdict == Verdict::kFalsePositive;
    if (!is_left_out && alert.confidence.mean >= kStageShare * lines.front()->confidence.mean) stage = std::max(stage, stage_factor(alert.stage));
  }
  incident.criticality = kCriticalityWords[static_cast<std::size_t>(criticality)];
  incident.loss = incident.judged * criticality_factor(criticality) * (stage == 0 ? stage_factor(0) : stage);
}

void sort_by_loss(std::vector<Incident>& incidents) {
  std::ranges::stable_sort(incidents, [](const Incident& a, const Incident& b) { return std::tie(b.loss, b.level, a.first, a.id) < std::tie(a.loss, a.level, b.first, b.id); });
}

}  // namespace tocsin::analyze
