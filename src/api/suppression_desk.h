// Where people have alerts suppressed, from the console, the API or the command line: what they ask for is looked at against what is known of attacks, and written down. It cannot hide one: what would have hidden an alert that was
// judged a true positive is refused, what did or would is taken back as soon as somebody says so, and alerts about an entity of an attack reach people whatever covers them (docs/tuning.md). kInvalid or kNotFound
// with words for whoever asked; nothing is written then.
//
//   SuppressionDesk desk(view, state);
//   const Suppression made = TRY(desk.add({.owner = "ada", .reason = "a scanner of ours", .rule = id, .until = now + day}, by));
//
// Safe from any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/incident_view.h"
#include "event/suppression.h"
#include "store/suppressions.h"

namespace tocsin::api {

/// Alerts that are looked at to say what one would have hidden: a second's work. Of a busier month the newest are.
inline constexpr std::size_t kSuppressionPreviewAlertsMax = 50'000;
/// Alerts of attacks that are named with it.
inline constexpr std::size_t kSuppressionPreviewAttacksMax = 20;

/// Of the last 30 days that have alerts.
struct SuppressionPreview {
  std::uint64_t alerts = 0, hosts = 0;  // that it would have hidden, but for windows and what is watched
  bool whole = true;                    // all were looked at
  std::vector<StoredAlert> attacks = {};  // judged true positives that it covers: it would be refused
  std::uint64_t attack_count = 0;
};

class SuppressionDesk {
 public:
  /// Both outlive it.
  SuppressionDesk(IncidentView& view, State& state) : view_(view), state_(state), suppressions_(state) {}

  /// `rule` is a whole id. Gives it as it was written.
  Result<Suppression> add(Suppression wanted, const Actor& by);
  /// What it would have done; nothing is written. `until` is not looked at.
  Result<SuppressionPreview> preview(const Suppression& wanted, TimeUs now);
  /// Makes `wanted` about the rule and the machine of this alert, where it does not say; an alert without a machine gives its rule alone.
  Status fill_from(Suppression& wanted, std::string_view alert);
  /// After somebody said what alerts or incidents are: takes back what hides a true positive, and watches what is under attack. Gives the numbers of those that it took back.
  Result<std::vector<std::int64_t>> look_again(const Actor& by);
  /// Why it may not do what was meant: its entity is watched now, so that nothing about it is hidden, or its rule has no alerts. "" or a sentence for who made it.
  Result<std::string> warning(const Suppression& suppression, TimeUs now);

 private:
  struct Attack {
    StoredAlert alert;
    std::vector<AlertEntity> entities;
    TimeUs known = kNoTime;  // the later of when it happened and when somebody said so
  };
  /// Alerts of the last 30 days that are true positives by what people said.
  Result<std::vector<Attack>> attacks(const IncidentView::Made& made, TimeUs now);
  Status watch(const IncidentView::Made& made, const std::vector<Attack>& attacks);

  IncidentView& view_;
  State& state_;
  Suppressions suppressions_;
};

}  // namespace tocsin::api
