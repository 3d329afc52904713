#include "protect/addresses.h"

#include <algorithm>

#include "base/address.h"
#include "protect/words.h"

namespace tocsin::protect {

namespace {

/// RFC 5321, 4.5.3.1: the name, and the domain.
constexpr std::size_t kMailNameBytesMax = 64, kDomainBytesMax = 253;
/// More backslashes in a row are no JSON in JSON.
constexpr std::size_t kSlashesMax = 16;
/// The longest text of an IPv6 address, with an IPv4 one at its end.
constexpr std::size_t kIpv6BytesMax = 45;
/// RFC 4291, 2.2: eight parts, of which the last two may be an IPv4 address, or fewer with "::".
constexpr std::size_t kColonsOfIpv6Min = 6, kColonsOfIpv6Max = 8;

constexpr bool is_of_mail_name(char c) { return is_word(c) || c == '.' || c == '+' || c == '-' || c == '%' || c == '\''; }
constexpr bool is_of_domain(char c) { return is_alnum(c) || c == '-' || c == '.' || static_cast<unsigned char>(c) >= 0x80; }

/// What stands behind the last dot of what looks like a domain and is none: files, and units of systemd.
constexpr std::string_view kNoDomains[] = {"png", "jpg", "jpeg", "gif", "svg", "webp", "ico", "css", "js", "map", "html", "json", "yaml", "yml", "xml", "txt", "log", "gz", "so",
                                           "service", "socket", "timer", "mount", "slice", "target", "scope", "device", "swap", "automount"};

bool is_last_label(std::string_view label) {
  if (label.size() < 2 || !std::ranges::all_of(label, [](char c) { return is_letter(c) || static_cast<unsigned char>(c) >= 0x80; })) return label.starts_with("xn--") && label.size() > 5;
  return std::ranges::none_of(kNoDomains, [&](std::string_view no) { return no.size() == label.size() && ends_with_word(label, no); });
}

/// Behind a domain that begins at `from`: labels with dots between, the last of letters; `from` if none does.
std::size_t end_of_domain(std::string_view text, std::size_t from) {
  std::size_t end = from;
  while (end < text.size() && end - from < kDomainBytesMax && is_of_domain(text[end])) ++end;
  while (end > from && (text[end - 1] == '.' || text[end - 1] == '-')) --end;
  while (end > from) {
    const std::string_view domain = text.substr(from, end - from);
    const std::size_t dot = domain.rfind('.');
    if (dot == std::string_view::npos || dot == 0 || domain.front() == '-' || domain.find("..") != std::string_view::npos) return from;
    if (is_last_label(domain.substr(dot + 1))) return end;
    // "…@example.com.3 more": the number is not the domain's.
    if (!std::ranges::all_of(domain.substr(dot + 1), is_digit)) return from;
    end = from + dot;
  }
  return from;
}

/// One of the four numbers of an address; behind it, or 0 if there is none.
std::size_t end_of_octet(std::string_view text, std::size_t at) {
  std::size_t end = at;
  int value = 0;
  while (end < text.size() && end - at < 4 && is_digit(text[end])) value = value * 10 + (text[end++] - '0');
  if (end == at || end - at > 3 || value > 255 || (end - at > 1 && text[at] == '0')) return 0;
  return end;
}

/// Whether a word for a version stands before `at`.
bool is_behind_version(std::string_view text, std::size_t at) {
  constexpr std::string_view kVersion[] = {"version", "ver.", "release", "build"};
  constexpr std::size_t kBytes = 10;
  const std::string_view before = text.substr(at - std::min(at, kBytes), std::min(at, kBytes));
  bool has_letter = false;  // of each word one
  for (const char c : before) has_letter |= (c | 0x20) == 'v' || (c | 0x20) == 'l';
  return has_letter && is_near_before(text, at, kBytes, kVersion);
}

/// Pairs of hexadecimal digits with `separator` between; how many stand there.
std::size_t pairs_at(std::string_view text, std::size_t at, char separator) {
  std::size_t count = 0;
  while (is_hex(char_at(text, at)) && is_hex(char_at(text, at + 1)) && !is_hex(char_at(text, at + 2))) {
    ++count;
    at += 2;
    if (char_at(text, at) != separator) break;
    ++at;
  }
  return count;
}

/// iptables logs both addresses of a frame and its type as one.
constexpr std::size_t kPairsOfMac = 6, kPairsOfFrame = 14;

std::optional<Finding> mac_of_colons(std::string_view text, std::size_t from, std::size_t to) {
  const std::size_t pairs = pairs_at(text, from, ':');
  if ((pairs != kPairsOfMac && pairs != kPairsOfFrame) || from + pairs * 3 - 1 != to) return std::nullopt;
  return Finding{from, to, Kind::kMac};
}

std::optional<Finding> ipv6_of(std::string_view text, std::size_t from, std::size_t to) {
  if (to - from < 3 || to - from > kIpv6BytesMax) return std::nullopt;
  const std::string_view address = text.substr(from, to - from);
  std::size_t digits = 0, colons = 0, pairs = 0;
  for (std::size_t at = 0; at < address.size(); ++at) {
    digits += is_digit(address[at]);
    colons += address[at] == ':';
    pairs += at > 0 && address[at] == ':' && address[at - 1] == ':';
  }
  // Names of programs have such colons, too: face::bad. Times and lists have less than an address, or more.
  if ((digits == 0 && colons <= 3) || colons < 2 || colons > kColonsOfIpv6Max || pairs > 1 || (pairs == 0 && colons < kColonsOfIpv6Min)) return std::nullopt;
  std::uint8_t bytes[16];
  bool v6 = false;
  return parse_address(address, bytes, v6) && v6 ? std::optional(Finding{from, to, Kind::kIp}) : std::nullopt;
}

/// A number with a point and at least `decimals` behind it, with its sign; behind it, or 0.
std::size_t end_of_degrees(std::string_view text, std::size_t at, std::size_t decimals, int most) {
  std::size_t end = at;
  if (char_at(text, end) == '-' || char_at(text, end) == '+') ++end;
  const std::size_t whole = end;
  int value = 0;
  while (end - whole < 4 && is_digit(char_at(text, end))) value = value * 10 + (text[end++] - '0');
  if (end == whole || end - whole > 3 || value > most || char_at(text, end) != '.') return 0;
  const std::size_t point = end++;
  while (is_digit(char_at(text, end))) ++end;
  if (end - point - 1 < decimals || end - point > 16 || is_word(char_at(text, end)) || (char_at(text, end) == '.' && is_digit(char_at(text, end + 1)))) return 0;
  return end;
}

constexpr std::string_view kPlaceNames[] = {"latitude", "longitude", "lat", "lon", "lng", "long"};
constexpr std::string_view kPlaceWords[] = {"geo", "gps", "coord", "location", "position", "latlng", "latlon"};

/// Whether what stands right before, but for quotes, colons and the like, is a name of one of the two.
bool has_place_name(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end > 0 && at - end < 6 && (std::string_view(" \"'=:\\>").find(text[end - 1]) != std::string_view::npos)) --end;
  if (end == at) return false;
  return std::ranges::any_of(kPlaceNames, [&](std::string_view name) {
    if (!ends_with_word(text.substr(0, end), name)) return false;
    const char first = text[end - name.size()];
    return !is_letter(char_before(text, end - name.size())) || first != lower(first);  // "geoLat", not "flat"
  });
}

/// In JSON "\nada@example.org" begins with an a: how much of an escape stands at `at`, behind its backslash.
std::size_t escape_before(std::string_view text, std::size_t at) {
  std::size_t slashes = 0;
  while (slashes < at && slashes < kSlashesMax && text[at - 1 - slashes] == '\\') ++slashes;
  if (slashes % 2 == 0) return 0;
  if (char_at(text, at) == 'u') return at + 5 <= text.size() && std::ranges::all_of(text.substr(at + 1, 4), is_hex) ? 5 : 0;
  return std::string_view("nrtbf").find(char_at(text, at)) != std::string_view::npos ? 1 : 0;
}

}  // namespace

std::optional<Finding> email_around(std::string_view text, std::size_t at) {
  std::size_t from = at;
  while (from > 0 && at - from <= kMailNameBytesMax && is_of_mail_name(text[from - 1])) --from;
  if (at - from > kMailNameBytesMax) return std::nullopt;
  from = std::min(from + escape_before(text, from), at);
  while (from < at && (text[from] == '.' || text[from] == '\'' || text[from] == '-' || text[from] == '%')) ++from;
  if (from == at || text[at - 1] == '.') return std::nullopt;
  const std::size_t to = end_of_domain(text, at + 1);
  if (to == at + 1 || char_at(text, to) == '@') return std::nullopt;
  return Finding{from, to, Kind::kEmail};
}

std::optional<Finding> ipv4_at(std::string_view text, std::size_t at) {
  std::size_t end = at;
  for (int i = 0; i < 4; ++i) {
    if (i > 0 && char_at(text, end++) != '.') return std::nullopt;
    end = end_of_octet(text, end);
    if (end == 0) return std::nullopt;
  }
  const char before = char_before(text, at);
  if (is_word(before) || before == '.' || is_word(char_at(text, end)) || (char_at(text, end) == '.' && is_alnum(char_at(text, end + 1)))) return std::nullopt;
  if (char_at(text, end) == '-' && is_digit(char_at(text, end + 1))) {
    if (!ipv4_at(text.substr(end + 1), 0)) return std::nullopt;  // 1.2.3.4-5 is a version, 10.0.0.1-10.0.0.9 a range
  }
  if (is_behind_version(text, at)) return std::nullopt;
  return Finding{at, end, Kind::kIp};
}

std::optional<Finding> colons_around(std::string_view text, std::size_t at) {
  const auto is_part = [](char c) { return is_hex(c) || c == ':' || c == '.'; };
  std::size_t from = at, to = at;
  while (from > 0 && at - from <= kIpv6BytesMax && is_part(text[from - 1])) --from;
  while (to < text.size() && to - at <= kIpv6BytesMax && is_part(text[to])) ++to;
  while (to > from && (text[to - 1] == '.' || (text[to - 1] == ':' && char_before(text, to - 1) != ':'))) --to;
  while (from < to && (text[from] == '.' || (text[from] == ':' && char_at(text, from + 1) != ':'))) ++from;
  if (from >= to || is_word(char_before(text, from)) || is_word(char_at(text, to))) return std::nullopt;
  if (const auto mac = mac_of_colons(text, from, to)) return mac;
  return ipv6_of(text, from, to);
}

std::optional<Finding> mac_at(std::string_view text, std::size_t at) {
  if (is_word(char_before(text, at)) || char_before(text, at) == '-' || char_before(text, at) == '.') return std::nullopt;
  std::size_t end = at;
  if (char_at(text, at + 2) == '-') {
    if (pairs_at(text, at, '-') != kPairsOfMac) return std::nullopt;
    end = at + kPairsOfMac * 3 - 1;
  } else {
    for (int group = 0; group < 3; ++group) {
      if (group > 0 && char_at(text, end++) != '.') return std::nullopt;
      for (int i = 0; i < 4; ++i) {
        if (!is_hex(char_at(text, end++))) return std::nullopt;
      }
    }
  }
  const char after = char_at(text, end);
  if (is_word(after) || after == '-' || (after == '.' && is_alnum(char_at(text, end + 1)))) return std::nullopt;
  const std::string_view address = text.substr(at, end - at);
  // Three numbers with dots are none: 2026.1129.0815.
  if (address.find('-') == std::string_view::npos && std::ranges::none_of(address, is_letter)) return std::nullopt;
  return Finding{at, end, Kind::kMac};
}

std::optional<Finding> coordinates_at(std::string_view text, std::size_t at) {
  if (is_word(char_before(text, at)) || char_before(text, at) == '.') return std::nullopt;
  const std::size_t from = char_before(text, at) == '-' ? at - 1 : at;
  std::size_t end = end_of_degrees(text, from, 3, 180);
  if (end == 0) return std::nullopt;
  if (has_place_name(text, from)) return Finding{from, end, Kind::kCoordinates};
  std::size_t other = end;
  while (other - end < 3 && std::string_view(" ,;/").find(char_at(text, other)) != std::string_view::npos && other < text.size()) ++other;
  if (other == end) return std::nullopt;
  const std::size_t second = end_of_degrees(text, other, 3, 180);
  if (second == 0 || end_of_degrees(text, from, 3, 90) == 0 || !is_near_before(text, from, 24, kPlaceWords)) return std::nullopt;
  return Finding{from, second, Kind::kCoordinates};
}

}  // namespace tocsin::protect
