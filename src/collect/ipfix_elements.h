// What IPFIX and NetFlow v9 call the parts of a flow: IANA's registry of information elements, as a table (ipfix_elements.inc). Version 9's field types are the
// first 127 of them. Immutable, safe from any thread.
//
//   if (const IpfixElement* element = ipfix_element(8)) …   // {"sourceIPv4Address", IpfixType::kIpv4}
#pragma once

#include <cstdint>
#include <string_view>

namespace tocsin {

/// How a value is written (RFC 7011, section 6.1); all in network order, numbers also in fewer bytes than their type has.
enum class IpfixType : std::uint8_t {
  kOctets, kUnsigned, kSigned, kFloat, kBoolean, kMac, kText,
  kSeconds, kMilliseconds, kMicroseconds, kNanoseconds,  // the last two as NTP does
  kIpv4, kIpv6
};

struct IpfixElement {
  std::string_view name;
  IpfixType type = IpfixType::kOctets;
};

/// nullptr: not in the table.
const IpfixElement* ipfix_element(std::uint16_t id);

}  // namespace tocsin
