// What a STIX pattern asks for (OASIS STIX 2.1, part 9), where that is a value or one of several: comparisons with =, IN and ISSUBSET of addresses, names, URLs, hashes and mailboxes, joined by OR, in one
// observation or in several joined by OR. Everything else asks for things together, in order, in times, or for what no list can answer; it is not taken for less than it says but named. Pure.
//
//   pattern     = observation { "OR" observation }          observation = "[" comparison { "OR" comparison } "]"
//   comparison  = path ("=" | "IN" | "ISSUBSET") (text | "(" text { "," text } ")")
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
/// Values of one pattern.
inline constexpr std::size_t kStixValuesMax = 10'000;

struct StixPattern {
  std::vector<TypedKey> keys;        // any of them is what it asks for
  std::vector<std::string> unusable; // alternatives that cannot be asked for, each as a reason: "asks for file:name"
};

/// Where the whole is of no use, it has one reason and no keys.
StixPattern read_stix_pattern(std::string_view text);

}  // namespace tocsin::intel
