// One TLS connection to a service, from the side that calls: 1.3 or 1.2, with our certificate if there is one. The service is believed by the authority that was given, or, by who
// enrols, by that authority's mark. Connecting blocks, with a limit of time; reading and writing never do. One thread. What goes wrong is kIo, or kDenied where the other side
// is not who it should be.
//
//   auto link = TRY(TlsLink::connect({.server = "logs.example.org:2514", .authority = pem, .certificate = own, .key = key}));
//   const std::size_t written = TRY(link->write(bytes));   // 0: not now
//   link->wait(true, event, 1'000);
#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/descriptor.h"
#include "base/openssl.h"
#include "base/result.h"

namespace tocsin::forward {

/// From the look-up of the name to the last byte of the handshake.
inline constexpr int kLinkConnectMs = 20'000;

struct LinkOptions {
  std::string server = {};     // HOST:PORT, [ADDRESS]:PORT
  std::string authority = {};  // PEM: whom the server's certificate has to come from
  bool named = false;          // and has to be for the server's name, too: where the authority signs for others as well
  std::string mark = {};       // in place of an authority: the first bytes of the SHA-256 of one that the server shows
  std::string certificate = {}, key = {};  // our own, PEM; none: the server does not get to know us
};

/// Host and port; kInvalid if the text is none.
struct ServerAddress {
  std::string host, port;
};
Result<ServerAddress> read_server_address(std::string_view text);

class TlsLink {
 public:
  static Result<std::unique_ptr<TlsLink>> connect(const LinkOptions& options);
  ~TlsLink();

  /// How many bytes went; 0: none can now.
  Result<std::size_t> write(std::string_view bytes);
  /// How many bytes came; 0: none are there. The end of the connection is an error.
  Result<std::size_t> read(char* into, std::size_t size);
  /// Until there is something to read, or, if `wants_to_write`, room; or `event` (a descriptor, or -1) can be read; or the time is over.
  void wait(bool wants_to_write, int event, int most_ms) const;
  /// The authority that the mark stood for (PEM).
  const std::string& authority() const { return authority_; }

 private:
  TlsLink(Descriptor socket, SSL_CTX* context, SSL* ssl) : socket_(std::move(socket)), context_(context), ssl_(ssl) {}
  Status greet(const LinkOptions& options, const std::string& host);
  Status find_authority(std::string_view mark);

  Descriptor socket_;
  std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>> context_;
  std::unique_ptr<SSL, Freed<SSL_free>> ssl_;
  std::string authority_;
};

}  // namespace tocsin::forward
