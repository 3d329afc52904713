// NetFlow v5, NetFlow v9 (RFC 3954) and IPFIX over UDP (RFC 7011): datagrams in, one record for each flow out (netflow_record.h). Templates are
// remembered per exporter (address and port), observation domain and number; flows that come before their template are held until it comes, within bounds. One object belongs to one port and one
// thread. Nothing fails: what is lost is counted, and reading goes on with the next set, or the next datagram.
//
//   v5    = header: 24 bytes, count times 48 bytes
//   v9    = version: 9  count of records  up time: 32 bits, ms  time: 32 bits, s  sequence: 32 bits, of datagrams  source id: 32 bits  sets
//   IPFIX = version: 10 bytes in all      time: 32 bits, s      sequence: 32 bits, of flows                        domain: 32 bits     sets
//   set   = number: 16 bits  bytes in all: 16 bits  records, padding
//   number = 0, in IPFIX 2: templates / 1, in IPFIX 3: options templates / from 256: records of the template of that number
//
// An exporter numbers what it sends. Where numbers are missing, the next flow of that exporter says how many flows (v5, IPFIX) or datagrams (v9) are, as missedFlows or missedDatagrams; a number that is far away, or a
// little behind, is no gap but a new start, or a datagram that came late. Some exporters of v9 count flows in place of datagrams, and some of IPFIX give the number of a datagram's last
// flow in place of its first: neither is a gap.
//
// Records of options are not flows and are not handed on. What they say of sampling is remembered: flows of that domain (and sampler, if there are several) say samplingInterval where it is more than one, as do those of v5
// from its header; so is when the exporter started.
//
//   NetflowDatagrams netflow;
//   netflow.read(datagram, {.key = sender, .address = "192.0.2.1"}, env.monotonic_ns(), visitor);
//   intake.drop(source, netflow.take_lost());
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "collect/datagram_reader.h"
#include "collect/netflow_record.h"

namespace tocsin {

/// Exporters and their domains; a team has tens. The one that was silent longest makes room, since senders of datagrams cost nothing.
inline constexpr std::size_t kNetflowDomainsMax = 1'024;
/// Templates of one domain; large routers have 30.
inline constexpr std::size_t kNetflowTemplatesMax = 256;
/// Fields of all templates, which take about 100 bytes each; domains that were silent longest make room.
inline constexpr std::size_t kNetflowAllFieldsMax = 128 << 10;
/// Flows of one datagram and of what waited for its template: the largest datagram holds 1,400 of v5's size, and a template of a few bytes makes no more records of it than this.
inline constexpr std::size_t kNetflowRecordsMax = 4'096;
/// Bytes of flows that wait for their template, of a domain and of all: exporters send templates again after some datagrams or minutes.
inline constexpr std::size_t kNetflowHeldBytesMax = 128 << 10;
inline constexpr std::size_t kNetflowAllHeldBytesMax = 4u << 20;
/// A step of the sequence that is larger is a new start, not a gap.
inline constexpr std::uint32_t kNetflowGapMax = 1u << 20;
/// Samplers of a domain.
inline constexpr std::size_t kNetflowSamplersMax = 64;

class NetflowDatagrams : public DatagramReader {
 public:
  struct Counts {
    std::uint64_t flows = 0;      // handed on
    std::uint64_t options = 0;    // records of options
    std::uint64_t templates = 0;  // that were taken, also if they were known
    std::uint64_t bad = 0;        // lost: datagrams, sets and templates that cannot be, each as one
    std::uint64_t untold = 0;     // lost: sets whose template did not come
    std::uint64_t missed = 0;     // that the sequence says are missing: flows, and datagrams of v9
    bool operator==(const Counts&) const = default;
  };

  void read(std::string_view datagram, const DatagramSender& sender, std::int64_t now_ns, ReceivedVisitor& visitor) override;
  void finish() override;
  std::uint64_t take_lost() override;

  const Counts& counts() const { return counts_; }
  /// That are remembered now.
  std::size_t domains() const { return domains_.size(); }
  std::size_t fields() const { return fields_; }
  std::size_t held_bytes() const { return held_bytes_; }

 private:
  struct Held {
    NetflowHeader header;
    std::uint16_t number = 0;
    std::string bytes;
  };
  struct Domain {
    std::unordered_map<std::uint16_t, NetflowTemplate> templates;
    std::vector<Held> held;
    std::size_t held_bytes = 0;
    std::map<std::uint64_t, std::uint32_t> samplers;
    bool counted = false;          // `next` is known
    bool ends_numbered = false;    // a datagram has the number of its last flow
    std::uint32_t next = 0;        // the sequence that is expected
    std::uint32_t last = 0;        // that of the datagram before
    std::uint32_t last_count = 0;  // its records
    std::uint64_t missed = 0;      // not said yet
    std::uint64_t heard = 0;       // when: the number of a datagram
    TimeUs started = kNoTime;      // the exporter, as options of IPFIX say
  };
  /// A datagram, as it is read.
  struct Place {
    Domain& domain;
    std::string_view exporter;
    ReceivedVisitor& visitor;
    NetflowHeader header;
    bool ipfix = false;
    std::uint32_t records = 0;  // of flows and options, found in it
    std::uint32_t flows = 0;    // of them
    std::size_t room = kNetflowRecordsMax;
    bool late = false;          // another overtook it
    bool all_known = true;      // no set had to wait
  };

  void read_v5(std::string_view datagram, const DatagramSender& sender, ReceivedVisitor& visitor);
  void read_v9(std::string_view datagram, const DatagramSender& sender, ReceivedVisitor& visitor);
  void read_ipfix(std::string_view datagram, const DatagramSender& sender, ReceivedVisitor& visitor);
  void sets(std::string_view bytes, Place& place);
  void templates(std::string_view set, bool options, Place& place);
  void take(std::uint16_t number, NetflowTemplate layout, Place& place);
  void withdraw(std::uint16_t number, bool options, Domain& domain);
  void data(std::uint16_t number, std::string_view set, Place& place);
  void records(const NetflowTemplate& layout, std::string_view set, Place& place);
  void flow(Place& place);
  void option(Domain& domain);
  void hold(std::uint16_t number, std::string_view set, Place& place);
  void check_sequence(Place& place, std::uint32_t sequence);
  static void expect_after(const Place& place, std::uint32_t sequence);
  Domain& domain_of(std::string_view sender, std::uint16_t version, std::uint32_t domain);
  void forget_oldest(const Domain* but);
  void release(Domain& domain);

  std::unordered_map<std::string, std::unique_ptr<Domain>> domains_;
  std::string key_;
  NetflowRecord record_;
  std::size_t fields_ = 0, held_bytes_ = 0;
  std::uint64_t heard_ = 0;
  Counts counts_;
  std::uint64_t told_ = 0;  // of those lost
};

}  // namespace tocsin
