#include "collect/packet.h"

#include <algorithm>
#include <cstring>

#include "base/bytes.h"
#include "collect/big_endian.h"

namespace tocsin {

namespace {

constexpr std::uint16_t kTypeV4 = 0x0800, kTypeV6 = 0x86DD, kTypeVlan = 0x8100, kTypeQinq = 0x88A8, kTypeQinqOld = 0x9100;
/// As tcpdump has them: LINKTYPE_ of the capture's header, and what systems write for raw IP.
enum Link : std::uint16_t { kNull = 0, kEthernet = 1, kRawBsd = 12, kRawOpenBsd = 14, kRaw = 101, kLoop = 108, kCooked = 113, kV4 = 228, kV6 = 229, kCooked2 = 276 };

bool is_tag(std::uint16_t type) { return type == kTypeVlan || type == kTypeQinq || type == kTypeQinqOld; }

/// What stands behind the type of an Ethernet frame and its tags.
std::uint16_t take_tags(std::uint16_t type, std::string_view& bytes, Packet& packet) {
  while (is_tag(type) && bytes.size() >= 4) {
    if (packet.vlan == 0) packet.vlan = big_at<std::uint16_t>(bytes, 0) & 0x0FFF;
    type = big_at<std::uint16_t>(bytes, 2);
    bytes.remove_prefix(4);
  }
  return type;
}

std::uint16_t type_of_version(std::string_view bytes) {
  const int version = bytes.empty() ? 0 : static_cast<unsigned char>(bytes[0]) >> 4;
  return version == 4 ? kTypeV4 : version == 6 ? kTypeV6 : std::uint16_t{0};
}

/// The families of loopback links are those of the system that captured: 2 for IPv4, and for IPv6 24 (NetBSD), 28 (FreeBSD), 30 (Darwin) or 10 (Linux).
std::uint16_t type_of_family(std::uint32_t family) {
  if (family > 0xFFFF) family = __builtin_bswap32(family);
  if (family == 2) return kTypeV4;
  return family == 24 || family == 28 || family == 30 || family == 10 ? kTypeV6 : std::uint16_t{0};
}

/// Takes the link's header; the EtherType of what it carries, 0 for none that is known.
std::uint16_t take_link(std::uint16_t link, std::string_view& bytes, Packet& packet, bool& known) {
  const auto head = [&bytes](std::size_t size) {
    const std::string_view taken = bytes.substr(0, size);
    bytes.remove_prefix(taken.size());
    return taken.size() == size ? taken : std::string_view();
  };
  known = true;
  std::string_view taken;
  switch (link) {
    case kEthernet: taken = head(14); return taken.empty() ? std::uint16_t{0} : take_tags(big_at<std::uint16_t>(taken, 12), bytes, packet);
    case kCooked: taken = head(16); return taken.empty() ? std::uint16_t{0} : take_tags(big_at<std::uint16_t>(taken, 14), bytes, packet);
    case kCooked2: taken = head(20); return taken.empty() ? std::uint16_t{0} : take_tags(big_at<std::uint16_t>(taken, 0), bytes, packet);
    case kNull:
    case kLoop: taken = head(4); return taken.empty() ? std::uint16_t{0} : type_of_family(number_at<std::uint32_t>(taken, 0));
    case kRaw:
    case kRawBsd:
    case kRawOpenBsd:
    case kV4:
    case kV6: return type_of_version(bytes);
    default: known = false; return 0;
  }
}

PacketKind read_transport(std::string_view bytes, Packet& packet, std::uint32_t size) {
  FlowEnds& ends = packet.ends;
  std::size_t head = 0;
  switch (ends.protocol) {
    case kProtocolTcp:
    case kProtocolUdp:
    case kProtocolSctp:
      if (bytes.size() < 4) return PacketKind::kDamaged;
      ends.source_port = big_at<std::uint16_t>(bytes, 0);
      ends.destination_port = big_at<std::uint16_t>(bytes, 2);
      head = ends.protocol == kProtocolUdp ? 8 : 12;
      break;
    case kProtocolIcmp:
    case kProtocolIcmpV6: {
      if (bytes.size() < 2) return PacketKind::kDamaged;
      const auto type = static_cast<std::uint8_t>(bytes[0]);
      ends.source_port = type;
      ends.destination_port = icmp_counterpart(ends.protocol == kProtocolIcmpV6, type).value_or(static_cast<std::uint8_t>(bytes[1]));
      head = 8;
      break;
    }
    default: break;
  }
  if (ends.protocol == kProtocolTcp) {
    head = 20;
    if (bytes.size() >= 14) {
      packet.sequence = big_at<std::uint32_t>(bytes, 4);
      packet.flags = static_cast<std::uint8_t>(bytes[13]);
      head = std::max<std::size_t>(head, (static_cast<unsigned char>(bytes[12]) >> 4) * 4U);
    }
  }
  packet.payload = bytes.substr(std::min(head, bytes.size()));
  packet.payload_bytes = size > head ? static_cast<std::uint32_t>(size - head) : 0;
  return PacketKind::kFlow;
}

PacketKind read_v4(std::string_view bytes, Packet& packet) {
  if (bytes.size() < 20 || static_cast<unsigned char>(bytes[0]) >> 4 != 4) return PacketKind::kDamaged;
  const std::size_t head = (bytes[0] & 15) * 4U;
  // Where the network card cuts large packets, the length is 0.
  const std::size_t said = big_at<std::uint16_t>(bytes, 2), size = said == 0 ? bytes.size() : said;
  if (head < 20 || size < head) return PacketKind::kDamaged;
  packet.ip_bytes = static_cast<std::uint32_t>(size);
  packet.ends.protocol = static_cast<std::uint8_t>(bytes[9]);
  std::memcpy(packet.ends.source.data(), bytes.data() + 12, 4);
  std::memcpy(packet.ends.destination.data(), bytes.data() + 16, 4);
  const auto place = big_at<std::uint16_t>(bytes, 6);
  if ((place & 0x1FFF) != 0) return PacketKind::kFragment;
  packet.fragment = (place & 0x2000) != 0;
  if (bytes.size() < head) return PacketKind::kDamaged;
  return read_transport(bytes.substr(0, size).substr(head), packet, static_cast<std::uint32_t>(size - head));
}

bool is_extension(std::uint8_t next) { return next == 0 || next == 43 || next == 44 || next == 51 || next == 60 || next == 135 || next == 139 || next == 140; }

PacketKind read_v6(std::string_view bytes, Packet& packet) {
  if (bytes.size() < 40 || static_cast<unsigned char>(bytes[0]) >> 4 != 6) return PacketKind::kDamaged;
  const std::size_t said = big_at<std::uint16_t>(bytes, 4);
  std::size_t size = said == 0 ? bytes.size() - 40 : said;
  packet.ip_bytes = static_cast<std::uint32_t>(40 + size);
  packet.ends.v6 = true;
  std::memcpy(packet.ends.source.data(), bytes.data() + 8, 16);
  std::memcpy(packet.ends.destination.data(), bytes.data() + 24, 16);
  auto next = static_cast<std::uint8_t>(bytes[6]);
  bytes = bytes.substr(40, size);
  // Each takes eight bytes at least, so they come to an end.
  while (is_extension(next)) {
    if (bytes.size() < 8) return PacketKind::kDamaged;
    const unsigned length = static_cast<unsigned char>(bytes[1]);
    const std::size_t taken = next == 44 ? 8 : next == 51 ? (length + 2) * 4U : (length + 1) * 8U;
    if (next == 44) {
      const auto place = big_at<std::uint16_t>(bytes, 2);
      packet.ends.protocol = static_cast<std::uint8_t>(bytes[0]);
      if ((place & 0xFFF8) != 0) return PacketKind::kFragment;
      packet.fragment = (place & 1) != 0;
    }
    next = static_cast<std::uint8_t>(bytes[0]);
    if (taken > bytes.size() || taken > size) return PacketKind::kDamaged;
    bytes.remove_prefix(taken);
    size -= taken;
  }
  packet.ends.protocol = next;
  return read_transport(bytes, packet, static_cast<std::uint32_t>(size));
}

}  // namespace

PacketKind read_packet(std::uint16_t link, std::string_view bytes, Packet& packet) {
  packet = {};
  bool known = false;
  const std::uint16_t type = take_link(link, bytes, packet, known);
  if (!known) return PacketKind::kUnknownLink;
  if (type == kTypeV4) return read_v4(bytes, packet);
  if (type == kTypeV6) return read_v6(bytes, packet);
  return PacketKind::kOther;
}

}  // namespace tocsin
