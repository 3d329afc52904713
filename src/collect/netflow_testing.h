// For tests: datagrams of NetFlow v5, v9 and IPFIX, piece by piece, and a visitor that keeps what is made of them. Never fails; what is put in is what comes out.
//
//   const std::string datagram = ipfix(kTime, 7, 1, template_set(2, 256, {{8, 4}, {12, 4}}) + set(256, bytes));
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "collect/big_endian.h"
#include "collect/netflow_datagrams.h"

namespace tocsin {

/// 2026-03-02T08:15:30Z.
inline constexpr std::uint32_t kFlowTime = 1'772'439'330;

struct TestField {
  std::uint16_t id = 0, size = 0;
  std::uint32_t enterprise = 0;
};

template <class... Numbers>
std::string big_bytes(Numbers... numbers) {
  std::string bytes;
  (append_big(bytes, numbers), ...);
  return bytes;
}

inline std::string u8(unsigned value) { return big_bytes(static_cast<std::uint8_t>(value)); }
inline std::string u16(unsigned value) { return big_bytes(static_cast<std::uint16_t>(value)); }
inline std::string u32(std::uint32_t value) { return big_bytes(value); }
inline std::string u64(std::uint64_t value) { return big_bytes(value); }
inline std::string ip4(unsigned a, unsigned b, unsigned c, unsigned d) { return u8(a) + u8(b) + u8(c) + u8(d); }

inline std::string set(unsigned number, const std::string& body) { return u16(number) + u16(static_cast<unsigned>(4 + body.size())) + body; }

inline std::string field_list(const std::vector<TestField>& fields) {
  std::string bytes;
  for (const TestField& field : fields) {
    bytes += u16(field.id | (field.enterprise != 0 ? 0x8000U : 0U)) + u16(field.size);
    if (field.enterprise != 0) bytes += u32(field.enterprise);
  }
  return bytes;
}

/// `number` of the set is 0 in v9 and 2 in IPFIX.
inline std::string template_set(unsigned number, unsigned id, const std::vector<TestField>& fields) {
  return set(number, u16(id) + u16(static_cast<unsigned>(fields.size())) + field_list(fields));
}

inline std::string v9(std::uint32_t uptime_ms, std::uint32_t seconds, std::uint32_t sequence, std::uint32_t source, const std::string& sets, unsigned count = 1) {
  return u16(9) + u16(count) + u32(uptime_ms) + u32(seconds) + u32(sequence) + u32(source) + sets;
}

inline std::string ipfix(std::uint32_t seconds, std::uint32_t sequence, std::uint32_t domain, const std::string& sets) {
  return u16(10) + u16(static_cast<unsigned>(16 + sets.size())) + u32(seconds) + u32(sequence) + u32(domain) + sets;
}

/// A record of v5 from 192.0.2.`host`, port 50000, to 198.51.100.7, port 443.
inline std::string v5_record(unsigned host, std::uint32_t first_ms, std::uint32_t last_ms) {
  return ip4(192, 0, 2, host) + ip4(198, 51, 100, 7) + ip4(203, 0, 113, 1) + u16(3) + u16(4) + u32(5) + u32(400) + u32(first_ms) + u32(last_ms) + u16(50'000) + u16(443) + u8(0) + u8(0x1b) + u8(6) +
         u8(0) + u16(64'500) + u16(64'501) + u8(24) + u8(16) + u16(0);
}

inline std::string v5(std::uint32_t uptime_ms, std::uint32_t seconds, std::uint32_t sequence, unsigned sampling, const std::vector<std::string>& records) {
  std::string bytes = u16(5) + u16(static_cast<unsigned>(records.size())) + u32(uptime_ms) + u32(seconds) + u32(250'000'000) + u32(sequence) + u8(1) + u8(2) + u16(sampling);
  for (const std::string& record : records) bytes += record;
  return bytes;
}

struct FlowsRead : ReceivedVisitor {
  void record(const Received& received) override { texts.emplace_back(received.raw); }
  /// Of the last one, what stands behind `"name":`, up to a comma or the end; "" if it is not there.
  std::string member(std::string_view name) const { return texts.empty() ? "" : member_of(texts.back(), name); }
  static std::string member_of(std::string_view text, std::string_view name) {
    const std::string key = "\"" + std::string(name) + "\":";
    const std::size_t at = text.find(key);
    if (at == std::string_view::npos) return "";
    text.remove_prefix(at + key.size());
    return std::string(text.substr(0, text.find_first_of(text.starts_with('[') ? "]" : ",}")));
  }
  std::vector<std::string> texts;
};

}  // namespace tocsin
