#include "api/login_tickets.h"

#include <fmt/format.h>
#include <sodium.h>

#include <charconv>

#include "api/secret.h"

namespace tocsin::api {

namespace {

/// Sixteen hexadecimal digits of the time, 64 of chance, 64 of the mark that shows it to be ours.
constexpr std::size_t kTimeDigits = 16, kNameDigits = kTimeDigits + 64, kTicketDigits = kNameDigits + 64;

bool is_same(std::string_view a, std::string_view b) { return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0; }

}  // namespace

std::string ticket_cookie(std::string_view ticket) {
  return fmt::format("Set-Cookie: {}={}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={}\r\n", kTicketCookie, ticket, kTicketUs / 1'000'000);
}

std::string ticket_cookie_gone() { return fmt::format("Set-Cookie: {}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0\r\n", kTicketCookie); }

/// HMAC-SHA-256, as hexadecimal digits.
std::string LoginTickets::derived(std::string_view what, std::string_view ticket) const {
  const std::string text = fmt::format("{} {}", what, ticket);
  unsigned char mac[crypto_auth_hmacsha256_BYTES];
  crypto_auth_hmacsha256(mac, reinterpret_cast<const unsigned char*>(text.data()), text.size(), reinterpret_cast<const unsigned char*>(key_.data()));
  std::string digits;
  for (const unsigned char byte : mac) digits += fmt::format("{:02x}", byte);
  return digits;
}

Result<std::string> LoginTickets::make(TimeUs now) const {
  const std::string name = TRY(random_secret(fmt::format("{:016x}", now)));
  return name + derived("ticket", name);
}

std::optional<oidc::Attempt> LoginTickets::open(std::string_view ticket, TimeUs now) const {
  if (ticket.size() != kTicketDigits || !is_same(derived("ticket", ticket.substr(0, kNameDigits)), ticket.substr(kNameDigits))) return std::nullopt;
  TimeUs made = 0;
  std::from_chars(ticket.data(), ticket.data() + kTimeDigits, made, 16);
  if (now < made || now - made > kTicketUs) return std::nullopt;
  return oidc::Attempt{derived("state", ticket), derived("nonce", ticket), derived("verifier", ticket), made};
}

bool LoginTickets::use(std::string_view ticket, TimeUs now) {
  const std::lock_guard<std::mutex> lock(mutex_);
  while (!used_in_turn_.empty() && now - used_in_turn_.front().first > kTicketUs) {
    used_.erase(used_in_turn_.front().second);
    used_in_turn_.pop_front();
  }
  if (used_.size() >= kUsedTicketsMax || !used_.insert(std::string(ticket)).second) return false;
  used_in_turn_.emplace_back(now, ticket);
  return true;
}

}  // namespace tocsin::api
