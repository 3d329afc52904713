#include "oidc/url.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <charconv>

#include "base/text.h"

namespace tocsin::oidc {

namespace {

Error wrong(std::string_view text, std::string_view why) { return {Code::kInvalid, fmt::format("'{}' {}", text, why)}; }

bool is_plain(char c) { return c > 0x20 && c < 0x7f && c != '"' && c != '<' && c != '>' && c != '\\' && c != '^' && c != '`' && c != '{' && c != '|' && c != '}'; }

bool is_host_name(std::string_view host) {
  return !host.empty() && host.size() <= 253 &&
         host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-._") == std::string_view::npos;
}

/// HOST, HOST:PORT, [ADDRESS] or [ADDRESS]:PORT.
bool read_authority(std::string_view text, Url& url) {
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return false;
    url.host = folded(text.substr(1, end - 1));
    port = text.substr(end + 1);
    boost::system::error_code error;
    if (boost::asio::ip::make_address_v6(url.host, error); error || url.host.find('%') != std::string::npos) return false;
  } else {
    const std::size_t colon = std::min(text.find(':'), text.size());
    url.host = folded(text.substr(0, colon));
    port = text.substr(colon);
    if (!is_host_name(url.host)) return false;
  }
  if (port.empty()) return true;
  port.remove_prefix(1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), url.port);
  return error == std::errc() && end == port.data() + port.size() && url.port != 0;
}

}  // namespace

bool Url::is_loopback() const {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(host, error);
  return host == "localhost" || (!error && address.is_loopback());
}

std::string Url::bracketed_host() const { return host.find(':') == std::string::npos ? host : "[" + host + "]"; }

std::string Url::origin() const {
  return fmt::format("{}://{}{}", tls ? "https" : "http", bracketed_host(), port == (tls ? 443 : 80) ? "" : fmt::format(":{}", port));
}

Result<Url> read_url(std::string_view text) {
  if (text.size() > kUrlBytesMax) return wrong(text.substr(0, 64), fmt::format("… is longer than {} bytes", kUrlBytesMax));
  if (!std::ranges::all_of(text, is_plain)) return wrong(text, "has a character that no address has");
  Url url;
  std::string_view rest = text;
  if (const std::string scheme = folded(text.substr(0, 8)); scheme.starts_with("https://")) {
    rest.remove_prefix(8);
  } else if (scheme.starts_with("http://")) {
    rest.remove_prefix(7);
    url.tls = false;
    url.port = 80;
  } else {
    return wrong(text, "is no address; it begins with https://");
  }
  if (rest.find('#') != std::string_view::npos) return wrong(text, "has a part behind '#'");
  const std::size_t path = std::min(rest.find_first_of("/?"), rest.size());
  if (!read_authority(rest.substr(0, path), url)) return wrong(text, "has no name of a machine, or not its port, behind https://");
  url.target = rest.substr(path);
  if (!url.target.starts_with('/')) url.target.insert(0, "/");
  return url;
}

Result<Url> read_safe_url(std::string_view text) {
  Url url = TRY(read_url(text));
  if (!url.tls && !url.is_loopback()) return wrong(text, "is not https; plain http is for this machine alone");
  return url;
}

std::string form_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) out += c;
    else out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

void append_form(std::string& form, std::string_view name, std::string_view value) {
  if (!form.empty()) form += '&';
  form += form_text(name) + "=" + form_text(value);
}

}  // namespace tocsin::oidc
