// The incidents of a running service: of the alerts that reach people (event/suppression.h) and were stored last or are in cases, and of what people decided. Made anew when alerts were added, but not more often than every two seconds, and
// at once when somebody did something. They are made of alerts and acts alone, so nothing of them is kept, and a restart makes the same ones. Safe from any thread; a call may wait for another that makes them, a
// tenth of a second for 50,000 alerts.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>
#include <vector>

#include "analyze/case_book.h"
#include "analyze/incident_book.h"
#include "base/env.h"
#include "event/incident.h"
#include "store/case_log.h"
#include "store/state.h"
#include "store/suppressions.h"

namespace tocsin::api {

/// Alerts that incidents are made of, and those more that are in cases: some 150 MB each.
inline constexpr std::size_t kViewAlertsMax = 100'000, kViewCaseAlertsMax = 100'000;

/// All acts that were written down, as what they come to.
Result<std::shared_ptr<const analyze::CaseBook>> read_cases(CaseLog& log);

class IncidentView {
 public:
  /// Both outlive it.
  IncidentView(Env& env, State& state) : env_(env), state_(state), log_(state), suppressions_(state) {}

  struct Made {
    std::vector<Incident> incidents;  // the gravest first
    std::shared_ptr<const analyze::CaseBook> cases;
    std::size_t alerts = 0;
    bool whole = true;  // else earlier alerts are stored, and are in none of them
    analyze::Calibrator calibrator{};  // what was said before each verdict, and the calibrations
    HiddenAlerts hidden = {};  // stored ones that reach nobody, and are in none of them
  };
  Result<std::shared_ptr<const Made>> now();
  /// As they were made last, without waiting; nullptr: not yet.
  std::shared_ptr<const Made> last() const;
  /// Lets `work` call now() on another thread, unless that waits already; it says whether it will.
  void renew(const std::function<bool(std::function<void()>)>& work);

 private:
  Result<bool> take_acts();
  Result<bool> take_revealed();
  Result<bool> take_alerts();
  Status take_case_alerts();

  Env& env_;
  State& state_;
  CaseLog log_;
  Suppressions suppressions_;
  std::mutex mutex_;  // guards all below
  analyze::IncidentBook book_;
  std::shared_ptr<const analyze::CaseBook> cases_;
  std::unordered_set<std::string> looked_for_;  // alerts in cases that are stored no more
  std::int64_t last_number_ = 0;
  std::int64_t revealed_ = 0;  // version of what hides alerts
  bool whole_ = true;
  std::shared_ptr<const Made> made_;
  std::int64_t made_at_ns_ = 0;
  mutable std::mutex last_mutex_;  // guards what follows, and is never held for long
  std::shared_ptr<const Made> last_;
  std::atomic<bool> renewing_ = false;
};

}  // namespace tocsin::api
