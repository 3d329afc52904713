#include "collect/netflow_template.h"

#include <fmt/format.h>

#include <utility>

#include "collect/big_endian.h"

namespace tocsin {

namespace {

constexpr std::uint16_t kEnterpriseBit = 0x8000;
constexpr std::uint16_t kPaddingOctets = 210;
constexpr std::uint16_t kExportProtocolVersion = 214, kExporterV4 = 130, kExporterV6 = 131, kObservationDomain = 149;

std::string name_of(std::uint16_t id, std::uint32_t enterprise, const IpfixElement* element) {
  if (element == nullptr) return enterprise == 0 ? fmt::format("element_{}", id) : fmt::format("enterprise_{}_{}", enterprise, id);
  if (enterprise == 0) return std::string(element->name);
  std::string name = "reverse" + std::string(element->name);
  name[7] = static_cast<char>(name[7] & ~0x20);
  return name;
}

/// Whether both have one name. Scopes of v9 have no number; numbers are quicker compared than names, of which a datagram may bring thousands.
bool is_same(const NetflowField& one, const NetflowField& other) {
  return one.id == other.id && one.enterprise == other.enterprise && (one.id != 0 || one.name == other.name);
}

bool read_fields(std::string_view& bytes, bool ipfix, std::size_t count, NetflowTemplate& into) {
  if (count > kNetflowFieldsMax - into.fields.size()) return false;
  for (std::size_t i = 0; i < count; ++i) {
    if (bytes.size() < 4) return false;
    auto id = big_at<std::uint16_t>(bytes, 0);
    const auto size = big_at<std::uint16_t>(bytes, 2);
    bytes.remove_prefix(4);
    std::uint32_t enterprise = 0;
    if (ipfix && (id & kEnterpriseBit) != 0) {
      if (bytes.size() < 4) return false;
      id = static_cast<std::uint16_t>(id & ~kEnterpriseBit);
      enterprise = big_at<std::uint32_t>(bytes, 0);
      bytes.remove_prefix(4);
    }
    into.add(id, size, enterprise);
  }
  return true;
}

/// Scopes of v9 have numbers of their own (RFC 3954, 6.1).
bool read_scopes_v9(std::string_view& bytes, std::size_t count, NetflowTemplate& into) {
  constexpr std::string_view kNames[] = {"scopeSystem", "scopeInterface", "scopeLineCard", "scopeCache", "scopeTemplate"};
  if (count > kNetflowFieldsMax || bytes.size() < count * 4) return false;
  for (std::size_t i = 0; i < count; ++i) {
    const auto scope = big_at<std::uint16_t>(bytes, 0);
    NetflowField field{.id = 0, .size = big_at<std::uint16_t>(bytes, 2), .enterprise = 0};
    field.name = scope >= 1 && scope <= std::size(kNames) ? std::string(kNames[scope - 1]) : fmt::format("scope_{}", scope);
    into.fields.push_back(std::move(field));
    bytes.remove_prefix(4);
  }
  return true;
}

}  // namespace

void NetflowTemplate::add(std::uint16_t id, std::uint16_t size, std::uint32_t enterprise) {
  NetflowField field{.id = id, .size = size, .enterprise = enterprise};
  const IpfixElement* const element = enterprise == 0 || enterprise == kReverseEnterprise ? ipfix_element(id) : nullptr;
  if (element != nullptr) field.type = element->type;
  field.name = name_of(id, enterprise, element);
  // Padding says nothing: it is not written.
  field.again = element != nullptr && enterprise == 0 && id == kPaddingOctets;
  fields.push_back(std::move(field));
}

void NetflowTemplate::finish() {
  bytes_least = 0;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    NetflowField& field = fields[i];
    bytes_least += field.size == kVariableSize ? 1 : field.size;
    if (field.enterprise == 0) {
      has_version |= field.id == kExportProtocolVersion;
      has_exporter |= field.id == kExporterV4 || field.id == kExporterV6;
      has_domain |= field.id == kObservationDomain;
    }
    if (field.again) continue;
    std::size_t last = i;
    for (std::size_t k = i + 1; k < fields.size(); ++k) {
      if (fields[k].again || !is_same(fields[k], field)) continue;
      fields[k].again = true;
      fields[last].next = static_cast<std::uint16_t>(k);
      last = k;
    }
  }
}

std::optional<NetflowTemplate> read_netflow_template(std::string_view& bytes, bool ipfix, std::size_t count) {
  NetflowTemplate made;
  if (!read_fields(bytes, ipfix, count, made)) return std::nullopt;
  made.finish();
  return made.bytes_least == 0 ? std::nullopt : std::optional(std::move(made));
}

std::optional<NetflowTemplate> read_netflow_options(std::string_view& bytes, bool ipfix, std::size_t count, std::size_t scope_count) {
  NetflowTemplate made;
  made.options = true;
  made.scope_fields = scope_count;
  if (scope_count > count) return std::nullopt;
  if (ipfix ? !read_fields(bytes, ipfix, scope_count, made) : !read_scopes_v9(bytes, scope_count, made)) return std::nullopt;
  if (!read_fields(bytes, ipfix, count - scope_count, made)) return std::nullopt;
  made.finish();
  return made.bytes_least == 0 ? std::nullopt : std::optional(std::move(made));
}

const NetflowTemplate& netflow_v5_template() {
  static const NetflowTemplate made = [] {
    // Source, destination, next hop; interfaces in and out; packets, octets; first, last; ports; padding, flags, protocol, class; autonomous systems; masks; padding.
    constexpr std::pair<std::uint16_t, std::uint16_t> kFields[] = {{8, 4},  {12, 4},  {15, 4}, {10, 2}, {14, 2}, {2, 4},  {1, 4},  {22, 4}, {21, 4},  {7, 2},
                                                                   {11, 2}, {210, 1}, {6, 1},  {4, 1},  {5, 1},  {16, 2}, {17, 2}, {9, 1},  {13, 1}, {210, 2}};
    NetflowTemplate all;
    for (const auto& [id, size] : kFields) all.add(id, size, 0);
    all.finish();
    return all;
  }();
  return made;
}

}  // namespace tocsin
