// Alerts that belong together, and why: what analyze makes of alerts and report shows. Everything in it was said by alerts; nothing is made up.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "event/alert.h"
#include "event/case.h"
#include "event/confidence.h"
#include "event/verdict.h"

namespace tocsin {

/// By what an alert belongs to another, the surest first.
enum class LinkKind : std::uint8_t {
  kEvent,     // the same event
  kProcess,   // the same process, the one that started it, or one that it reached into
  kSession,   // the same log-on on a machine, the same access key of a provider
  kHost,      // the same machine
  kAccount,   // the same account of a domain, a directory, a provider
  kAddress,   // the same address inside, where a network's log is all there is
  kMailbox,
  kResource,  // of a cloud
  kRule,      // the same rule about the same machine and account, address or log
  kPerson,    // none: a person put or left it there
  kIndicator, // the same hash, domain, URL or address outside: related, never one incident
};
inline constexpr std::array<std::string_view, 11> kLinkNames = {"event", "process", "session", "host", "account", "address", "mailbox", "resource", "rule", "person", "indicator"};

/// Why an alert is in its incident: it and an earlier one of it have an entity in common.
struct IncidentLink {
  std::string alert, to_alert;  // ids
  LinkKind kind = LinkKind::kHost;
  std::string entity;
  std::int64_t gap_us = 0;      // between the two
  double strength = 0;          // 0 to 1; docs/incidents.md says how it comes about
  std::uint32_t elsewhere = 0;  // other incidents that have this entity; of a machine, other accounts that were seen on it
  bool merged = false;          // it made one incident of two
};

struct IncidentAlertLine {
  std::string id, rule_id, title;
  TimeUs time = kNoTime;
  std::uint8_t level = 0;  // 0 informational to 4 critical
  std::string host;
  std::uint32_t number = 0;   // among all alerts that incidents were made of, by time
  Probability confidence{};
  Verdict verdict = Verdict::kNone;  // what a person says, beside it
  std::uint8_t stage = 0;     // the furthest of its tactics, by their order; 0: none
};

struct IncidentRule {
  std::string id, title;
  std::uint8_t level = 0;
  std::uint64_t alerts = 0;
  TimeUs first = kNoTime;
};

/// One tactic of ATT&CK that alerts are about.
struct IncidentStage {
  std::string_view tactic;  // as attack_stages.h names it
  int order = 0;            // of the tactic, in an attack
  TimeUs first = kNoTime;
  std::uint64_t alerts = 0;
  std::string rule;         // of its gravest alert, the first of these
  std::uint8_t level = 0;
  std::vector<std::string> techniques;  // "T1059.001", in order
};

struct IncidentEntity {
  std::string value;
  std::uint64_t alerts = 0;
};

struct IncidentProcess {
  std::string host, id, parent;  // ids within the host; parent "" if not known
  std::string path, command_line;
  std::uint64_t alerts = 0;      // about it; 0: it only started one
  TimeUs first = kNoTime;
};

/// Another incident that has an indicator in common.
struct RelatedIncident {
  std::string id, entity;
};

/// One of before that was like it, and what people said it was.
struct SimilarIncident {
  std::string id;
  double similarity = 0;  // 0 to 1
  std::size_t rules = 0;  // that both have
  Verdict classification = Verdict::kNone;
  TimeUs last = kNoTime;
};

struct Incident {
  std::string id;
  TimeUs first = kNoTime, last = kNoTime;
  std::uint8_t level = 0;
  std::array<std::uint64_t, 5> by_level{};
  // Where it stands, by what people did; as it begins where nobody did anything.
  CaseStatus status = CaseStatus::kNew;
  Verdict classification = Verdict::kNone;  // of a closed one
  std::string assignee;
  std::uint64_t acts = 0;
  std::vector<IncidentAlertLine> alerts;  // in order of time
  std::vector<IncidentLink> links;        // one for each alert but the first
  std::vector<IncidentRule> rules;        // the gravest first
  std::vector<IncidentStage> stages;      // in the order in which they were first seen
  std::vector<IncidentEntity> hosts, accounts, addresses;
  std::vector<IncidentProcess> processes;
  std::vector<RelatedIncident> related;
  std::vector<SimilarIncident> similar;   // closed ones, where somebody looked for them
  std::vector<IncidentEntity> names;      // what was taken for another name: "ws5 is ws5.theshire.local"

  // That at least one of its alerts is malicious (docs/confidence.md): as the machine sees it, and where alerts with a verdict count as what people said.
  Probability confidence{};
  double judged = 0;
  std::optional<double> said;             // the confidence as a person sees it, and who: `judged` then is this
  std::string said_by;
  double loss = 0;                        // judged × criticality × furthest stage: the order of a list
  std::string_view criticality;           // the highest of its alerts' assets; "": none is known
  std::vector<EvidenceItem> evidence;     // they add up to the log-odds of the confidence
  std::string surest;                     // the alert of the highest confidence, and why it has it
  AlertConfidence why;
  std::uint32_t calibration = 0;          // version; 0: none
  std::array<std::uint64_t, kVerdictWords.size()> by_verdict{};  // alerts
};

}  // namespace tocsin
