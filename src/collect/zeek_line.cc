#include "collect/zeek_line.h"

#include <charconv>
#include <cstring>

#include "base/text.h"

namespace tocsin {

namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;

void append_decimal(std::string& out, std::uint64_t number) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

void append_padded(std::string& out, std::uint64_t number, std::size_t width) {
  const std::size_t from = out.size();
  append_decimal(out, number);
  out.insert(from, width - (out.size() - from), '0');
}

void append_name(std::string& line, std::string_view name) {
  if (!line.ends_with('{')) line += ',';
  line += '"';
  line += name;
  line += "\":";
}

void append_seconds(std::string& out, std::int64_t ns) {
  append_decimal(out, static_cast<std::uint64_t>(ns / kSecondNs));
  out += '.';
  const auto part = static_cast<std::uint64_t>(ns % kSecondNs);
  part % 1'000 == 0 ? append_padded(out, part / 1'000, 6) : append_padded(out, part, 9);
}

std::string_view protocol_name(const FlowEnds& ends) {
  switch (ends.protocol) {
    case kProtocolTcp: return "tcp";
    case kProtocolUdp: return "udp";
    case kProtocolIcmp:
    case kProtocolIcmpV6: return "icmp";
    default: return "unknown_transport";
  }
}

void append_uid(std::string& line, const Flow& flow) {
  char bytes[sizeof(FlowEnds) + sizeof(std::int64_t)];
  std::memcpy(bytes, &flow.ends, sizeof(FlowEnds));
  std::memcpy(bytes + sizeof(FlowEnds), &flow.first_ns, sizeof(std::int64_t));
  append_name(line, "uid");
  line += "\"C";
  const auto digest = sha1({bytes, sizeof bytes});
  for (std::size_t i = 0; i < 17; ++i) line += "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"[static_cast<unsigned char>(digest[i]) % 62];
  line += '"';
}

void append_end(std::string& line, std::string_view address_name, std::string_view port_name, const FlowEnds::Address& address, std::uint16_t port, bool v6) {
  append_name(line, address_name);
  line += '"';
  append_address(line, address, v6);
  line += '"';
  append_member(line, port_name, port);
}

}  // namespace

void append_member(std::string& line, std::string_view name, std::uint64_t value) {
  append_name(line, name);
  append_decimal(line, value);
}

void append_member_text(std::string& line, std::string_view name, std::string_view text) {
  append_name(line, name);
  line += '"';
  append_json_escaped(line, text);
  line += '"';
}

void append_member_flag(std::string& line, std::string_view name, bool value) {
  append_name(line, name);
  line += value ? "true" : "false";
}

void append_member_seconds(std::string& line, std::string_view name, std::int64_t ns) {
  append_name(line, name);
  append_seconds(line, ns);
}

void append_zeek_head(std::string& line, std::string_view path, std::int64_t time_ns, const Flow& flow) {
  line += '{';
  append_member_text(line, "_path", path);
  append_member_seconds(line, "ts", time_ns);
  append_uid(line, flow);
  append_end(line, "id.orig_h", "id.orig_p", flow.ends.source, flow.ends.source_port, flow.ends.v6);
  append_end(line, "id.resp_h", "id.resp_p", flow.ends.destination, flow.ends.destination_port, flow.ends.v6);
  append_member_text(line, "proto", protocol_name(flow.ends));
}

std::string_view conn_state(const Flow& flow) {
  const FlowSide &began = flow.sides[0], &other = flow.sides[1];
  if (flow.ends.protocol == kProtocolUdp) return other.packets == 0 ? "S0" : began.packets == 0 ? "SHR" : "SF";
  if (flow.ends.protocol != kProtocolTcp) return "OTH";
  const bool syn = (began.flags & kTcpSyn) != 0, answer = (other.flags & kTcpSyn) != 0;
  const bool fin = (began.flags & kTcpFin) != 0, other_fin = (other.flags & kTcpFin) != 0;
  const bool reset = ((began.flags | other.flags) & kTcpRst) != 0;
  if (syn && answer) {
    if (fin && other_fin) return "SF";
    if (reset) return flow.reset_by_other ? "RSTR" : "RSTO";
    return fin ? "S2" : other_fin ? "S3" : "S1";
  }
  if (syn) {
    if (reset) return flow.reset_by_other ? "REJ" : "RSTOS0";
    return fin ? "SH" : other.packets == 0 ? "S0" : "OTH";
  }
  if (answer) return (other.flags & kTcpRst) != 0 ? "RSTRH" : other_fin ? "SHR" : "OTH";
  return "OTH";
}

void append_conn_line(std::string& out, const Flow& flow) {
  append_zeek_head(out, "conn", flow.first_ns, flow);
  if (flow.service != nullptr) append_member_text(out, "service", flow.service);
  append_member_seconds(out, "duration", flow.last_ns - flow.first_ns);
  append_member(out, "orig_bytes", flow.sides[0].payload_bytes);
  append_member(out, "resp_bytes", flow.sides[1].payload_bytes);
  append_member_text(out, "conn_state", conn_state(flow));
  if (!flow.history.empty()) append_member_text(out, "history", flow.history);
  append_member(out, "orig_pkts", flow.sides[0].packets);
  append_member(out, "orig_ip_bytes", flow.sides[0].ip_bytes);
  append_member(out, "resp_pkts", flow.sides[1].packets);
  append_member(out, "resp_ip_bytes", flow.sides[1].ip_bytes);
  append_member(out, "ip_proto", flow.ends.protocol);
  if (flow.vlan != 0) append_member(out, "vlan", flow.vlan);
  out += ",\"community_id\":\"";
  append_community_id(out, flow.ends);
  out += "\"}\n";
}

void append_weird_line(std::string& out, std::int64_t time_ns, std::string_view name, std::string_view text) {
  out += '{';
  append_member_text(out, "_path", "weird");
  append_member_seconds(out, "ts", time_ns);
  append_member_text(out, "name", name);
  append_member_text(out, "addl", text);
  append_member_flag(out, "notice", false);
  out += "}\n";
}

}  // namespace tocsin
