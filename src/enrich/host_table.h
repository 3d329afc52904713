// Which host had an address when: learnt from events that name both, asked by alerts that name the address. For each address the spans of time in which it was seen with one host, in order: a lease that
// another host got later does not answer for what came before. Bounded: where there is no room, the address that was not seen for the longest time goes. One thread, or many that only ask.
//
//   HostTable hosts;
//   hosts.learn({*read_ip("192.0.2.7"), "ws-07", time, HostTable::Kind::kDhcp, "syslog/gw"});
//   if (const auto fact = hosts.host_of(*read_ip("192.0.2.7"), later)) …
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "base/ip_network.h"
#include "event/enrichment.h"

namespace tocsin::enrich {

/// Addresses, in sets of 4: sixty times the hosts of a site. With kHostSpansMax spans each, 30 MB.
inline constexpr std::size_t kHostSets = 8'192;
inline constexpr std::size_t kHostWays = 4;
/// Of one address; the oldest goes. A lease of a day, for a week.
inline constexpr std::size_t kHostSpansMax = 8;
/// A longer name is none (RFC 1035: 255 bytes with its lengths).
inline constexpr std::size_t kHostNameBytesMax = 253;
inline constexpr std::size_t kHostSourceBytesMax = 256;
/// Of what is kept for the next start: all addresses of the largest site with usual names, and not what somebody can make of names and sources of the greatest length.
inline constexpr std::size_t kHostsPackedBytesMax = 16u << 20;

class HostTable {
 public:
  enum class Kind : std::uint8_t { kDhcp, kLogin };
  struct Sighting {
    IpAddress address;
    std::string_view host;
    TimeUs time = kNoTime;
    Kind kind = Kind::kDhcp;
    std::string_view source;  // of the event
  };

  /// A sighting without a time, or with a name that is none, is passed over.
  void learn(const Sighting& sighting);
  /// Nothing if it was not seen before `time`, or for too long: a day after a lease, eight hours after a log-in.
  std::optional<Enrichment> host_of(const IpAddress& address, TimeUs time) const;
  /// Addresses of which something is known.
  std::size_t size() const;
  /// How many sightings were taken.
  std::uint64_t changes() const { return changes_; }

  /// What is known of addresses that were seen at `since` or later, those seen last first as far as kHostsPackedBytesMax goes (docs/formats/hosts.md).
  std::string packed(TimeUs since) const;
  /// Takes what packed() gave, of addresses seen at `since` or later, in place of all that is known. False, and nothing changes: it is none.
  bool unpack(std::string_view bytes, TimeUs since);

 private:
  struct Span {
    std::string host, source;
    TimeUs first = kNoTime, last = kNoTime;
    Kind kind = Kind::kDhcp;
  };
  struct Slot {
    IpAddress address;
    std::vector<Span> spans;  // by `first`; empty: the slot is free
    TimeUs last = kNoTime;    // when it was seen last
  };
  static std::size_t set_of(const IpAddress& address);
  Slot& slot_for(const IpAddress& address);
  static void add(std::vector<Span>& spans, const Sighting& sighting);

  std::vector<const Slot*> latest_first(TimeUs since) const;
  static void pack(const Slot& slot, std::string& out);
  static bool unpack(ByteReader& bytes, Slot& slot);

  std::vector<Slot> slots_;  // none until something is learnt
  std::uint64_t changes_ = 0;
};

/// What products write where there is no name, and names that every host has.
bool is_host_name(std::string_view name);

}  // namespace tocsin::enrich
