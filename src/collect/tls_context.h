// What a server of TLS shows, whom it believes, and what it refuses to speak, made from texts into the context that OpenSSL asks for each connection. Versions
// 1.3 and 1.2, forward secrecy and authenticated encryption only; no compression, no renegotiation, no early data. A context may be used by
// every thread. open_tls_context() fails with what is wrong with certificate or key, in words that fit behind the name of their file.
//
//   const TlsContext context = TRY(open_tls_context({.certificates = certificate_pem, .key = key_pem}));
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/result.h"
#include "collect/net_stream.h"

struct ssl_ctx_st;

namespace tocsin {

/// From the accepted connection to the last byte of the handshake: some round trips across the world.
inline constexpr int kTlsHandshakeMs = 10'000;
/// The certificates of a client; ours have one of 600 bytes.
inline constexpr std::size_t kTlsClientChainBytesMax = 16 << 10;

struct TlsSettings {
  std::string certificates = {};          // the server's own, then those between it and its authority
  std::string key = {};                   // its private key, without a passphrase
  std::string client_authority = {};      // who signs clients' certificates; "": clients are not asked for one
  bool client_required = false;           // a client without a certificate is refused
  bool http = true;                       // offers http/1.1 by name, and tickets with which clients come back quickly
  int handshake_ms = kTlsHandshakeMs;
  OnRefused on_refused = {};              // of handshakes that began, and did not end well
};

/// Shared by a listener and the connections that it made.
using TlsContext = std::shared_ptr<ssl_ctx_st>;

Result<TlsContext> open_tls_context(const TlsSettings& settings);

}  // namespace tocsin
