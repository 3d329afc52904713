#include "enrich/host_learner.h"

#include <algorithm>

namespace tocsin::enrich {

namespace {

/// An event whose field `mark` is `value`, or begins with it, says that `host` has `address`.
struct Row {
  HostTable::Kind kind;
  std::string_view mark, value;
  bool whole;
  std::string_view address, host;
};
constexpr Row kRows[] = {
    {HostTable::Kind::kDhcp, "message", "DHCPACK on ", false, "dst_ip", "dst_name"},    // ISC dhcpd
    {HostTable::Kind::kDhcp, "message", "DHCPACK(", false, "dst_ip", "dst_name"},       // dnsmasq
    {HostTable::Kind::kDhcp, "dhcp_event", "10", true, "dst_ip", "dst_name"},           // Windows' DHCP server: a new lease
    {HostTable::Kind::kDhcp, "dhcp_event", "11", true, "dst_ip", "dst_name"},           // … and one that was renewed
    {HostTable::Kind::kDhcp, "msg_types", "ACK", true, "assigned_addr", "host_name"},   // Zeek
    {HostTable::Kind::kLogin, "EventID", "4624", true, "IpAddress", "WorkstationName"},  // Windows
};
constexpr std::size_t kRowCount = std::size(kRows);
static_assert(3 * kRowCount < 31);
constexpr std::uint32_t kUnknown = ~std::uint32_t{0};

constexpr std::uint32_t mark_bit(std::size_t row) { return 1u << (3 * row); }
constexpr std::uint32_t address_bit(std::size_t row) { return 2u << (3 * row); }
constexpr std::uint32_t host_bit(std::size_t row) { return 4u << (3 * row); }
constexpr std::uint32_t all_bits(std::size_t row) { return 7u << (3 * row); }

}  // namespace

HostLearner::Roles HostLearner::roles_of(PathId path) {
  if (roles_.size() <= path) roles_.resize(path + 1, kUnknown);
  if (roles_[path] != kUnknown) return roles_[path];
  Roles roles = 0;
  for (const std::string& name : paths_.meaning(path).names) {
    for (std::size_t row = 0; row < kRowCount; ++row) {
      if (name == kRows[row].mark) roles |= mark_bit(row);
      if (name == kRows[row].address) roles |= address_bit(row);
      if (name == kRows[row].host) roles |= host_bit(row);
    }
  }
  return roles_[path] = roles;
}

void HostLearner::see(const Event& event, std::string_view source, HostTable& hosts) {
  Roles there = 0;
  for (const Value& value : event.values) there |= roles_of(value.path);
  if (there == 0 || event.time == kNoTime) return;
  for (std::size_t row = 0; row < kRowCount; ++row) {
    if ((there & all_bits(row)) != all_bits(row)) continue;
    bool marked = false;
    address_.clear();
    host_.clear();
    for (const Value& value : event.values) {
      const Roles roles = roles_of(value.path);
      if ((roles & mark_bit(row)) != 0 && !marked) {  // of an array any element
        mark_.clear();
        append_value_text(mark_, value);
        marked = kRows[row].whole ? mark_ == kRows[row].value : mark_.starts_with(kRows[row].value);
      }
      if ((roles & address_bit(row)) != 0 && address_.empty()) append_value_text(address_, value);
      if ((roles & host_bit(row)) != 0 && host_.empty()) append_value_text(host_, value);
    }
    const std::optional<IpAddress> address = marked ? read_ip(address_) : std::nullopt;
    const bool loopback = address && (read_network("127.0.0.0/8")->holds(*address) || read_network("::/127")->holds(*address));
    if (address && !loopback) return hosts.learn({*address, host_, event.time, kRows[row].kind, source});
  }
}

}  // namespace tocsin::enrich
