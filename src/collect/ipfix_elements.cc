#include "collect/ipfix_elements.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace tocsin {

namespace {

using Row = std::pair<std::uint16_t, IpfixElement>;
constexpr Row kElements[] = {
#include "collect/ipfix_elements.inc"
};

}  // namespace

const IpfixElement* ipfix_element(std::uint16_t id) {
  const auto* const found = std::ranges::lower_bound(kElements, id, {}, &Row::first);
  return found != std::end(kElements) && found->first == id ? &found->second : nullptr;
}

}  // namespace tocsin
