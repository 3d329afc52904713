// What HTTP carries, as headers, in JSON of them, or on the command line of curl; and user:password of URLs.
#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>

#include "protect/secret_hunt.h"
#include "protect/secret_text.h"

namespace tocsin::protect {
namespace {

constexpr std::size_t kCookiesMax = 4096, kDigestMax = 1024, kAuthorityMax = 512;

bool is_credential_char(char c) { return is_alnum(c) || std::string_view("._~+/=-:|%").find(c) != kNowhere; }

/// Behind the sign that follows a header's name, and the quote that may open its value; kNowhere if there is no sign.
std::size_t header_value(std::string_view text, std::size_t at) {
  if (const Quote quote = quote_at(text, at)) at = quote.end;
  at = behind_blanks(text, at);
  const char sign = char_at(text, at);
  if (sign != ':' && sign != '=' && sign != ',') return kNowhere;
  at = behind_blanks(text, at + (char_at(text, at + 1) == '>' ? 2 : 1));
  if (char_at(text, at) == '[') ++at;
  if (const Quote quote = quote_at(text, at)) at = quote.end;
  return at;
}

enum class Scheme { kBearer, kBasic, kToken, kDigest };

struct SchemeName {
  std::string_view name;
  Scheme scheme;
};
constexpr SchemeName kSchemes[] = {
    {"bearer", Scheme::kBearer}, {"basic", Scheme::kBasic}, {"token", Scheme::kToken}, {"apikey", Scheme::kToken}, {"api-key", Scheme::kToken},
    {"key", Scheme::kToken}, {"jwt", Scheme::kToken}, {"splunk", Scheme::kToken}, {"negotiate", Scheme::kToken}, {"ntlm", Scheme::kToken},
    {"digest", Scheme::kDigest}, {"genie-key", Scheme::kToken},
};

int base64_value(char c) {
  if (is_upper(c)) return c - 'A';
  if (is_lower(c)) return c - 'a' + 26;
  if (is_digit(c)) return c - '0' + 52;
  return c == '+' || c == '-' ? 62 : 63;
}

/// Whether base64 hides a colon, as user:password does.
bool hides_colon(std::string_view base64) {
  std::uint32_t bits = 0, count = 0;
  for (const char c : base64) {
    if (c == '=') break;
    bits = bits << 6 | static_cast<std::uint32_t>(base64_value(c));
    count += 6;
    if (count < 8) continue;
    count -= 8;
    if ((bits >> count & 0xff) == ':') return true;
  }
  return false;
}

void hunt_digest(Hunt& hunt, std::size_t at) {
  const std::string_view text = hunt.text();
  if (at < hunt.read_to(Hunt::kDigestMark)) return;
  const std::string_view rest = text.substr(at, kDigestMax);
  const std::string_view line = rest.substr(0, rest.find('\n'));
  hunt.read_to(Hunt::kDigestMark) = at + line.size();
  const std::size_t response = line.find("response=");
  if (response == kNowhere) return;
  std::size_t from = at + response + 9;
  if (const Quote quote = quote_at(text, from)) from = quote.end;
  const std::size_t to = run_end(text, from, is_hex, 128);
  if (to - from >= 32) hunt.add(from, to);
}

/// The value behind a scheme; `least` characters.
void hunt_credential(Hunt& hunt, Scheme scheme, std::size_t from, std::size_t least) {
  const std::string_view text = hunt.text();
  if (scheme == Scheme::kToken && stands_folded(text, from, "token=")) from += 6;
  if (const Quote quote = quote_at(text, from)) from = quote.end;
  std::size_t to = run_end(text, from, is_credential_char);
  while (to > from && std::string_view(".:|,").find(text[to - 1]) != kNowhere) --to;
  const std::string_view value = text.substr(from, to - from);
  if (is_no_secret(value)) return;
  const auto is_base64_or_url = [](char c) { return is_base64(c) || c == '-' || c == '_'; };
  const bool is_login = value.size() >= 4 && all_of(value, is_base64_or_url) && hides_colon(value);
  if (scheme == Scheme::kBasic ? is_login : value.size() >= least && any_of(value, is_digit)) hunt.add(from, to);
}

/// Behind the blank, + or %20 that follows a scheme; kNowhere if none does.
std::size_t behind_gap(std::string_view text, std::size_t at) {
  if (stands_folded(text, at, "%20")) return at + 3;
  if (char_at(text, at) == '+') return at + 1;
  const std::size_t behind = run_end(text, at, is_blank, 8);
  return behind == at ? kNowhere : behind;
}

bool is_session_cookie(std::string_view name) {
  std::array<char, 64> small;
  const std::size_t size = std::min(name.size(), small.size());
  std::transform(name.begin(), name.begin() + static_cast<std::ptrdiff_t>(size), small.begin(), lower);
  const std::string_view folded(small.data(), size);
  if (folded.find("csrf") != kNowhere || folded.find("xsrf") != kNowhere) return false;
  for (const std::string_view part : {"sess", "token", "auth", "jwt", "login", "logged_in", "remember", "aspnetcore.cookies", "identity.application"}) {
    if (folded.find(part) != kNowhere) return true;
  }
  return folded.ends_with("sid") || folded.ends_with("ssid");
}

bool is_cookie_name_char(char c) { return is_alnum(c) || std::string_view("_-.!$*~").find(c) != kNowhere; }
bool is_cookie_value_char(char c) { return static_cast<unsigned char>(c) > ' ' && std::string_view(";,\"'\\<>").find(c) == kNowhere; }

std::size_t walk_cookies(Hunt& hunt, std::size_t at) {
  const std::string_view text = hunt.text();
  const std::size_t end = at + kCookiesMax;
  while (at < end) {
    at = run_end(text, at, is_blank);
    const std::size_t name_end = run_end(text, at, is_cookie_name_char, 128);
    if (name_end == at) break;
    std::size_t to = name_end;
    if (char_at(text, name_end) == '=') {
      const std::size_t from = name_end + 1;
      to = run_end(text, from, is_cookie_value_char);
      const std::string_view value = text.substr(from, to - from);
      if (value.size() >= 8 && is_session_cookie(text.substr(at, name_end - at)) && !is_no_secret(value)) hunt.add(from, to);
    }
    at = to;
    while (at < end && char_at(text, at) != ';' && is_cookie_value_char(char_at(text, at) == ' ' ? 'x' : char_at(text, at))) ++at;
    if (char_at(text, at) != ';') break;
    ++at;
  }
  return at;
}

bool is_scheme_char(char c) { return is_alnum(c) || c == '+' || c == '.' || c == '-'; }

bool is_authority_char(char c) {
  return static_cast<unsigned char>(c) > ' ' && c != 0x7f && std::string_view("/?#\"'`<>\\").find(c) == kNowhere;
}

}  // namespace

void hunt_authorization(Hunt& hunt, std::size_t at) {
  const std::string_view text = hunt.text();
  constexpr std::string_view kRest = "orization";
  if (at < 4 || !stands_folded(text, at - 4, "auth") || !stands_folded(text, at, kRest)) return;
  const std::size_t value = header_value(text, at + kRest.size());
  if (value == kNowhere) return;
  for (const SchemeName& scheme : kSchemes) {
    if (!stands_folded(text, value, scheme.name)) continue;
    const std::size_t from = behind_gap(text, value + scheme.name.size());
    if (from == kNowhere) continue;
    if (scheme.scheme == Scheme::kDigest) return hunt_digest(hunt, from);
    return hunt_credential(hunt, scheme.scheme, from, 8);
  }
  if (value < hunt.read_to(Hunt::kSchemeMark)) return;
  const std::size_t to = run_end(text, value, is_credential_char);
  hunt.read_to(Hunt::kSchemeMark) = to;
  if (is_token_like(text.substr(value, to - value), 16) && !is_no_secret(text.substr(value, to - value))) hunt.add(value, to);
}

void hunt_bearer(Hunt& hunt, std::size_t at) {
  const std::string_view text = hunt.text();
  if (!stands_folded(text, at, "bearer") || (at > 0 && is_alnum(text[at - 1]) && text[at - 1] != 'n')) return;
  const std::size_t from = behind_gap(text, at + 6);
  if (from == kNowhere) return;
  const std::size_t to = run_end(text, from, is_credential_char);
  if (is_token_like(text.substr(from, to - from), 16)) hunt_credential(hunt, Scheme::kBearer, from, 16);
}

void hunt_cookie(Hunt& hunt, std::size_t at) {
  const std::string_view text = hunt.text();
  if (!stands_folded(text, at, "cookie")) return;
  const std::size_t value = header_value(text, at + 6);
  if (value == kNowhere || at < hunt.read_to(Hunt::kCookieMark)) return;
  hunt.read_to(Hunt::kCookieMark) = walk_cookies(hunt, value);
}

void hunt_url(Hunt& hunt, std::size_t at) {
  const std::string_view text = hunt.text();
  if (at == 0 || !is_scheme_char(text[at - 1])) return;
  const std::size_t from = at + 3;
  const std::size_t end = run_end(text, from, is_authority_char, kAuthorityMax);
  const std::string_view authority = text.substr(from, end - from);
  const std::size_t sign = authority.rfind('@');
  if (sign == kNowhere || sign + 1 >= authority.size()) return;
  const std::string_view login = authority.substr(0, sign);
  const std::size_t colon = login.find(':');
  if (colon == kNowhere || login.find("://") != kNowhere) return;
  const std::string_view password = login.substr(colon + 1);
  const std::size_t comma = password.find(',');
  if (comma != kNowhere && all_of(password.substr(0, comma), is_digit)) return;  // host:80,someone@example.org
  if (!is_no_secret(password)) hunt.add(from, from + sign, Kind::kUrlCredential);
}

}  // namespace tocsin::protect
