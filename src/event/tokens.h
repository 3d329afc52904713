// What stands where personal data stood. protect asks for it, the store remembers it (store/token_vault.h): the rooms know this interface alone. A token is the same for the
// same value, whatever its case and whichever event it is in, so that searches, joins and rules still work; it is random, so that it says nothing, and once the value is
// forgotten nothing leads from one to the other.
//
//   std::string out;
//   if (!tokens.append_token("ada", 90, out)) out += "[USER]";     // out is "tok-7wq2m4xkz5a3bdhe"
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace tocsin {

inline constexpr std::string_view kTokenStart = "tok-";
/// Letters and digits behind it, five random bits each.
inline constexpr std::size_t kTokenLetters = 16;
inline constexpr std::size_t kTokenBytes = kTokenStart.size() + kTokenLetters;

using ProtectionKey = std::array<std::uint8_t, 32>;

class Tokens {
 public:
  virtual ~Tokens() = default;
  /// False, and nothing appended, where there can be none: the table is full, or must not be written here and does not know the value. What the token stands for is forgotten so many
  /// days after it was last asked for; 0: it is not by itself.
  virtual bool append_token(std::string_view value, std::uint32_t days, std::string& out) = 0;
  /// For addresses (protect/prefix_preserving.h) and for hashes; the same as long as the data folder lives.
  virtual const ProtectionKey& address_key() const = 0;
  virtual const ProtectionKey& hash_key() const = 0;
};

}  // namespace tocsin
