#include "api/incident_view.h"

#include <algorithm>

namespace tocsin::api {

namespace {

constexpr std::size_t kPage = 1'000;
/// Sorting to find the earliest is worth it for some thousand at a time.
constexpr std::size_t kOver = kViewAlertsMax / 10;
/// Whoever asks all the time must not keep a core busy while alerts come in all the time.
constexpr std::int64_t kMadeForNs = 2'000'000'000;

}  // namespace

Result<std::shared_ptr<const IncidentView::Made>> IncidentView::now() {
  const std::lock_guard lock(mutex_);
  const std::int64_t now_ns = env_.monotonic_ns();
  if (made_ != nullptr && now_ns - made_at_ns_ < kMadeForNs) return made_;
  if (last_number_ == 0) {
    const std::int64_t last = TRY(state_.last_alert_number());
    last_number_ = std::max<std::int64_t>(0, last - static_cast<std::int64_t>(kViewAlertsMax));
    whole_ = last_number_ == 0;
  }
  bool added = false;
  for (;;) {
    const std::vector<StoredAlert> page = TRY(state_.alerts_added_after(last_number_, kPage, 0));
    if (page.empty()) break;
    added = true;
    for (const StoredAlert& alert : page) {
      // One that cannot be read was written by nobody; the list of alerts has it.
      if (Result<analyze::IncidentAlert> read = analyze::read_incident_alert(alert.body)) (void)book_.add(std::move(*read));
      last_number_ = alert.number;
    }
    if (book_.size() > kViewAlertsMax + kOver) {
      book_.forget_earliest(book_.size() - kViewAlertsMax);
      whole_ = false;
    }
  }
  made_at_ns_ = now_ns;
  if (made_ != nullptr && !added) return made_;
  made_ = std::make_shared<const Made>(Made{book_.incidents(), book_.size(), whole_});
  return made_;
}

}  // namespace tocsin::api
