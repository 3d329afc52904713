// All incidents of a set of alerts: what they are about, when, by what they belong together. Alerts may come in any order; they are linked in that of their
// times, so the same alerts give the same incidents.
//
//   IncidentBook book;
//   for (…) book.add(TRY(read_incident_alert(line)));
//   const std::vector<Incident> incidents = book.incidents();
//
// Holds every alert, some 1.7 KB each, up to kBookAlertsMax. More may be added after incidents() was asked; one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "analyze/confidence_book.h"
#include "analyze/incident_alert.h"
#include "analyze/incident_linker.h"
#include "event/incident.h"

namespace tocsin::analyze {

/// Some 800 MB. A scan with more alerts than that is to be asked for its graver ones.
inline constexpr std::size_t kBookAlertsMax = 500'000;
/// Of one incident: what a page shows of it. The counts go on.
inline constexpr std::size_t kIncidentProcessesMax = 512, kIncidentEntitiesMax = 256, kIncidentRelatedMax = 32;

/// The id of an incident is that of its first alert, in another name space.
std::string incident_id(std::string_view first_alert);

class IncidentBook {
 public:
  /// False: it is full, and this alert is in no incident.
  bool add(IncidentAlert alert);
  /// What people decided, from now on; it outlives the book, or the next call. nullptr: nothing.
  void decide(const CaseBook* cases) { cases_ = cases; }
  /// Of those that no case has, all but the last `keep` go; what they held together falls apart.
  void forget_earliest(std::size_t keep);
  std::size_t size() const { return alerts_.size(); }
  /// Those of the ids that are not here.
  std::vector<std::string> missing(std::vector<std::string> ids) const;

  /// By expected loss, the highest first (incident_confidence.h). Every alert is in exactly one. Later versions of the calibration than `calibration_max` are not used.
  std::vector<Incident> incidents(std::span<const AlertVerdict> verdicts = {}, std::uint32_t calibration_max = UINT32_MAX);
  /// Of all alerts in the order of time, since the last call of incidents().
  const std::vector<IncidentAlert>& alerts() const { return alerts_; }
  const ConfidenceBook& confidences() const { return *confidences_; }

 private:
  /// An alert after linking.
  struct Placed {
    IncidentNumber incident = 0;
    std::string host;
    std::vector<std::string> accounts;
  };
  struct Joint {
    IncidentNumber incident = 0;
    IncidentLink link;
  };
  struct Relation {
    IncidentNumber one = 0, other = 0;
    std::string entity;
  };
  void sort();
  void link_all();
  IncidentNumber root(IncidentNumber incident) const;
  void keep_links(std::size_t alert, const Placement& place, const std::vector<LinkKey>& keys);
  IncidentLink link_of(std::size_t alert, const Link& link, const std::vector<LinkKey>& keys, bool merged) const;

  void keep_case(std::size_t alert, const CaseBook::Pin& pin, const Placement& place);

  std::vector<IncidentAlert> alerts_;
  const CaseBook* cases_ = nullptr;
  std::vector<IncidentNumber> of_case_;  // by case: where its alerts are, 0: it has none here
  std::vector<Placed> placed_;
  std::vector<IncidentNumber> into_;  // by incident: what it was merged into, 0: nothing
  std::vector<Joint> joints_;
  std::vector<Relation> relations_;
  std::vector<std::pair<IncidentNumber, EntityResolver::Said>> said_;
  std::unique_ptr<ConfidenceBook> confidences_;
};

}  // namespace tocsin::analyze
