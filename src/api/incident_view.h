// The incidents of a running service: of the alerts that were stored last, made anew when some were added since, but not more often than every two seconds. They are made of alerts alone, so nothing of them is
// kept, and a restart makes the same ones. Safe from any thread; a call may wait for another that makes them, a tenth of a second for 50,000 alerts.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "analyze/incident_book.h"
#include "base/env.h"
#include "event/incident.h"
#include "store/state.h"

namespace tocsin::api {

/// Alerts that incidents are made of: some 150 MB.
inline constexpr std::size_t kViewAlertsMax = 100'000;

class IncidentView {
 public:
  /// Both outlive it.
  IncidentView(Env& env, State& state) : env_(env), state_(state) {}

  struct Made {
    std::vector<Incident> incidents;  // the gravest first
    std::size_t alerts = 0;
    bool whole = true;  // else earlier alerts are stored, and are in none of them
  };
  Result<std::shared_ptr<const Made>> now();

 private:
  Env& env_;
  State& state_;
  std::mutex mutex_;  // guards all below
  analyze::IncidentBook book_;
  std::int64_t last_number_ = 0;
  bool whole_ = true;
  std::shared_ptr<const Made> made_;
  std::int64_t made_at_ns_ = 0;
};

}  // namespace tocsin::api
