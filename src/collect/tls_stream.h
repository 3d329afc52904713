// TLS under a listener: connections that speak TLS 1.3 or 1.2, as NetStreams, so that no protocol above knows the difference. What a server shows and whom
// it believes is given as PEM texts in memory: nothing is read from disk here, and nobody is asked for a passphrase. A handshake has a
// time and a number of bytes in which it must be done, whatever the caller's own limits; a client that speaks no TLS is
// closed, with a word of explanation if it speaks HTTP. It fails with what is wrong with the certificate or the key; afterwards every mistake
// is one of a connection, and comes to its handlers.
//
//   settings.make_stream = TRY(make_tls_streams({.certificates = certificate_pem, .key = key_pem}));
//   auto acceptor = TRY(NetAcceptor::open(io, settings, …));
//   … stream->peer_certificate() …   // after the handshake
//
// OpenSSL works on the socket itself: Asio's own TLS stream keeps four buffers of 17 KB for each connection, idle or not, and hands on no more than
// one record of 16 KB for each read, while a syslog listener commits what it got after each.
#pragma once

#include "base/result.h"
#include "collect/net_acceptor.h"
#include "collect/tls_context.h"

namespace tocsin {

/// What a client may send until the handshake is done. A hello with every extension has 2 KB, a chain of certificates 10 KB.
inline constexpr std::size_t kTlsHandshakeBytesMax = 64 << 10;

/// A client's certificate is checked in the handshake: by whom it is signed, what it is for, and its time. One that does not hold ends the handshake,
/// also where none is required.
Result<NetAcceptor::MakeStream> make_tls_streams(const TlsSettings& settings);

}  // namespace tocsin
