// The incidents of a running service, as they are now: of the alerts that were stored last, made anew when some were added since. They are made of alerts alone, so nothing of them is
// kept, and a restart makes the same ones. Safe from any thread; a call may wait for another that makes them, a tenth of a second for 50,000 alerts.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "analyze/incident_book.h"
#include "event/incident.h"
#include "store/state.h"

namespace tocsin::api {

/// Alerts that incidents are made of: some 150 MB.
inline constexpr std::size_t kViewAlertsMax = 100'000;

class IncidentView {
 public:
  /// Outlives it.
  explicit IncidentView(State& state) : state_(state) {}

  struct Made {
    std::vector<Incident> incidents;  // the gravest first
    std::size_t alerts = 0;
    bool whole = true;  // else earlier alerts are stored, and are in none of them
  };
  Result<std::shared_ptr<const Made>> now();

 private:
  State& state_;
  std::mutex mutex_;  // guards all below
  analyze::IncidentBook book_;
  std::int64_t last_number_ = 0;
  bool whole_ = true;
  std::shared_ptr<const Made> made_;
};

}  // namespace tocsin::api
