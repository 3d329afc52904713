// Writes databases of the MaxMind DB File Format (specification 2.0) for tests: small, obvious, without pointers but where a test asks for them. Networks may lie within each other as long
// as the smaller comes later.
//
//   GeoWriter writer(6, 28, "Test-City");
//   writer.add("8.8.8.0/24", GeoWriter::map({{"country", GeoWriter::map({{"iso_code", GeoWriter::text("US")}})}}));
//   env.add_file("city.mmdb", writer.bytes());
#pragma once

#include <bit>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ip_network.h"

namespace tocsin::enrich {

class GeoWriter {
 public:
  GeoWriter(unsigned ip_version, unsigned record_bits, std::string type, std::uint64_t built = 1'795'000'000)
      : ip_version_(ip_version), record_bits_(record_bits), type_(std::move(type)), built_(built), nodes_(1) {}

  // Values, encoded.
  static std::string control(unsigned type, std::size_t size) {
    std::string out;
    const std::size_t beyond[] = {29, 285, 65'821};
    const unsigned kind = size < 29 ? 0 : size < 285 ? 1 : size < 65'821 ? 2 : 3;
    const auto low = static_cast<unsigned>(kind == 0 ? size : 28 + kind);
    out.push_back(static_cast<char>(type > 7 ? low : type << 5 | low));
    if (type > 7) out.push_back(static_cast<char>(type - 7));
    if (kind > 0) out += number(size - beyond[kind - 1], kind);
    return out;
  }
  static std::string text(std::string_view value) { return control(2, value.size()) + std::string(value); }
  static std::string real(double value) { return control(3, 8) + number(std::bit_cast<std::uint64_t>(value), 8); }
  static std::string single(float value) { return control(15, 4) + number(std::bit_cast<std::uint32_t>(value), 4); }
  static std::string uint16(std::uint64_t value) { return control(5, 2) + number(value, 2); }
  static std::string uint32(std::uint64_t value) { return control(6, 4) + number(value, 4); }
  static std::string uint64(std::uint64_t value) { return control(9, 8) + number(value, 8); }
  static std::string map(const std::vector<std::pair<std::string, std::string>>& entries) {
    std::string out = control(7, entries.size());
    for (const auto& [key, value] : entries) out += text(key) + value;
    return out;
  }
  static std::string list(const std::vector<std::string>& items) {
    std::string out = control(11, items.size());
    for (const std::string& item : items) out += item;
    return out;
  }
  /// To a place in the data, of 32 bits.
  static std::string pointer(std::uint32_t to) { return std::string(1, '\x38') + number(to, 4); }

  /// Where the record stands in the data. IPv4 stands at ::/96 of a database of IPv6.
  std::size_t add(std::string_view network, const std::string& record) {
    const auto [found, added] = records_.emplace(record, data_.size());
    if (added) data_ += record;
    const IpNetwork wanted = *read_network(network);
    const bool v4 = wanted.base.is_v4() && wanted.bits >= 96;
    const unsigned skipped = v4 && ip_version_ == 4 ? 96 : 0;
    IpAddress place = wanted.base;
    if (v4) place.low &= 0xFFFF'FFFFu;
    put(place, skipped, wanted.bits, found->second);
    return found->second;
  }

  std::string metadata() const {
    return map({{"binary_format_major_version", uint16(2)}, {"binary_format_minor_version", uint16(0)}, {"build_epoch", uint64(built_)}, {"database_type", text(type_)},
                {"description", map({{"en", text("made by a test")}})}, {"ip_version", uint16(ip_version_)}, {"languages", list({text("en")})},
                {"node_count", uint32(nodes_.size())}, {"record_size", uint16(record_bits_)}});
  }
  std::string bytes() const {
    std::string out;
    for (const Node& node : nodes_) append_node(out, value_of(node.record[0]), value_of(node.record[1]));
    return out + std::string(16, '\0') + data_ + "\xAB\xCD\xEFMaxMind.com" + metadata();
  }

 private:
  /// -1: nothing; else a node (even: 2 n) or a place in the data (odd: 2 at + 1).
  struct Node {
    std::int64_t record[2] = {-1, -1};
  };

  static std::string number(std::uint64_t value, std::size_t bytes) {
    std::string out;
    for (std::size_t i = bytes; i-- > 0;) out.push_back(static_cast<char>(value >> (8 * i)));
    return out;
  }
  static int bit_of(const IpAddress& address, unsigned bit) { return static_cast<int>((bit < 64 ? address.high >> (63 - bit) : address.low >> (127 - bit)) & 1); }

  void put(const IpAddress& place, unsigned from, unsigned to, std::size_t at) {
    std::size_t node = 0;
    for (unsigned bit = from; bit < to; ++bit) {
      const std::size_t side = static_cast<std::size_t>(bit_of(place, bit));
      const std::int64_t record = nodes_[node].record[side];
      if (bit + 1 == to) {
        nodes_[node].record[side] = static_cast<std::int64_t>(2 * at + 1);
        return;
      }
      if (record < 0 || record % 2 == 1) {  // a network within another: what the other one had stays around it
        const auto next = nodes_.size();
        nodes_.push_back({{record, record}});
        nodes_[node].record[side] = static_cast<std::int64_t>(2 * next);
        node = next;
      } else {
        node = static_cast<std::size_t>(record / 2);
      }
    }
  }
  std::uint32_t value_of(std::int64_t record) const {
    if (record < 0) return static_cast<std::uint32_t>(nodes_.size());
    return static_cast<std::uint32_t>(record % 2 == 0 ? record / 2 : static_cast<std::int64_t>(nodes_.size()) + 16 + record / 2);
  }
  void append_node(std::string& out, std::uint32_t left, std::uint32_t right) const {
    if (record_bits_ == 24) out += number(left, 3) + number(right, 3);
    if (record_bits_ == 28) {
      out += number(left & 0xFF'FFFF, 3);
      out.push_back(static_cast<char>((left >> 24) << 4 | right >> 24));
      out += number(right & 0xFF'FFFF, 3);
    }
    if (record_bits_ == 32) out += number(left, 4) + number(right, 4);
  }

  const unsigned ip_version_, record_bits_;
  const std::string type_;
  const std::uint64_t built_;
  std::vector<Node> nodes_;
  std::string data_;
  std::map<std::string, std::size_t> records_;
};

}  // namespace tocsin::enrich
