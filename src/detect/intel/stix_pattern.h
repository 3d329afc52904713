// What a STIX pattern asks for (OASIS STIX 2.1, part 9), where that is a value or one of several: comparisons with =, IN and ISSUBSET of addresses, names, URLs, hashes and mailboxes, joined by OR, in one
// observation or in several joined by OR. Of comparisons that are joined by AND, the one that says most is taken for all of them, and what that leaves out is named: a hash before a URL, a mailbox, a name
// and an address; of a file all its hashes; two addresses of which both are meant are neither. Everything else asks for things in order, in times, or for what no list can answer; it is named. Pure.
//
//   pattern     = observation { "OR" observation }          observation = "[" group { "OR" group } "]"          group = comparison { "AND" comparison }
//   comparison  = path ["NOT"] operator (value | "(" value { "," value } ")")          value = text | number | true | false
//
//   const StixPattern pattern = read_stix_pattern("[domain-name:value = 'bad.example' OR ipv4-addr:value ISSUBSET '203.0.113.0/24']");
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "detect/intel/indicator.h"

namespace tocsin::intel {

/// Bytes of one pattern: lists of hashes have thousands.
inline constexpr std::size_t kStixPatternBytesMax = 256 << 10;
/// Comparisons that are joined by AND.
inline constexpr std::size_t kStixJoinedMax = 64;
/// Values of one pattern.
inline constexpr std::size_t kStixValuesMax = 10'000;

struct StixPattern {
  std::vector<TypedKey> keys;        // any of them is what it asks for
  std::vector<std::string> unusable; // alternatives that cannot be asked for, each as a reason: "asks for file:name"
  /// What is asked for beside a key, by AND, and is left out: "network-traffic:dst_port = 443". Empty: the keys are all that the pattern says.
  std::vector<std::string> left_out;
};

/// Where the whole is of no use, it has one reason and no keys.
StixPattern read_stix_pattern(std::string_view text);

}  // namespace tocsin::intel
