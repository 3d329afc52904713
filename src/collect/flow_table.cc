#include "collect/flow_table.h"

#include <algorithm>
#include <tuple>
#include <type_traits>
#include <utility>

namespace tocsin {

namespace {

static_assert(std::has_unique_object_representations_v<FlowEnds>, "its bytes are hashed");

constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr std::int64_t kIdleNs[] = {kFlowTcpIdleSeconds * kSecondNs, kFlowIdleSeconds * kSecondNs, kFlowClosedSeconds * kSecondNs};
constexpr std::uint16_t kServerPortsEnd = 1'024;

FlowEnds turned(FlowEnds ends) {
  std::swap(ends.source, ends.destination);
  std::swap(ends.source_port, ends.destination_port);
  return ends;
}

bool is_icmp(const FlowEnds& ends) { return ends.protocol == kProtocolIcmp || ends.protocol == kProtocolIcmpV6; }

/// The same of both directions; of ICMP that nothing answers, each is by itself.
FlowEnds key_of(const FlowEnds& ends) {
  if (is_icmp(ends) && !icmp_counterpart(ends.v6, static_cast<std::uint8_t>(ends.source_port))) return ends;
  const bool in_order = std::tie(ends.source, ends.source_port) <= std::tie(ends.destination, ends.destination_port);
  return in_order ? ends : turned(ends);
}

bool is_answer(const Packet& packet) {
  const FlowEnds& ends = packet.ends;
  if (ends.protocol == kProtocolTcp && (packet.flags & kTcpSyn) != 0) return (packet.flags & kTcpAck) != 0;
  if (is_icmp(ends)) {
    const auto type = ends.source_port;
    return ends.v6 ? type == 129 || type == 134 || type == 136 || type == 131 || type == 140 || type == 145 : type == 0 || type == 9 || type == 14 || type == 16 || type == 18;
  }
  return ends.source_port < kServerPortsEnd && ends.destination_port >= kServerPortsEnd;
}

void remember(Flow& flow, int side, char letter) {
  if (side == 0) letter = static_cast<char>(letter & ~0x20);
  if (flow.history.find(letter) == std::string::npos) flow.history += letter;
}

}  // namespace

bool Flow::closed() const {
  return ends.protocol == kProtocolTcp && (((sides[0].flags | sides[1].flags) & kTcpRst) != 0 || (sides[0].flags & sides[1].flags & kTcpFin) != 0);
}

// The seed is other in each run: who makes a capture cannot choose flows that fall on one place.
FlowTable::FlowTable(FlowVisitor& visitor, std::size_t flows_max)
    : visitor_(visitor), flows_max_(flows_max), index_(1'024, Hash{reinterpret_cast<std::uintptr_t>(this) * 0x9E3779B97F4A7C15}) {}

void FlowTable::packet(const Packet& packet, std::int64_t time_ns) {
  now_ns_ = std::max(now_ns_, time_ns);
  expire();
  const FlowEnds key = key_of(packet.ends);
  const auto known = index_.find(key);
  auto entry = known == index_.end() ? lists_[kOther].end() : known->second;
  const bool begins = packet.ends.protocol == kProtocolTcp && (packet.flags & (kTcpSyn | kTcpAck)) == kTcpSyn;
  if (known == index_.end()) {
    entry = add(key, packet, time_ns);
  } else if ((begins && entry->flow.closed()) || now_ns_ - entry->flow.first_ns > kFlowActiveSeconds * kSecondNs) {
    const FlowEnds before = entry->flow.ends;
    const bool goes_on = !begins;
    end(entry);
    entry = add(key, packet, time_ns);
    if (goes_on) {
      entry->flow.ends = before;
      entry->flow.history.clear();
    }
  }
  const int side = packet.ends == entry->flow.ends ? 0 : 1;
  count(entry->flow, side, packet, time_ns);
  entry->seen_ns = now_ns_;
  const Kind kind = entry->flow.closed() ? kClosed : packet.ends.protocol == kProtocolTcp ? kTcp : kOther;
  lists_[kind].splice(lists_[kind].end(), lists_[std::exchange(entry->kind, kind)], entry);
  visitor_.packet(entry->flow, side, packet, time_ns);
}

FlowTable::Entries::iterator FlowTable::add(const FlowEnds& key, const Packet& packet, std::int64_t time_ns) {
  if (index_.size() >= flows_max_) make_room();
  Entries& list = lists_[kOther];
  list.emplace_back();
  const auto entry = std::prev(list.end());
  entry->key = key;
  Flow& flow = entry->flow;
  const bool answer = is_answer(packet);
  flow.ends = answer ? turned(packet.ends) : packet.ends;
  flow.first_ns = flow.last_ns = time_ns;
  flow.vlan = packet.vlan;
  if (answer) flow.history = '^';
  index_.emplace(key, entry);
  return entry;
}

void FlowTable::count(Flow& flow, int side, const Packet& packet, std::int64_t time_ns) {
  FlowSide& one = flow.sides[static_cast<std::size_t>(side)];
  flow.last_ns = std::max(flow.last_ns, time_ns);
  one.packets += 1;
  one.ip_bytes += packet.ip_bytes;
  one.payload_bytes += packet.payload_bytes;
  if (packet.ends.protocol == kProtocolTcp) {
    const bool rst = (packet.flags & kTcpRst) != 0;
    if (rst && ((flow.sides[0].flags | flow.sides[1].flags) & kTcpRst) == 0) flow.reset_by_other = side == 1;
    one.flags |= packet.flags;
    const bool syn = (packet.flags & kTcpSyn) != 0;
    if (syn) remember(flow, side, (packet.flags & kTcpAck) != 0 ? 'h' : 's');
    if (packet.payload_bytes > 0) {
      remember(flow, side, 'd');
    } else if (!syn && !rst && (packet.flags & (kTcpFin | kTcpAck)) == kTcpAck) {
      remember(flow, side, 'a');
    }
    if ((packet.flags & kTcpFin) != 0) remember(flow, side, 'f');
    if (rst) remember(flow, side, 'r');
  } else if (packet.payload_bytes > 0 && packet.ends.protocol == kProtocolUdp) {
    remember(flow, side, 'd');
  }
}

void FlowTable::end(Entries::iterator entry) {
  visitor_.ended(entry->flow);
  index_.erase(entry->key);
  lists_[entry->kind].erase(entry);
}

void FlowTable::expire() {
  for (std::size_t kind = 0; kind < lists_.size(); ++kind) {
    Entries& list = lists_[kind];
    while (!list.empty() && now_ns_ - list.front().seen_ns > kIdleNs[kind]) end(list.begin());
  }
}

void FlowTable::make_room() {
  Entries* longest = nullptr;
  for (Entries& list : lists_) {
    if (!list.empty() && (longest == nullptr || list.front().seen_ns < longest->front().seen_ns)) longest = &list;
  }
  if (longest == nullptr) return;
  end(longest->begin());
  ++evicted_;
}

/// In the order of when they were last seen, as if time had gone on.
void FlowTable::finish() {
  while (!index_.empty()) {
    const std::uint64_t evicted = evicted_;
    make_room();
    evicted_ = evicted;
  }
}

}  // namespace tocsin
