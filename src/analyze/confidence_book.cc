#include "analyze/confidence_book.h"

#include <algorithm>
#include <string_view>
#include <tuple>

namespace tocsin::analyze {

std::vector<AlertVerdict> standing_verdicts(std::span<const AlertVerdict> verdicts) {
  std::unordered_map<std::string_view, const AlertVerdict*> last;
  for (const AlertVerdict& verdict : verdicts) last[verdict.alert] = &verdict;
  std::vector<AlertVerdict> standing;
  for (const auto& [alert, verdict] : last) {
    if (verdict->verdict != Verdict::kNone) standing.push_back(*verdict);
  }
  std::ranges::sort(standing, [](const AlertVerdict& a, const AlertVerdict& b) { return std::tie(a.time, a.alert) < std::tie(b.time, b.alert); });
  return standing;
}

std::vector<std::pair<std::uint32_t, AlertVerdict>> ConfidenceBook::numbered(std::span<const IncidentAlert> alerts, std::span<const AlertVerdict> verdicts, std::size_t& strangers) {
  strangers = 0;
  std::vector<std::pair<std::uint32_t, AlertVerdict>> known;
  std::vector<AlertVerdict> standing = standing_verdicts(verdicts);
  if (standing.empty()) return known;
  std::unordered_map<std::string_view, std::uint32_t> numbers;
  for (const AlertVerdict& verdict : standing) numbers.emplace(verdict.alert, UINT32_MAX);
  for (std::uint32_t i = 0; i < alerts.size(); ++i) {
    const auto named = numbers.find(alerts[i].id);
    if (named != numbers.end() && named->second == UINT32_MAX) named->second = i;
  }
  for (const AlertVerdict& verdict : standing) {
    const std::uint32_t number = numbers.at(verdict.alert);
    if (number == UINT32_MAX) {
      ++strangers;
      continue;
    }
    const bool is_beside = verdict.of_incident && verdict.verdict == Verdict::kTruePositive && alerts[number].level < kAttackLevelLeast;
    if (!is_beside) known.emplace_back(number, verdict);
  }
  return known;
}

void ConfidenceBook::judge(std::span<const IncidentAlert> alerts, std::span<const AlertVerdict> verdicts, std::uint32_t calibration_max) {
  if (std::vector<AlertSigns> seen = history_->take(); !seen.empty()) signs_ = std::move(seen);
  scorer_ = std::make_unique<AlertConfidences>(history_->rules(), calibration_max);
  verdicts_.clear();
  for (const auto& [number, verdict] : numbered(alerts, verdicts, strangers_)) {
    scorer_->judge(signs_[number], verdict.verdict);
    verdicts_[number] = verdict.verdict;
  }
}

std::vector<Probability> ConfidenceBook::as_they_came(std::span<const IncidentAlert> alerts, std::span<const AlertVerdict> verdicts) const {
  std::size_t strangers = 0;
  std::vector<std::pair<std::uint32_t, AlertVerdict>> timed = numbered(alerts, verdicts, strangers);
  std::unordered_map<std::uint32_t, Verdict> timeless;
  std::erase_if(timed, [&](const auto& one) { return one.second.time == kNoTime && timeless.emplace(one.first, one.second.verdict).second; });
  AlertConfidences scorer(history_->rules());
  std::vector<Probability> confidences;
  auto next = timed.begin();
  for (std::uint32_t i = 0; i < alerts.size(); ++i) {
    for (; next != timed.end() && alerts[i].time != kNoTime && next->second.time <= alerts[i].time; ++next) scorer.judge(signs_[next->first], next->second.verdict);
    confidences.push_back(scorer.confidence(signs_[i]));
    if (const auto said = timeless.find(i); said != timeless.end()) scorer.judge(signs_[i], said->second);
  }
  return confidences;
}

Verdict ConfidenceBook::verdict_of(std::size_t number) const {
  const auto known = verdicts_.find(static_cast<std::uint32_t>(number));
  return known == verdicts_.end() ? Verdict::kNone : known->second;
}

void ConfidenceBook::describe(IncidentAlertLine& line) const {
  line.confidence = scorer_->confidence(signs_[line.number]);
  line.verdict = verdict_of(line.number);
  line.stage = signs_[line.number].stage;
}

void ConfidenceBook::weigh(Incident& incident, std::span<const IncidentAlert> alerts) const {
  Criticality criticality = Criticality::kUnknown;
  for (const IncidentAlertLine& line : incident.alerts) criticality = std::max(criticality, alerts[line.number].facts.criticality);
  weigh_incident(incident, criticality);
  const auto surest = std::ranges::find(incident.alerts, incident.surest, &IncidentAlertLine::id);
  incident.why = explain(surest->number, alerts[surest->number]);
  incident.calibration = scorer_->calibrator().current().version;
}

}  // namespace tocsin::analyze
