#include "detect/intel/indicator.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "base/url_host.h"

namespace tocsin::intel {

namespace {

constexpr unsigned kV4Bits = 96;  // of an IPv4 address, before its own
constexpr std::size_t kNameBytesMax = 253, kLabelBytesMax = 63;

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char low = static_cast<char>(c | 0x20);
  return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

/// Names of the DNS that have a domain above them, and no address.
bool is_domain(std::string_view name) {
  if (name.size() > kNameBytesMax || name.find('.') == std::string_view::npos) return false;
  std::size_t label = 0;
  bool letters = false;
  for (const char c : name) {
    const bool good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    if ((c != '.' && !good) || (c == '.' && label == 0)) return false;
    label = c == '.' ? 0 : label + 1;
    if (label > kLabelBytesMax) return false;
    letters = letters || (c >= 'a' && c <= 'z');
  }
  return label > 0 && letters;
}

std::optional<std::string> name_key(std::string_view name) {
  if (name.starts_with("*.")) name.remove_prefix(2);
  if (name.starts_with('.')) name.remove_prefix(1);
  std::string host = comparable_host(name);
  if (!is_domain(host)) return std::nullopt;
  return host;
}

std::optional<std::string> hash_key(std::string_view text) {
  const std::size_t size = hash_size(text);
  if (size == 0) return std::nullopt;
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(digit_of(text[2 * i]) << 4 | digit_of(text[2 * i + 1]));
  return bytes;
}

std::optional<std::string> mailbox_key(std::string_view text) {
  if (text.starts_with('<') && text.ends_with('>')) text = text.substr(1, text.size() - 2);
  if (text.starts_with("mailto:")) text.remove_prefix(7);
  const std::size_t at = text.rfind('@');
  if (at == 0 || at == std::string_view::npos || text.find_first_of(" \t\r\n<>\"") != std::string_view::npos) return std::nullopt;
  const std::string host = comparable_host(text.substr(at + 1));
  if (host.empty()) return std::nullopt;
  return folded(text.substr(0, at)) + '@' + host;
}

void append_hex_digits(std::string& out, std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (const unsigned char byte : bytes) out += {kDigits[byte >> 4], kDigits[byte & 15]};
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
}

struct TypeName {
  std::string_view name;
  IndicatorKind kind;
};
/// MISP's types of attributes, STIX's objects, and what tables of indicators call them.
constexpr std::array<TypeName, 43> kTypes = {{
    {"ip", IndicatorKind::kNetwork},         {"ipv4", IndicatorKind::kNetwork},          {"ipv6", IndicatorKind::kNetwork},
    {"ip-src", IndicatorKind::kNetwork},     {"ip-dst", IndicatorKind::kNetwork},        {"ipv4-addr", IndicatorKind::kNetwork},
    {"ipv6-addr", IndicatorKind::kNetwork},  {"cidr", IndicatorKind::kNetwork},          {"network", IndicatorKind::kNetwork},
    {"address", IndicatorKind::kNetwork},    {"domain", IndicatorKind::kDomain},         {"domain-name", IndicatorKind::kDomain},
    {"hostname", IndicatorKind::kName},      {"fqdn", IndicatorKind::kName},             {"url", IndicatorKind::kUrl},
    {"uri", IndicatorKind::kUrl},            {"link", IndicatorKind::kUrl},              {"hash", IndicatorKind::kHash},
    {"md5", IndicatorKind::kHash},           {"sha1", IndicatorKind::kHash},             {"sha-1", IndicatorKind::kHash},
    {"sha224", IndicatorKind::kHash},        {"sha256", IndicatorKind::kHash},           {"sha-256", IndicatorKind::kHash},
    {"sha384", IndicatorKind::kHash},        {"sha512", IndicatorKind::kHash},           {"sha-512", IndicatorKind::kHash},
    {"imphash", IndicatorKind::kHash},       {"filehash", IndicatorKind::kHash},         {"filehash-md5", IndicatorKind::kHash},
    {"filehash-sha1", IndicatorKind::kHash}, {"filehash-sha256", IndicatorKind::kHash},  {"file", IndicatorKind::kHash},
    {"email", IndicatorKind::kMailbox},      {"e-mail", IndicatorKind::kMailbox},        {"mailbox", IndicatorKind::kMailbox},
    {"email-src", IndicatorKind::kMailbox},  {"email-dst", IndicatorKind::kMailbox},     {"email-addr", IndicatorKind::kMailbox},
    {"email-reply-to", IndicatorKind::kMailbox}, {"target-email", IndicatorKind::kMailbox}, {"malware-sample", IndicatorKind::kHash},
    {"sha-384", IndicatorKind::kHash},
}};

}  // namespace

std::size_t hash_size(std::string_view text) {
  const std::size_t size = text.size() / 2;
  if (text.size() % 2 != 0 || (size != 16 && size != 20 && size != 28 && size != 32 && size != 48 && size != 64)) return 0;
  return std::ranges::all_of(text, [](char c) { return digit_of(c) >= 0; }) ? size : 0;
}

std::string network_key(const IpNetwork& network) {
  std::string key(1, static_cast<char>(network.bits));
  const bool v4 = network.bits >= kV4Bits && network.base.is_v4();
  if (!v4) {
    for (int shift = 56; shift >= 0; shift -= 8) key += static_cast<char>(network.base.high >> shift);
  }
  for (int shift = v4 ? 24 : 56; shift >= 0; shift -= 8) key += static_cast<char>(network.base.low >> shift);
  return key;
}

IpNetwork network_of(std::string_view key) {
  const bool v4 = key.size() == kV4KeyBytes;
  IpNetwork network{{0, v4 ? 0xFFFFu : 0u}, static_cast<unsigned char>(key[0])};
  for (std::size_t i = 1; i < key.size(); ++i) {
    std::uint64_t& half = !v4 && i <= 8 ? network.base.high : network.base.low;
    half = half << 8 | static_cast<unsigned char>(key[i]);
  }
  return network;
}

std::optional<std::string> key_of(IndicatorKind kind, std::string_view value) {
  if (value.empty() || value.size() > kIndicatorValueBytesMax) return std::nullopt;
  switch (kind) {
    case IndicatorKind::kNetwork: {
      const std::optional<IpNetwork> network = read_network(value);
      return network ? std::optional(network_key(*network)) : std::nullopt;
    }
    case IndicatorKind::kDomain:
    case IndicatorKind::kName: return name_key(value);
    case IndicatorKind::kUrl: {
      std::string key = comparable_url(value);
      return key.empty() ? std::nullopt : std::optional(std::move(key));
    }
    case IndicatorKind::kHash: return hash_key(value);
    case IndicatorKind::kMailbox: return mailbox_key(value);
    case IndicatorKind::kKept: return folded(value);
  }
  return std::nullopt;
}

std::optional<TypedKey> guess_key(std::string_view value) {
  const auto as = [&](IndicatorKind kind) -> std::optional<TypedKey> {
    std::optional<std::string> key = key_of(kind, value);
    return key ? std::optional(TypedKey{kind, std::move(*key)}) : std::nullopt;
  };
  if (value.find("://") != std::string_view::npos) return as(IndicatorKind::kUrl);
  if (value.find('@') != std::string_view::npos) return as(IndicatorKind::kMailbox);
  if (hash_size(value) != 0) return as(IndicatorKind::kHash);
  if (std::optional<TypedKey> network = as(IndicatorKind::kNetwork)) return network;
  if (value.find('/') != std::string_view::npos) {
    const std::string host = url_host(value);
    return is_domain(host) || read_ip(host) ? as(IndicatorKind::kUrl) : std::nullopt;
  }
  return as(IndicatorKind::kDomain);
}

std::string shown(IndicatorKind kind, std::string_view key) {
  if (kind == IndicatorKind::kHash) {
    std::string digits;
    append_hex_digits(digits, key);
    return digits;
  }
  if (kind != IndicatorKind::kNetwork) return std::string(key);
  return key.size() == kV4KeyBytes || key.size() == kV6KeyBytes ? network_text(network_of(key)) : std::string();
}

std::string_view kind_word(IndicatorKind kind) {
  constexpr std::string_view kWords[kIndicatorKinds] = {"ip", "domain", "domain", "url", "hash", "mailbox", "kept"};
  return kWords[static_cast<std::size_t>(kind)];
}

std::optional<IndicatorKind> kind_named(std::string_view type) {
  const std::string name = folded(type);
  const auto found = std::ranges::find(kTypes, name, &TypeName::name);
  return found == kTypes.end() ? std::nullopt : std::optional(found->kind);
}

std::string refanged(std::string_view value) {
  std::string text(value);
  if (text.size() > 4 && folded(text.substr(0, 4)) == "hxxp") text.replace(0, 4, "http");
  if (text.find_first_of("[({") == std::string::npos) return text;
  for (const std::string_view dot : {"[.]", "(.)", "{.}", "[dot]", "(dot)", "[DOT]", "[.", ".]"}) replace_all(text, dot, ".");
  for (const std::string_view at : {"[@]", "(@)", "[at]", "(at)"}) replace_all(text, at, "@");
  replace_all(text, "[://]", "://");
  replace_all(text, "[:]", ":");
  return text;
}

}  // namespace tocsin::intel
