// Which incident an alert belongs to. An entity remembers the incidents that it was last seen in; an alert joins the one to which its strongest
// link leads, or begins a new one, and where it is strongly linked to two, they become one.
//
//   strength = weight of the key / (1 + log2(1 + elsewhere)) * 2^(-gap / half-life of its kind)
//
// Elsewhere: other incidents going on that have the entity. What many have in common (a proxy, the account of a backup) links hardly at all, and what nobody else has
// links well. Of a machine it is another number: an alert about an account that the incident does not know is linked to it the less, the more accounts were
// seen on the machine, and never makes two incidents one. So a domain controller or a terminal server does not join those who use it.
// Alerts of the same order give the same incidents: nothing here depends on threads, clocks or hash seeds.
//
//   IncidentLinker linker;
//   const Placement& place = linker.add({number, alert_time}, keys.of(alert));
//
// What a person decided stands above links. An alert that was put into a case is in its incident; the incidents of two cases never become one by themselves, and one that is closed takes nothing
// that was not put there: what would have joined it begins one of its own, which is related to it.
//
// Flat memory: kLinkedEntities entities in sets of eight, of which the one seen longest ago goes first; kLinkedIncidents incidents, of which the oldest
// goes first. What has gone can be joined no more. Half a microsecond an alert with six keys. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "analyze/case_book.h"
#include "analyze/link_keys.h"
#include "base/time.h"
#include "base/zeroed_array.h"

namespace tocsin::analyze {

/// From here on an alert joins; from here on two incidents become one.
inline constexpr double kJoinStrength = 0.25, kMergeStrength = 0.35;
/// An incident does not grow over more machines by itself: beyond, it is for a person to say that all of it is one.
inline constexpr std::uint32_t kIncidentHostsMax = 32;
/// Remembered at a time: 50 MB and 8 MB.
inline constexpr std::size_t kLinkedEntities = std::size_t{1} << 18, kLinkedIncidents = std::size_t{1} << 18;

/// Numbers from one, in the order in which incidents began; of two that become one the lower stays.
using IncidentNumber = std::uint32_t;

struct LinkedAlert {
  std::uint64_t number = 0;  // the caller's, to find the alert again
  TimeUs time = kNoTime;     // kNoTime: as late as the latest so far, of the first alerts 1970
  CaseNumber in_case = 0;    // where a person put it; 0: nowhere
};

struct Link {
  std::uint64_t to_alert = 0;
  std::uint32_t key = 0;      // index into the keys given
  std::int64_t gap_us = 0;
  double strength = 0;
  std::uint32_t elsewhere = 0;
};

struct Merge {
  IncidentNumber from = 0;
  Link link;
};

struct Related {
  IncidentNumber other = 0;
  std::uint32_t key = 0;
};

/// Valid until the next alert.
struct Placement {
  IncidentNumber incident = 0;
  bool begun = false;            // else `link` says why
  Link link = {};
  std::vector<Merge> merges = {};     // into `incident`
  std::vector<Related> related = {};  // by indicators, or because it could not be one with them
  bool unlinked = false;              // it has no link: a person put it there
};

class IncidentLinker {
 public:
  IncidentLinker();

  /// Before the first alert: of each case, by its number less one, whether it is closed.
  void set_cases(std::vector<bool> closed);
  const Placement& add(const LinkedAlert& alert, const std::vector<LinkKey>& keys);
  /// What an incident has become; 0: it is not remembered any more.
  IncidentNumber now(IncidentNumber incident);

 private:
  static constexpr std::size_t kWays = 8;
  static constexpr std::size_t kSeenIn = 6;
  static constexpr std::size_t kAccountsSeen = 8;
  /// An incident, and the last alert in it that had the entity.
  struct Seen {
    IncidentNumber incident = 0;  // 0: none
    std::uint64_t alert = 0;
    TimeUs time = 0;
  };
  struct Entity {
    std::uint64_t fingerprint = 0;  // 0: free
    TimeUs last = 0;
    std::array<Seen, kSeenIn> seen_in{};  // the latest first
    std::array<std::uint32_t, kAccountsSeen> accounts{};  // of a machine: halves of their fingerprints; 0: free
  };
  struct Slot {
    IncidentNumber number = 0, into = 0;  // into: what it was merged into
    TimeUs last = 0;
    std::uint32_t hosts = 0;
    CaseNumber in_case = 0;
  };
  /// Where a link over one key leads.
  struct Candidate {
    IncidentNumber incident = 0;
    Link link;
    bool merges = false;
  };

  Entity* find(std::uint64_t fingerprint);
  Entity& find_or_take(std::uint64_t fingerprint);
  Slot* slot(IncidentNumber number);
  IncidentNumber begin(TimeUs time, CaseNumber in_case);
  bool is_closed(IncidentNumber incident);
  void put(TimeUs time, CaseNumber in_case);
  void look_at(const std::vector<LinkKey>& keys, std::uint32_t index, TimeUs time, IncidentNumber home);
  void offer(IncidentNumber incident, const Link& link, bool merges);
  std::uint32_t elsewhere(const Entity& entity, LinkKind kind, IncidentNumber incident, TimeUs time);
  std::uint32_t strange_accounts(const Entity& host, const std::vector<LinkKey>& keys, IncidentNumber incident);
  bool is_in(const Entity& entity, IncidentNumber incident);
  bool is_too_wide(IncidentNumber incident, const std::vector<LinkKey>& keys);
  void join_or_begin(TimeUs time, const std::vector<LinkKey>& keys);
  void merge_others();
  void remember(const LinkedAlert& alert, const std::vector<LinkKey>& keys);
  static void remember_accounts(Entity& host, const std::vector<LinkKey>& keys);

  ZeroedArray<Entity> entities_;
  ZeroedArray<Slot> slots_;
  std::vector<Candidate> candidates_;  // the strongest of each incident
  Placement placement_;
  std::vector<bool> closed_;             // by case
  std::vector<IncidentNumber> of_case_;  // by case; 0: none yet
  IncidentNumber begun_ = 0;
  TimeUs latest_ = 0;
};

}  // namespace tocsin::analyze
