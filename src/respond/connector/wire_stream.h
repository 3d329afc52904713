// A connection to another system, for the connectors that talk over one: a name is looked up once and only addresses of it that are allowed are connected to, bytes go in clear or under TLS (also TLS that begins later, as STARTTLS has
// it), and everything together ends by one deadline, whatever the other side, or a server of names, does. The certificate has to be good for the host. Blocks its thread; one thread at a time. kIo where the other side
// cannot be reached, is too slow or ends; kDenied where it may not be talked to; kInvalid for a certificate that is not believed.
//
//   const auto trust = TRY(TlsTrust::open(pem));
//   WireStream wire(deadline);
//   TRY(wire.connect("mail.example.org", 587, allowed));
//   TRY(wire.begin_tls(*trust));
//   TRY(wire.write("EHLO tocsin\r\n"));
#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/descriptor.h"
#include "base/ip_network.h"
#include "base/openssl.h"
#include "base/result.h"

namespace tocsin::respond {

/// Look-ups of names that hang, each with its thread, until the next one is not even begun.
inline constexpr int kLookupsMax = 32;
/// Of one name, so many addresses are tried.
inline constexpr std::size_t kAddressesTriedMax = 16;

/// Whose certificates are believed. Safe from any thread.
class TlsTrust {
 public:
  /// `authorities` as PEM; "": the system's. kInvalid if there is no certificate in it.
  static Result<std::unique_ptr<TlsTrust>> open(const std::string& authorities);
  SSL_CTX* context() const { return context_.get(); }

 private:
  using Context = std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>>;
  explicit TlsTrust(Context context) : context_(std::move(context)) {}
  const Context context_;
};

/// Which addresses may be connected to.
struct AllowedAddresses {
  bool global = true;                    // those of the Internet (scope_of)
  std::vector<IpNetwork> networks = {};  // and those: of one's own
  bool holds(const IpAddress& address) const;
};
/// A setting: networks with line feeds between, as ConnectorSettings has lists. kInvalid with the one that is none.
Result<std::vector<IpNetwork>> read_networks(std::string_view text);

class WireStream {
 public:
  using Time = std::chrono::steady_clock::time_point;
  explicit WireStream(Time deadline) : deadline_(deadline) {}

  /// Looks the name up (an address is taken as it is) and connects to the first of its addresses that is allowed and answers. kDenied if none is allowed.
  Status connect(const std::string& host, std::uint16_t port, const AllowedAddresses& allowed);
  /// From now on TLS 1.2 or newer, with the certificate of the host that connect() was given.
  Status begin_tls(const TlsTrust& trust);
  bool is_tls() const { return tls_ != nullptr; }
  /// All of it.
  Status write(std::string_view bytes);
  /// At least one byte; 0: the other side has ended.
  Result<std::size_t> read(std::span<char> into);

 private:
  Status connect_to(const IpAddress& address, std::uint16_t port);
  Status wait(short events);
  /// What to do after OpenSSL gave `result`: wait and try again (good), or fail.
  Status again(int result, std::string_view what);

  const Time deadline_;
  std::string host_;
  Descriptor socket_;
  std::unique_ptr<SSL, Freed<SSL_free>> tls_;
};

/// The deadline of an Act (Env::monotonic_ns()), as the steady clock has it, a little before it: an answer has to get back in time.
WireStream::Time wire_deadline(std::int64_t now_ns, std::int64_t deadline_ns);

}  // namespace tocsin::respond
