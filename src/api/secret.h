// What proves who somebody is: passwords (Argon2id, by libsodium), random tokens, and the digests under which they are kept. Safe from any thread, but a
// password takes 64 MiB and a tenth of a second: the caller sees to it that not many are checked at once. Fails only where the system gives no random
// numbers or no memory.
//
//   const std::string kept = TRY(hash_password("correct horse battery staple"));
//   if (is_password(kept, given)) …
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace tocsin::api {

/// NIST SP 800-63B asks for 8 at least where there is a second factor, 15 without; length is what helps, so no rule about characters.
inline constexpr std::size_t kPasswordBytesMin = 12;
/// Longer is hashed for nothing.
inline constexpr std::size_t kPasswordBytesMax = 1'024;

/// kInvalid if it is too short or too long, or is the user's name.
Status check_new_password(std::string_view password, std::string_view user);
Result<std::string> hash_password(std::string_view password);
/// With a `kept` of "" it takes as long, and is false: how long it takes does not tell whether there is such a user.
bool is_password(const std::string& kept, std::string_view password);

/// `prefix` and 64 hexadecimal digits.
Result<std::string> random_secret(std::string_view prefix);
/// SHA-256: a random secret needs no more, since nobody can guess one.
std::string secret_digest(std::string_view secret);

}  // namespace tocsin::api
