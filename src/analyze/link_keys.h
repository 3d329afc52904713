// By what an alert can belong to others: its event, its processes, its machine, its accounts; where no machine speaks of itself the addresses; mailboxes,
// resources, and its rule. The table of docs/incidents.md, as code.
//
//   LinkKeys keys;
//   keys.of(alert);          // valid until the next call
//
// Learns names from what it is given (entity_resolver.h), so the order of alerts counts. One thread.
#pragma once

#include <string>
#include <vector>

#include "analyze/entity_resolver.h"
#include "analyze/incident_alert.h"
#include "event/incident.h"

namespace tocsin::analyze {

/// Of one alert; an event has 32 entities at most.
inline constexpr std::size_t kLinkKeysMax = 48;

struct LinkKey {
  LinkKind kind = LinkKind::kHost;
  std::uint64_t fingerprint = 0;  // of kind and text
  double weight = 0;              // of a link over it, before rarity and time
  std::string text;
};

class LinkKeys {
 public:
  const std::vector<LinkKey>& of(const IncidentAlert& alert);

  /// Of the alert of the last call, as links know them; "" if there is none.
  const std::string& host() const { return host_; }
  const std::vector<std::string>& accounts() const { return accounts_; }
  const EntityResolver& names() const { return names_; }

 private:
  void add(LinkKind kind, double weight, std::string text);
  void add_processes(const IncidentAlert& alert);
  void add_sessions(const IncidentAlert& alert);
  void add_account(const IncidentAlert& alert, ContextRole name, ContextRole domain, ContextRole id);
  void add_entities(const IncidentAlert& alert, bool of_network);
  void add_address(const std::string& address, bool source);
  void add_rule(const IncidentAlert& alert);

  EntityResolver names_;
  std::vector<LinkKey> keys_;
  std::string host_;
  std::vector<std::string> accounts_;
  double level_ = 1;
};

}  // namespace tocsin::analyze
