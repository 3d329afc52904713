// A set of kinds of signs, as the bits of a byte.
#pragma once

#include <cstdint>
#include <initializer_list>

#include "event/baseline.h"

namespace tocsin::baseline {

class SignKinds {
 public:
  constexpr SignKinds() = default;
  constexpr SignKinds(std::initializer_list<BaselineKind> kinds) {
    for (const BaselineKind kind : kinds) add(kind);
  }
  static constexpr SignKinds all() {
    SignKinds kinds;
    for (std::size_t i = 0; i < kBaselineKindNames.size(); ++i) kinds.add(static_cast<BaselineKind>(i));
    return kinds;
  }

  constexpr void add(BaselineKind kind) { bits_ = static_cast<std::uint8_t>(bits_ | bit(kind)); }
  constexpr bool has(BaselineKind kind) const { return (bits_ & bit(kind)) != 0; }
  constexpr bool has_any_of(SignKinds others) const { return (bits_ & others.bits_) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr bool operator==(const SignKinds&) const = default;

 private:
  static constexpr unsigned bit(BaselineKind kind) { return 1u << static_cast<unsigned>(kind); }
  std::uint8_t bits_ = 0;
};

/// Those that are about a log-in.
inline constexpr SignKinds kLoginKinds = {BaselineKind::kNewCountry, BaselineKind::kTravel};
/// Those that somebody may let make an alert by themselves. A rare value stays rare for weeks, each time it comes: it makes none.
inline constexpr SignKinds kPromotableKinds = {BaselineKind::kFirstSeen, BaselineKind::kVolume, BaselineKind::kNewCountry, BaselineKind::kTravel, BaselineKind::kBeacon, BaselineKind::kOutlier};

}  // namespace tocsin::baseline
