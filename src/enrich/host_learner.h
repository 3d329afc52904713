// Finds in events which host has an address: leases of DHCP (ISC dhcpd, dnsmasq, the log of Windows' DHCP server, Zeek) and log-ins that name where they come from (Windows 4624). What an event has to say is a row of a
// table in host_learner.cc. One per thread, on that thread's PathTable; without allocation for events that say nothing of it.
//
//   HostLearner learner(paths);
//   learner.see(event, "syslog/gw", hosts);
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "enrich/host_table.h"
#include "event/event.h"
#include "event/path_table.h"

namespace tocsin::enrich {

class HostLearner {
 public:
  explicit HostLearner(const PathTable& paths) : paths_(paths) {}

  void see(const Event& event, std::string_view source, HostTable& hosts);

 private:
  /// Fields that some row asks for, as bits.
  using Roles = std::uint32_t;
  Roles roles_of(PathId path);

  const PathTable& paths_;
  std::vector<Roles> roles_;  // by PathId; ~0: not known yet
  std::string address_, host_, mark_;
};

}  // namespace tocsin::enrich
