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

Result<std::shared_ptr<const analyze::CaseBook>> read_cases(CaseLog& log) {
  std::vector<CaseAct> acts;
  for (;;) {
    std::vector<CaseAct> page = TRY(log.after(acts.empty() ? 0 : acts.back().number, kPage));
    if (page.empty()) return std::shared_ptr<const analyze::CaseBook>(std::make_shared<analyze::CaseBook>(std::move(acts)));
    std::ranges::move(page, std::back_inserter(acts));
  }
}

Result<std::shared_ptr<const IncidentView::Made>> IncidentView::now() {
  const std::lock_guard lock(mutex_);
  const bool revealed = TRY(take_revealed()), decided = TRY(take_acts()) || revealed;
  const std::int64_t now_ns = env_.monotonic_ns();
  if (made_ != nullptr && !decided && now_ns - made_at_ns_ < kMadeForNs) return made_;
  const bool added = TRY(take_alerts());
  made_at_ns_ = now_ns;
  if (made_ != nullptr && !added && !decided) return made_;
  TRY(take_case_alerts());
  std::vector<Incident> incidents = book_.incidents(cases_->verdicts(), cases_->calibration());
  made_ = std::make_shared<const Made>(Made{std::move(incidents), cases_, book_.size(), whole_, book_.confidences().calibrator(), TRY(state_.hidden_alerts({}))});
  const std::lock_guard lock_last(last_mutex_);
  last_ = made_;
  return made_;
}

void IncidentView::renew(const std::function<bool(std::function<void()>)>& work) {
  if (renewing_.exchange(true)) return;
  const bool will = work([this] {
    renewing_ = false;
    (void)now();
  });
  if (!will) renewing_ = false;
}

std::shared_ptr<const IncidentView::Made> IncidentView::last() const {
  const std::lock_guard lock(last_mutex_);
  return last_;
}

/// Whether alerts reach people that did not: they stand between those that were read, so all are read anew.
Result<bool> IncidentView::take_revealed() {
  const std::int64_t version = TRY(suppressions_.version());
  if (version == revealed_) return false;
  revealed_ = version;
  book_ = analyze::IncidentBook();
  book_.decide(cases_.get());
  looked_for_.clear();
  last_number_ = 0;
  return true;
}

/// Whether there are new ones.
Result<bool> IncidentView::take_acts() {
  const std::int64_t last = cases_ == nullptr || cases_->acts().empty() ? 0 : cases_->acts().back().number;
  if (cases_ != nullptr && TRY(log_.after(last, 1)).empty()) return false;
  cases_ = TRY(read_cases(log_));
  book_.decide(cases_.get());
  return true;
}

/// Whether there are new ones.
Result<bool> IncidentView::take_alerts() {
  if (last_number_ == 0) {
    const std::int64_t last = TRY(state_.last_alert_number());
    last_number_ = std::max<std::int64_t>(0, last - static_cast<std::int64_t>(kViewAlertsMax));
    whole_ = last_number_ == 0;
  }
  for (bool added = false;; added = true) {
    const std::vector<StoredAlert> page = TRY(state_.alerts_added_after(last_number_, kPage, 0));
    if (page.empty()) return added;
    for (const StoredAlert& alert : page) {
      // One that cannot be read was written by nobody; the list of alerts has it.
      if (Result<analyze::IncidentAlert> read = analyze::read_incident_alert(alert.body)) (void)book_.add(std::move(*read));
      last_number_ = alert.number;
    }
    if (book_.size() > kViewAlertsMax + kOver) {
      const std::size_t before = book_.size();
      book_.forget_earliest(kViewAlertsMax);
      whole_ = whole_ && book_.size() == before;
    }
  }
}

/// What is in a case stays in sight however old it is, as long as it is stored.
Status IncidentView::take_case_alerts() {
  if (cases_->cases().empty()) return {};
  std::vector<std::string> missing = book_.missing(cases_->pinned());
  std::erase_if(missing, [&](const std::string& id) { return looked_for_.contains(id); });
  if (missing.size() > kViewCaseAlertsMax) missing.resize(kViewCaseAlertsMax);
  for (const std::string& id : missing) {
    const std::optional<StoredAlert> alert = TRY(state_.alert(id));
    if (!alert) looked_for_.insert(id);  // it was deleted, as too old
    if (!alert || alert->number > last_number_ || alert->hidden_by != kHiddenByNone) continue;
    if (Result<analyze::IncidentAlert> read = analyze::read_incident_alert(alert->body)) (void)book_.add(std::move(*read));
  }
  return {};
}

}  // namespace tocsin::api
