// What is read of a TAXII 2.1 server beside its pages: an object of STIX, as far as it is kept. poll_api.h has the rest. Pure.
//
//   const std::string kept = reduced_indicator(object);      // "": it is no indicator
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tocsin {

/// Of an indicator, as far as it is kept. What can be asked has some hundred bytes; patterns of YARA, which cannot, have many KB.
inline constexpr std::size_t kTaxiiObjectBytesMax = 64u << 10;
/// Of `next`, which the server makes up and gets back in an address.
inline constexpr std::size_t kTaxiiNextBytesMax = 2u << 10;
/// Of X-TAXII-Date-Added-Last: a time of RFC 3339.
inline constexpr std::size_t kTaxiiTimeBytesMax = 64;

/// The members that an indicator is read for, each as it stands in `object`, which is JSON; "" of what is no indicator.
std::string reduced_indicator(std::string_view object);

}  // namespace tocsin
