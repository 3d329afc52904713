// What a template of NetFlow v9 (RFC 3954) or IPFIX (RFC 7011) says: which fields the records of a set have, one behind the other. And the records of NetFlow v5, which
// have always the same fields, as if a template had said so. Made once, then read for each record. Plain data; a template that cannot be is no template.
//
//   field   = id: 16 bits, size: 16 bits, in IPFIX enterprise: 32 bits if the highest bit of the id is set
//   size    = 65535: the value has its own size before it, in one byte, or in three of which the first is 255
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collect/ipfix_elements.h"

namespace tocsin {

/// Fields of a template. Large ones of real exporters have 60.
inline constexpr std::size_t kNetflowFieldsMax = 256;
/// The private enterprise number of the other direction of a flow (RFC 5103).
inline constexpr std::uint32_t kReverseEnterprise = 29305;
inline constexpr std::uint16_t kVariableSize = 65535;

struct NetflowField {
  std::uint16_t id = 0, size = 0;
  std::uint32_t enterprise = 0;  // 0: the element is IANA's
  IpfixType type = IpfixType::kOctets;
  std::uint16_t next = 0;  // the next field of that name, 0: none
  bool again = false;      // one before it has the same name: it is written there
  std::string name = {};   // octetDeltaCount, reverseOctetDeltaCount, element_40000, enterprise_32473_1
};

struct NetflowTemplate {
  std::vector<NetflowField> fields;
  std::size_t scope_fields = 0;  // of options; the first ones
  std::size_t bytes_least = 0;   // of a record
  bool options = false;
  bool has_version = false, has_exporter = false, has_domain = false;  // the exporter says it itself

  void add(std::uint16_t id, std::uint16_t size, std::uint32_t enterprise);
  /// Once all are there.
  void finish();
};

/// `scope_size` and `size` are bytes in v9, whose options template has no enterprises, and counts in IPFIX. Takes what it reads from `bytes`; none if it is not whole, or has
/// no fields, more than kNetflowFieldsMax, or records without a byte.
std::optional<NetflowTemplate> read_netflow_template(std::string_view& bytes, bool ipfix, std::size_t count);
std::optional<NetflowTemplate> read_netflow_options(std::string_view& bytes, bool ipfix, std::size_t count, std::size_t scope_count);

/// Of the 48 bytes of a record of NetFlow v5.
const NetflowTemplate& netflow_v5_template();

}  // namespace tocsin
