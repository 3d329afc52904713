#include "api/account_rules.h"

#include <fmt/format.h>

#include "api/secret.h"
#include "api/sign_in.h"
#include "api/totp.h"
#include "base/seal.h"

namespace tocsin::api {

bool is_account_name(std::string_view name) {
  constexpr std::string_view kAllowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.@";
  return !name.empty() && name.size() <= kNameBytesMax && name.find_first_not_of(kAllowed) == std::string_view::npos;
}

Status check_account_name(std::string_view name) {
  if (is_account_name(name)) return {};
  return Error{Code::kInvalid, fmt::format("a name has 1 to {} letters, digits, '-', '_', '.' or '@'", kNameBytesMax)};
}

Result<std::string> make_link(Accounts& accounts, std::string_view user, std::string_view role, const Actor& by, std::string_view origin) {
  const std::string secret = TRY(random_secret("tcl_"));
  TRY(accounts.add_link({secret_digest(secret), std::string(user), std::string(role), by.time + kLinkUs}, by));
  return fmt::format("{}/#setup={}", origin, secret);
}

Result<std::string> begin_session(const Call& call, Context& context, const std::string& user, const std::string& role, std::string_view how) {
  const TimeUs now = call.request.received;
  TRY(context.accounts.expire_sessions(now - kSessionUs, now - kSessionIdleUs));
  const std::string secret = TRY(random_secret(""));
  TRY(context.accounts.add_session(secret_digest(secret), {.user = user, .role = role, .made = now, .seen = now}));
  TRY(context.accounts.note({"user " + user, call.request.peer, now}, "login", user, how));
  return session_cookie(secret);
}

Result<std::string> new_totp_secret() {
  std::uint8_t bytes[kTotpSecretBytes];
  TRY(random_bytes(bytes, sizeof bytes));
  return std::string(reinterpret_cast<const char*>(bytes), sizeof bytes);
}

Result<std::string> read_base32(std::string_view text) {
  std::string bytes;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    const bool letter = c >= 'A' && c <= 'Z', digit = c >= '2' && c <= '7';
    if (!letter && !digit) return Error{Code::kInvalid, "the secret is none that was given"};
    bits = (bits << 5 | static_cast<std::uint32_t>(letter ? c - 'A' : c - '2' + 26)) & 0xffff;
    held += 5;
    if (held < 8) continue;
    held -= 8;
    bytes += static_cast<char>(bits >> held & 0xff);
  }
  if (bytes.size() != kTotpSecretBytes) return Error{Code::kInvalid, "the secret is none that was given"};
  return bytes;
}

/// The user's name is sealed in: a secret moved to another user's row does not open.
Result<std::string> seal_totp(Context& context, std::string_view user, std::string_view secret) {
  SealNonce nonce;
  TRY(random_bytes(nonce.data(), nonce.size()));  // of few, so chance will not repeat one
  std::string sealed(reinterpret_cast<const char*>(nonce.data()), nonce.size());
  const std::lock_guard<std::mutex> lock(context.totp_mutex);
  context.totp_seal.seal(nonce, user, secret, sealed);
  return sealed;
}

Result<bool> is_totp(Context& context, const UserRecord& user, std::string_view code, TimeUs now) {
  SealNonce nonce;
  std::string secret;
  if (user.totp.size() < nonce.size()) return Error{Code::kInvalid, "the second factor is stored in a form that cannot be read"};
  std::copy_n(user.totp.data(), nonce.size(), reinterpret_cast<char*>(nonce.data()));
  {
    const std::lock_guard<std::mutex> lock(context.totp_mutex);
    if (!context.totp_seal.open(nonce, user.name, std::string_view(user.totp).substr(nonce.size()), secret)) {
      return Error{Code::kInvalid, "the second factor cannot be opened, since the key of the data was replaced; an admin can give you a new link"};
    }
  }
  const std::optional<std::int64_t> step = totp_step(secret, code, now);
  if (!step) return false;
  return context.accounts.use_totp(user.name, *step);
}

}  // namespace tocsin::api
