// Packets of both directions as flows, in the time of the capture: who began it, how much went either way, how it ended. One object belongs to one thread. Nothing fails; memory is
// bounded by kFlowsMax, where the flow that was silent longest is ended to make room, and counted.
//
// Who began is who sent the first packet that was seen; but the other, if that was a SYN with ACK, or came from a port below 1,024 to one that is not. A flow ends when it was silent for the time of its
// protocol, kFlowClosedSeconds after both ends of TCP closed it or one reset it, when the same ends begin anew after that, when it lasts longer than kFlowActiveSeconds (what goes on is another flow), or with the
// capture. Clocks that go back are taken for the latest time that was seen.
//
//   FlowTable table(visitor);
//   while (…) table.packet(packet, time_ns);
//   table.finish();
#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/hash.h"
#include "collect/packet.h"

namespace tocsin {

/// Flows at one time, of about a kilobyte each. A gigabit of ordinary traffic has 20,000.
inline constexpr std::size_t kFlowsMax = 128 << 10;
/// Silence that ends a flow: of TCP, and of others.
inline constexpr std::int64_t kFlowTcpIdleSeconds = 300, kFlowIdleSeconds = 60;
inline constexpr std::int64_t kFlowClosedSeconds = 5;
inline constexpr std::int64_t kFlowActiveSeconds = 3'600;

/// What a protocol on top has to remember of a flow.
class FlowTalk {
 public:
  virtual ~FlowTalk() = default;
};

struct FlowSide {
  std::uint64_t packets = 0, ip_bytes = 0, payload_bytes = 0;
  std::uint8_t flags = 0;  // of TCP, all that were seen
};

struct Flow {
  FlowEnds ends;  // the source began
  std::int64_t first_ns = 0, last_ns = 0;  // of the first packet that was seen; the latest
  std::array<FlowSide, 2> sides;  // who began, the other
  std::string history;            // as Zeek has it: a letter for the first of each kind, capital of who began
  std::uint16_t vlan = 0;
  bool reset_by_other = false;  // whose RST was first
  const char* service = nullptr;
  std::unique_ptr<FlowTalk> talk;

  bool closed() const;
};

class FlowVisitor {
 public:
  virtual ~FlowVisitor() = default;
  /// A packet was counted; `side` is 0 for who began.
  virtual void packet(Flow& flow, int side, const Packet& packet, std::int64_t time_ns) = 0;
  virtual void ended(Flow& flow) = 0;
};

class FlowTable {
 public:
  explicit FlowTable(FlowVisitor& visitor, std::size_t flows_max = kFlowsMax);

  void packet(const Packet& packet, std::int64_t time_ns);
  void finish();

  std::size_t size() const { return index_.size(); }
  std::uint64_t evicted() const { return evicted_; }

 private:
  enum Kind : std::uint8_t { kTcp, kOther, kClosed };
  struct Entry {
    Flow flow;
    FlowEnds key;
    std::int64_t seen_ns = 0;  // by the clock of the table
    Kind kind = kOther;
  };
  struct Hash {
    std::uint64_t seed;
    std::size_t operator()(const FlowEnds& ends) const { return hash_bytes(reinterpret_cast<const char*>(&ends), sizeof ends, seed); }
  };
  using Entries = std::list<Entry>;

  Entries::iterator add(const FlowEnds& key, const Packet& packet, std::int64_t time_ns);
  void count(Flow& flow, int side, const Packet& packet, std::int64_t time_ns);
  void end(Entries::iterator entry);
  void expire();
  void make_room();

  FlowVisitor& visitor_;
  std::size_t flows_max_;
  std::array<Entries, 3> lists_;  // by kind, the longest silent first
  std::unordered_map<FlowEnds, Entries::iterator, Hash> index_;
  std::int64_t now_ns_ = 0;
  std::uint64_t evicted_ = 0;
};

}  // namespace tocsin
