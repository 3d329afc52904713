// Alerts as groups: those of one rule on one host within five minutes are one (decision 38). The alerts of a file come in any order; AlertGroups gathers them and gives the groups in the order of
// window, host and rule. Where alerts come in the order of their time, the groups of one window may be gathered alone, and the numbers of rules and hosts kept (AlertNames). One thread.
//
//   AlertNames names;
//   AlertGroups groups(names);
//   TRY(groups.add(alert)); …
//   TRY(groups.finish());
//   for_each_window(groups.groups(), [&](std::span<const AlertGroup> window) { … });
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "analyze/name_table.h"
#include "base/result.h"
#include "event/alert_brief.h"

namespace tocsin::analyze {

inline constexpr std::int64_t kWindowSeconds = 300;

/// The start of the window that a time is in; a multiple of kWindowSeconds, also before 1970.
constexpr std::int64_t window_of(std::int64_t time_s) {
  const std::int64_t rest = time_s % kWindowSeconds;
  return time_s - (rest < 0 ? rest + kWindowSeconds : rest);
}

/// Rules that are told apart; of Sigma there are some thousands, of any product fewer than these. More come of a field that is no rule's name.
inline constexpr std::size_t kAlertRulesMax = 65'536;
/// Hosts that are told apart: a hundred times the largest network this is made for, short-lived containers included.
inline constexpr std::size_t kAlertHostsMax = 1u << 21;
/// Of all their names together, which stay in memory.
inline constexpr std::uint64_t kAlertNamesBytesMax = 256u << 20;
/// Groups of one file, 32 bytes each and twice that while they are gathered: a year of forty every five minutes.
inline constexpr std::size_t kAlertGroupsMax = 1u << 22;
/// Groups of one window: a million hosts that raise an alert at once. The sums over a window are exact for as many.
inline constexpr std::size_t kWindowGroupsMax = 1u << 20;

/// The rules and hosts of one scenario or one stream. A rule's family is its name before the last '-', or all of it.
class AlertNames {
 public:
  /// kLimit beyond kAlertRulesMax, kAlertHostsMax or kAlertNamesBytesMax.
  Result<std::uint32_t> rule(std::string_view name);
  Result<std::uint32_t> host(std::string_view name);

  const NameTable& rules() const { return rules_; }
  const NameTable& hosts() const { return hosts_; }
  std::uint32_t family_of(std::uint32_t rule) const { return family_of_[rule]; }
  std::size_t families() const { return families_.size(); }

 private:
  NameTable rules_, hosts_, families_;
  std::vector<std::uint32_t> family_of_;  // by rule
};

std::string_view family_name(std::string_view rule);

struct AlertGroup {
  std::int64_t start_s = 0;  // of its window
  std::uint32_t host = 0, rule = 0;
  std::uint64_t alerts = 0;
  Verdict verdict = Verdict::kNone;  // the highest of its alerts

  bool is_same(const AlertGroup& other) const { return start_s == other.start_s && host == other.host && rule == other.rule; }
};

class AlertGroups {
 public:
  explicit AlertGroups(AlertNames& names) : names_(names) {}

  /// kLimit: there are too many groups, rules or hosts.
  Status add(const AlertBrief& alert);
  /// Brings them into the order of window, host's name and rule's name. Nothing is added any more.
  Status finish();
  const std::vector<AlertGroup>& groups() const { return groups_; }

 private:
  Status merge();

  AlertNames& names_;
  std::vector<AlertGroup> groups_;        // one may be there several times until merge()
  std::array<std::uint32_t, 4096> last_{};  // where a group was seen last
  std::size_t merge_at_ = 1u << 16;
};

/// Calls `visit` with the groups of each window, in their order.
template <class Visit>
void for_each_window(std::span<const AlertGroup> groups, Visit&& visit) {
  for (std::size_t from = 0, to = 0; from < groups.size(); from = to) {
    while (to < groups.size() && groups[to].start_s == groups[from].start_s) ++to;
    visit(groups.subspan(from, to - from));
  }
}

}  // namespace tocsin::analyze
