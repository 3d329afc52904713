// For tests: packets and captures, piece by piece. Never fails; what is put in is what comes out. Checksums are zero, which nobody here looks at.
//
//   Capture capture;
//   capture.add(1.5, ether(ipv4("192.0.2.1", "198.51.100.7", kProtocolTcp, tcp(50'000, 80, kTcpSyn, 7))));
//   const std::string bytes = capture.pcap();
#pragma once

#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/bytes.h"
#include "collect/byte_stream.h"
#include "collect/packet.h"

namespace tocsin {

inline std::string be8(unsigned value) { return std::string(1, static_cast<char>(value)); }
inline std::string be16(unsigned value) { return be8(value >> 8) + be8(value & 0xFF); }
inline std::string be32(std::uint32_t value) { return be16(value >> 16) + be16(value & 0xFFFF); }

inline std::string address_bytes(std::string_view text) {
  std::uint8_t bytes[16] = {};
  bool v6 = false;
  if (!parse_address(text, bytes, v6)) return {};
  return {reinterpret_cast<const char*>(bytes), v6 ? 16U : 4U};
}

/// `place`: flags and offset of a fragment.
inline std::string ipv4(std::string_view source, std::string_view destination, unsigned protocol, const std::string& payload, unsigned place = 0) {
  return be8(0x45) + be8(0) + be16(static_cast<unsigned>(20 + payload.size())) + be16(1) + be16(place) + be8(64) + be8(protocol) + be16(0) + address_bytes(source) + address_bytes(destination) + payload;
}
inline std::string ipv6(std::string_view source, std::string_view destination, unsigned next, const std::string& payload) {
  return be32(6U << 28) + be16(static_cast<unsigned>(payload.size())) + be8(next) + be8(64) + address_bytes(source) + address_bytes(destination) + payload;
}
inline std::string tcp(unsigned from, unsigned to, unsigned flags, std::uint32_t sequence, const std::string& payload = "") {
  return be16(from) + be16(to) + be32(sequence) + be32(0) + be8(5 << 4) + be8(flags) + be16(1'000) + be32(0) + payload;
}
inline std::string udp(unsigned from, unsigned to, const std::string& payload) { return be16(from) + be16(to) + be16(static_cast<unsigned>(8 + payload.size())) + be16(0) + payload; }
inline std::string icmp(unsigned type, unsigned code, const std::string& payload = "") { return be8(type) + be8(code) + be16(0) + be32(0) + payload; }
inline std::string ether(const std::string& packet, const std::string& tags = "") {
  return std::string(12, '\x02') + tags + (static_cast<unsigned char>(packet[0]) >> 4 == 6 ? be16(0x86DD) : be16(0x0800)) + packet;
}

inline std::string dns_name(std::string_view name) {
  std::string bytes;
  while (!name.empty()) {
    const std::string_view label = name.substr(0, name.find('.'));
    bytes += be8(static_cast<unsigned>(label.size())) + std::string(label);
    name.remove_prefix(std::min(name.size(), label.size() + 1));
  }
  return bytes + be8(0);
}
inline std::string dns_question(unsigned id, std::string_view name, unsigned type) { return be16(id) + be16(0x0100) + be16(1) + be16(0) + be32(0) + dns_name(name) + be16(type) + be16(1); }
/// One answer of that type; its name is the question's.
inline std::string dns_reply(unsigned id, std::string_view name, unsigned type, const std::string& data, unsigned code = 0) {
  const std::string head = be16(id) + be16(0x8180 | code) + be16(1) + be16(data.empty() ? 0 : 1) + be32(0) + dns_name(name) + be16(type) + be16(1);
  return data.empty() ? head : head + be16(0xC00C) + be16(type) + be16(1) + be32(300) + be16(static_cast<unsigned>(data.size())) + data;
}

class Capture {
 public:
  /// At so many seconds behind 2026-03-02T08:15:30Z.
  void add(double seconds, std::string packet) { packets_.emplace_back(kFrom + static_cast<std::int64_t>(seconds * 1e6), std::move(packet)); }
  std::string pcap(std::uint16_t link = 1) const {
    std::string bytes;
    for (const std::uint32_t number : {0xA1B2C3D4U, 0x00040002U, 0U, 0U, 262'144U, std::uint32_t{link}}) append_number(bytes, number);
    for (const auto& [time, packet] : packets_) {
      for (const std::uint32_t number : {static_cast<std::uint32_t>(time / 1'000'000), static_cast<std::uint32_t>(time % 1'000'000), size_of(packet), size_of(packet)}) append_number(bytes, number);
      bytes += packet;
    }
    return bytes;
  }
  static std::string block(std::uint32_t type, std::string body) {
    while (body.size() % 4 != 0) body += '\0';
    std::string bytes;
    append_number(bytes, type);
    append_number(bytes, static_cast<std::uint32_t>(12 + body.size()));
    bytes += body;
    append_number(bytes, static_cast<std::uint32_t>(12 + body.size()));
    return bytes;
  }
  static std::string section() { return block(0x0A0D0D0A, std::string("\x4D\x3C\x2B\x1A\1\0\0\0\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 16)); }
  static std::string interface(std::uint16_t link, const std::string& options = "") {
    std::string body;
    append_number(body, link);
    append_number(body, std::uint16_t{0});
    append_number(body, std::uint32_t{0});
    return block(1, body + options);
  }
  static std::string enhanced(std::uint32_t interface, std::uint64_t time, const std::string& packet) {
    std::string body;
    for (const std::uint32_t number : {interface, static_cast<std::uint32_t>(time >> 32), static_cast<std::uint32_t>(time), size_of(packet), size_of(packet)}) append_number(body, number);
    return block(6, body + packet);
  }
  static constexpr std::int64_t kFrom = 1'772'439'330'000'000;

 private:
  static std::uint32_t size_of(const std::string& packet) { return static_cast<std::uint32_t>(packet.size()); }
  std::vector<std::pair<std::int64_t, std::string>> packets_;
};

/// A stream of these bytes, in pieces of so many.
class TextStream : public ByteStream {
 public:
  explicit TextStream(std::string bytes, std::size_t piece = 1u << 20) : bytes_(std::move(bytes)), piece_(piece) {}
  Result<std::size_t> read(char* into, std::size_t size) override {
    // Fewer than were asked for only at the end, as of all streams.
    std::size_t done = 0;
    while (done < size && at_ < bytes_.size()) {
      const std::size_t now = std::min({size - done, bytes_.size() - at_, piece_});
      std::memcpy(into + done, bytes_.data() + at_, now);
      at_ += now;
      done += now;
    }
    return done;
  }

 private:
  std::string bytes_;
  std::size_t piece_, at_ = 0;
};

/// All that a stream gives; behind it, in `trouble`, how it ended ("": well).
inline std::string read_all(ByteStream& stream, std::string& trouble, std::size_t piece = 4'096) {
  std::string all, part(piece, '\0');
  for (;;) {
    const Result<std::size_t> got = stream.read(part.data(), part.size());
    trouble = got ? "" : got.error().message;
    if (!got || *got == 0) return all;
    all.append(part, 0, *got);
  }
}

}  // namespace tocsin
