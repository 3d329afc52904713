// What personal data is: the kinds that are looked for, and one place in a text where some stands. A Finding counts bytes; whoever shows it to others counts as they do.
//
//   std::vector<Finding> found;
//   finder.find(text, found);                       // protect/finder.h
//   text.substr(found[0].from, found[0].to - found[0].from)
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tocsin::protect {

enum class Kind : std::uint8_t {
  kEmail, kPhone, kCard, kIban, kNationalId, kIp, kMac, kCoordinates, kBirthDate, kPerson,
  kSecret,         // what lets somebody in: a password, a key, a token
  kUrlCredential,  // user and password in a URL
};
inline constexpr std::size_t kKinds = 12;

/// As `tocsin redact --spans` has it: "EMAIL".
std::string_view name_of(Kind kind);

struct Finding {
  std::size_t from = 0, to = 0;  // bytes of the text; `to` is behind the last
  Kind kind = Kind::kEmail;
  std::array<char, 2> country = {};  // of kNationalId: ISO 3166-1, as "US"; zeros where it is not known

  bool operator==(const Finding&) const = default;
};

}  // namespace tocsin::protect
