// The confidences of all alerts of a set, and of the incidents that they make: what IncidentBook asks, and whoever explains one alert. Alerts come in the order of time while they are linked; then the verdicts, all at once; then
// everything is a function of both. Holds the signs of every alert, some 200 bytes each. One thread.
//
//   ConfidenceBook book;
//   for (…) book.see(alert, {keys.host(), keys.accounts(), place});
//   book.judge(alerts, verdicts, calibration_max);
//   book.explain(number, alerts[number]);
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "analyze/alert_confidence.h"
#include "analyze/alert_history.h"
#include "analyze/incident_confidence.h"
#include "event/incident.h"
#include "event/verdict.h"

namespace tocsin::analyze {

/// Of several verdicts on one alert the last one given, in the order of their times, then of the alerts' ids; what was taken back is left out.
std::vector<AlertVerdict> standing_verdicts(std::span<const AlertVerdict> verdicts);

/// That an incident was an attack says nothing of what is below this level in it: who logs off during one does so on any day. What was said of such an alert itself counts.
inline constexpr std::uint8_t kAttackLevelLeast = 2;

class ConfidenceBook {
 public:
  ConfidenceBook() : history_(std::make_unique<AlertHistory>()) {}

  void see(const IncidentAlert& alert, const AlertPlace& place) { history_->add(alert, place); }
  /// `alerts` are those that were seen, in their order. `calibration_max`: as AlertConfidences has it.
  void judge(std::span<const IncidentAlert> alerts, std::span<const AlertVerdict> verdicts, std::uint32_t calibration_max);

  /// What each alert's confidence was when it came: by the verdicts that had been given by then. A verdict without a time was given right after its alert. To see how decisions would have been.
  std::vector<Probability> as_they_came(std::span<const IncidentAlert> alerts, std::span<const AlertVerdict> verdicts) const;
  /// Confidence, verdict and stage of a line of an incident.
  void describe(IncidentAlertLine& line) const;
  /// Everything of an incident that follows from its alerts.
  void weigh(Incident& incident, std::span<const IncidentAlert> alerts) const;

  AlertConfidence explain(std::size_t number, const IncidentAlert& alert) const { return scorer_->explain(signs_[number], alert.facts); }
  std::vector<Change> changes_over(double bar, std::size_t number) const { return scorer_->changes_over(bar, signs_[number]); }
  Verdict verdict_of(std::size_t number) const;
  const Calibrator& calibrator() const { return scorer_->calibrator(); }
  /// Standing verdicts about alerts that are not in the set: they teach nothing.
  std::size_t strangers() const { return strangers_; }

 private:
  /// Standing verdicts by the number of their alert, in their order; how many are about none of these.
  static std::vector<std::pair<std::uint32_t, AlertVerdict>> numbered(std::span<const IncidentAlert> alerts, std::span<const AlertVerdict> verdicts, std::size_t& strangers);

  std::unique_ptr<AlertHistory> history_;
  std::vector<AlertSigns> signs_;
  std::unique_ptr<AlertConfidences> scorer_;
  std::unordered_map<std::uint32_t, Verdict> verdicts_;  // by number
  std::size_t strangers_ = 0;
};

}  // namespace tocsin::analyze
