// One thing that is known of badness, or of what is good: an address or a network, a name of the DNS, a URL, a hash of a file, an e-mail address; who says so, how sure they are, and from when until
// when it holds. Its value is a *key*: the one form in which two spellings of the same are equal, so that tables compare bytes. Pure functions; what is none gives nothing.
//
//   const std::optional<std::string> key = key_of(IndicatorKind::kDomain, "B\u00FCcher.Example.");    // "xn--bcher-kva.example"
//   const std::optional<TypedKey> any = guess_key("hxxps://bad[.]example/x");                          // kUrl, "bad.example/x"
//
// | kind | key |
// |---|---|
// | kNetwork | the bits of the prefix (0 to 128, of IPv6), and 4 bytes of an IPv4 address or 16 |
// | kDomain | the name, as comparable_host() has it; it and all below it are meant |
// | kName | the same, and nothing below it |
// | kUrl | comparable_url() |
// | kHash | the bytes: 16 of MD5, 20 of SHA-1, 28, 32, 48 or 64 of SHA-2 |
// | kMailbox | in folded case, the host as of a name |
// | kKept | any text in folded case, as it stands in what is kept where a policy put it in place of a value; for searches |
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ip_network.h"
#include "base/time.h"

namespace tocsin::intel {

enum class IndicatorKind : std::uint8_t { kNetwork, kDomain, kName, kUrl, kHash, kMailbox, kKept };
inline constexpr std::size_t kIndicatorKinds = 7;

/// The longest URL that browsers and servers agree upon is about as long; a longer value is none of the kinds there are.
inline constexpr std::size_t kIndicatorValueBytesMax = 2'048;
/// Of a reference: an id of STIX has 46, a URL of a report seldom 200.
inline constexpr std::size_t kReferenceBytesMax = 256;
/// All tags of one, with commas between.
inline constexpr std::size_t kTagsBytesMax = 256;
/// 0 to 100, or this.
inline constexpr std::uint8_t kNoConfidence = 255;

struct Indicator {
  IndicatorKind kind = IndicatorKind::kNetwork;
  std::string key;
  std::string source;     // who says so, where that is another than the file it is in
  std::string reference;  // what its maker calls it: an id, the address of a report
  std::string tags;
  std::uint8_t confidence = kNoConfidence;
  TimeUs from = kNoTime, until = kNoTime;  // it holds from the one until before the other
  std::uint32_t place = 0;                 // in its file: a line, or the number of the object
};

struct TypedKey {
  IndicatorKind kind;
  std::string key;
};

/// With the bits of the prefix.
inline constexpr std::size_t kV4KeyBytes = 5, kV6KeyBytes = 17;
std::string network_key(const IpNetwork& network);
/// Of a key that network_key() made.
IpNetwork network_of(std::string_view key);
std::optional<std::string> key_of(IndicatorKind kind, std::string_view value);
/// By its looks.
std::optional<TypedKey> guess_key(std::string_view value);
/// As a person writes it.
std::string shown(IndicatorKind kind, std::string_view key);
/// "ip", "domain", "url", "hash", "mailbox".
std::string_view kind_word(IndicatorKind kind);
/// The kind of a type as CSV and MISP spell it ("ip-dst", "sha256", "hostname"); nothing: no such type. Addresses alone are networks too.
std::optional<IndicatorKind> kind_named(std::string_view type);

/// How many hexadecimal digits a hash has that can be one; 0 bytes: it is none.
std::size_t hash_size(std::string_view text);
/// A value as reports write it so that nobody clicks on it (hxxp, [.], (dot), [@]), as it is.
std::string refanged(std::string_view value);

}  // namespace tocsin::intel
