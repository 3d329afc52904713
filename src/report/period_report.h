// The report on a period: how long it took to detect, acknowledge and resolve, how right each rule was, what was decided by machine and what people changed, what is open. Every figure says from what to what it was measured,
// of how many, and what is left out. As a document and as JSON, `tocsin.period_report/1` (docs/reports.md). Pure; the same facts give the same bytes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "event/action_taken.h"
#include "event/case.h"
#include "event/decision.h"
#include "event/incident.h"
#include "event/suppression.h"
#include "report/document.h"

namespace tocsin {

/// Of fewer judged alerts no share is said: with nine, the range would go over half of all that is possible.
inline constexpr std::uint64_t kJudgedLeast = 10;
/// Hosts and accounts that are named.
inline constexpr std::size_t kPeriodNamesMax = 10;
/// One side of the range of a share: 95 in 100 between both.
inline constexpr double kShareTail = 0.025;

/// Spans of time. By nearest rank: the smallest one that so large a part of all do not exceed.
struct Spans {
  std::vector<double> seconds = {};
  std::uint64_t unknown = 0;  // a time of the two is not known
  std::uint64_t waiting = 0;  // the second has not come
  std::uint64_t negative = 0; // the second is before the first: clocks that differ

  void add(TimeUs from, TimeUs to, bool may_wait);
  /// 0.5 is the median; nothing of nothing.
  std::optional<double> quantile(double share) const;
};

/// What a share may as well be (Clopper and Pearson, 95 %).
struct ShareRange {
  double low = 0, high = 1;
};
ShareRange share_range(std::uint64_t hits, std::uint64_t all);

struct PeriodIncident {
  const Incident* incident = nullptr;
  TimeUs detected = kNoTime;      // its first alert was added
  TimeUs acknowledged = kNoTime;  // a person first did something about it
  TimeUs closed = kNoTime;        // of a closed one: when
};

struct RulePrecision {
  std::string id, title;
  std::uint64_t alerts = 0;  // in the period
  std::uint64_t true_positive = 0, benign = 0, false_positive = 0;
  std::uint64_t judged() const { return true_positive + benign + false_positive; }
};

struct SourceFlow {
  std::string name;
  std::uint64_t received = 0, stored = 0, refused = 0, dropped = 0;
  std::string silent = {};  // in words; "": it is not
};

struct ActionShare {
  std::string action;
  std::array<std::uint64_t, kDecisionWords.size()> by_kind{};
  std::uint64_t judged_of_acts = 0, wrong_of_acts = 0;  // `act`, by verdicts on their alerts
};

struct PeriodReport {
  TimeUs now = kNoTime, from = kNoTime, to = kNoTime;  // `to` is the first moment after it
  std::vector<PeriodIncident> incidents = {};          // that began in it, in the order of their first alert
  std::vector<PeriodIncident> open = {};               // now, whenever they began; the oldest first
  std::array<std::uint64_t, 5> alerts_by_level{};      // that were added in it
  std::uint64_t alerts_undated = 0;                    // of which nobody wrote down when they were added: in no figure
  HiddenAlerts hidden = {};                            // of events since its beginning
  std::vector<RulePrecision> rules = {};               // the most alerts first
  std::vector<std::pair<std::string, std::uint64_t>> hosts = {}, accounts = {};
  std::array<std::uint64_t, kCaseActWords.size()> acts{};  // of people in it, by kind; those that were taken back too
  std::vector<Suppression> suppressions = {};          // in force now
  std::uint64_t suppressions_made = 0;                 // in it
  std::vector<SourceFlow> sources = {};                // since the journal began
  std::string sources_unknown = {};                    // why they are not known
  bool is_running = false;                             // else which are silent is not known
  std::uint64_t events_least = 0, events_most = 0;     // stored and received in it: what surely was, what may have been
  std::string policy = {};
  std::vector<ActionShare> decisions = {};             // replayed, of alerts in it
  std::vector<ActionTaken> actions = {};               // begun in it
  bool is_whole = true, is_redacted = false;

  /// The clocks, of incidents that began in it; `attacks_only`: of those closed as true positives.
  Spans to_detect(bool attacks_only) const;
  Spans to_acknowledge(bool attacks_only) const;
  Spans to_resolve(bool attacks_only) const;
};

Document period_document(const PeriodReport& report);
/// One object and a line end.
std::string period_report_json(const PeriodReport& report);

}  // namespace tocsin
