// The beginning of TLS connections of a capture as lines in the shape of Zeek's ssl.log: which name the client asked for, what both agreed on, and their fingerprints (JA3, JA3S: MD5 over the numbers of
// version, ciphers, extensions, groups and formats, without those of RFC 8701, as the method's authors wrote it down). One object belongs to one thread and serves all flows. Nothing fails: what is no
// hello ends the reading.
//
//   record = 22: handshake  version: 16 bits  size: 16 bits  part of messages
//   hello  = 1, of a server 2  size: 24 bits  version: 16 bits  random: 32 bytes  session …   RFC 8446, 4.1
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "collect/tcp_text.h"
#include "collect/zeek_line.h"

namespace tocsin {

/// A hello with its records' heads; large ones, with keys against quantum computers, have 2 KB.
inline constexpr std::size_t kTlsLogHelloBytesMax = 16 << 10;

bool may_be_tls(std::string_view text);

struct TlsTalk {
  std::int64_t time_ns = 0;
  bool client_seen = false, written = false;
  std::string server_name, ja3, next_protocol;
  std::uint16_t version = 0;
};

class TlsLog {
 public:
  explicit TlsLog(std::string& out) : out_(out) {}
  void read(Flow& flow, int side, TcpText& text, std::int64_t time_ns, TlsTalk& talk);
  void ended(const Flow& flow, TlsTalk& talk);

 private:
  struct Server;
  void write(const Flow& flow, TlsTalk& talk, const Server* server);
  std::string& out_;
};

}  // namespace tocsin
