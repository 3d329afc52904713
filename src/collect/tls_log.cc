#include "collect/tls_log.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "collect/big_endian.h"

namespace tocsin {

namespace {

using Named = std::pair<std::uint16_t, std::string_view>;
constexpr Named kVersions[] = {{0x0300, "SSLv3"}, {0x0301, "TLSv10"}, {0x0302, "TLSv11"}, {0x0303, "TLSv12"}, {0x0304, "TLSv13"}};
/// What servers choose today; others go by their number.
constexpr Named kCiphers[] = {{0x000A, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"},
                              {0x002F, "TLS_RSA_WITH_AES_128_CBC_SHA"},
                              {0x0035, "TLS_RSA_WITH_AES_256_CBC_SHA"},
                              {0x009C, "TLS_RSA_WITH_AES_128_GCM_SHA256"},
                              {0x009D, "TLS_RSA_WITH_AES_256_GCM_SHA384"},
                              {0x009E, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"},
                              {0x009F, "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"},
                              {0x1301, "TLS_AES_128_GCM_SHA256"},
                              {0x1302, "TLS_AES_256_GCM_SHA384"},
                              {0x1303, "TLS_CHACHA20_POLY1305_SHA256"},
                              {0xC013, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"},
                              {0xC014, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"},
                              {0xC02B, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"},
                              {0xC02C, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"},
                              {0xC02F, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"},
                              {0xC030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"},
                              {0xCCA8, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"},
                              {0xCCA9, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"}};

template <std::size_t N>
std::string name_in(const Named (&table)[N], std::uint16_t number) {
  const auto* const found = std::ranges::find(table, number, &Named::first);
  return found == std::end(table) ? fmt::format("unknown-{}", number) : std::string(found->second);
}

/// Takes from the front; what is not there is empty, and so is all that follows.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
  std::uint64_t number(std::size_t size) { return big_number(take(size)); }
  std::string_view take(std::size_t size) {
    if (size > rest_.size()) return good_ = false, rest_ = {}, std::string_view();
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  /// What has its size before it, in so many bytes.
  std::string_view sized(std::size_t size) { return take(number(size)); }
  bool at_end() const { return rest_.empty(); }
  bool good() const { return good_; }

 private:
  std::string_view rest_;
  bool good_ = true;
};

/// Values of RFC 8701, which say nothing: 0A0A, 1A1A, …
bool is_grease(std::uint64_t number) { return (number & 0x0F0F) == 0x0A0A && (number >> 8) == (number & 0xFF); }

void append_list(std::string& out, std::string_view numbers, std::size_t size) {
  bool first = true;
  for (Reader list(numbers); !list.at_end();) {
    const std::uint64_t number = list.number(size);
    if (!list.good()) return;
    if (size == 2 && is_grease(number)) continue;
    if (!std::exchange(first, false)) out += '-';
    out += std::to_string(number);
  }
}

std::string md5_text(std::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  std::string hex;
  if (EVP_Digest(text.data(), text.size(), digest, &size, EVP_md5(), nullptr) != 1) return hex;  // a system that has none
  for (unsigned i = 0; i < size; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

/// The first handshake message of records: its type and body. Empty: not whole yet; `bad`: it is none.
std::string first_message(std::string_view text, unsigned& type, bool& bad) {
  std::string parts;
  while (text.size() >= 5) {
    const auto version = big_at<std::uint16_t>(text, 1);
    const std::size_t size = big_at<std::uint16_t>(text, 3);
    if (text[0] != 22 || version >> 8 != 3 || size == 0) return bad = true, std::string();
    parts += text.substr(5, size);
    if (parts.size() >= 4) {
      type = static_cast<unsigned char>(parts[0]);
      const std::size_t whole = big_number(std::string_view(parts).substr(1, 3));
      if (whole > kTlsLogHelloBytesMax || (type != 1 && type != 2)) return bad = true, std::string();
      if (parts.size() >= 4 + whole) return parts.substr(4, whole);
    }
    if (text.size() < 5 + size) break;
    text.remove_prefix(5 + size);
  }
  return {};
}

void read_client(std::string_view body, TlsTalk& talk) {
  Reader hello(body);
  talk.version = static_cast<std::uint16_t>(hello.number(2));
  hello.take(32);
  hello.sized(1);
  const std::string_view ciphers = hello.sized(2);
  hello.sized(1);
  std::string numbers, extensions, groups, formats;
  append_list(numbers, ciphers, 2);
  for (Reader list(hello.sized(2)); !list.at_end();) {
    const std::uint64_t kind = list.number(2);
    Reader value(list.sized(2));
    if (!list.good()) break;
    if (!is_grease(kind)) extensions += (extensions.empty() ? "" : "-") + std::to_string(kind);
    if (kind == 0) {
      Reader names(value.sized(2));
      if (names.number(1) == 0) talk.server_name = names.sized(2);
    } else if (kind == 10) {
      append_list(groups, value.sized(2), 2);
    } else if (kind == 11) {
      append_list(formats, value.sized(1), 1);
    }
  }
  talk.ja3 = md5_text(fmt::format("{},{},{},{},{}", talk.version, numbers, extensions, groups, formats));
  talk.client_seen = true;
}

}  // namespace

struct TlsLog::Server {
  std::uint16_t version = 0, cipher = 0;
  std::string ja3s;

  bool read(std::string_view body, TlsTalk& talk) {
    Reader hello(body);
    const auto said = version = static_cast<std::uint16_t>(hello.number(2));
    hello.take(32);
    hello.sized(1);
    cipher = static_cast<std::uint16_t>(hello.number(2));
    hello.number(1);
    if (!hello.good()) return false;
    std::string extensions;
    for (Reader list(hello.sized(2)); !list.at_end();) {
      const std::uint64_t kind = list.number(2);
      Reader value(list.sized(2));
      if (!list.good()) break;
      if (!is_grease(kind)) extensions += (extensions.empty() ? "" : "-") + std::to_string(kind);
      if (kind == 43) version = static_cast<std::uint16_t>(value.number(2));
      if (kind == 16) talk.next_protocol = Reader(value.sized(2)).sized(1);
    }
    ja3s = md5_text(fmt::format("{},{},{}", said, cipher, extensions));
    return true;
  }
};

bool may_be_tls(std::string_view text) { return text.size() < 2 ? text.empty() || text[0] == 22 : text[0] == 22 && text[1] == 3; }

void TlsLog::read(Flow& flow, int side, TcpText& text, std::int64_t time_ns, TlsTalk& talk) {
  unsigned type = 0;
  bool bad = false;
  const std::string body = first_message(text.bytes(), type, bad);
  if (body.empty() && !bad && text.bytes().size() < kTlsLogHelloBytesMax) return;
  if (!body.empty() && side == 0 && type == 1) {
    read_client(body, talk);
    talk.time_ns = time_ns;
    flow.service = "ssl";
  }
  if (side == 1 && talk.client_seen && !talk.written) {
    Server server;
    const bool whole = !body.empty() && type == 2 && server.read(body, talk);
    write(flow, talk, whole ? &server : nullptr);
  }
  text.stop();
}

void TlsLog::ended(const Flow& flow, TlsTalk& talk) {
  if (talk.client_seen && !talk.written) write(flow, talk, nullptr);
}

void TlsLog::write(const Flow& flow, TlsTalk& talk, const Server* server) {
  talk.written = true;
  append_zeek_head(out_, "ssl", talk.time_ns, flow);
  if (server != nullptr) {
    append_member_text(out_, "version", name_in(kVersions, server->version));
    append_member_text(out_, "cipher", name_in(kCiphers, server->cipher));
  }
  if (!talk.server_name.empty()) append_member_text(out_, "server_name", talk.server_name);
  if (!talk.next_protocol.empty()) append_member_text(out_, "next_protocol", talk.next_protocol);
  append_member_flag(out_, "established", server != nullptr);
  if (!talk.ja3.empty()) append_member_text(out_, "ja3", talk.ja3);
  if (server != nullptr && !server->ja3s.empty()) append_member_text(out_, "ja3s", server->ja3s);
  out_ += "}\n";
}

}  // namespace tocsin
