// The API of `tocsin serve`: its port, its threads, what the routes share. It stands before a service that runs, which it asks over the socket in the data folder, and is stopped before it.
// start() fails with the address that cannot be listened on, or where the state cannot be opened; afterwards nothing fails but single requests.
//
//   auto server = TRY(api::Server::start(env, std::move(options)));
//   … server->address(), server->admin_link() …
//   server->stop();
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/mcp.h"
#include "api/provider_login.h"
#include "api/search_starter.h"
#include "base/env.h"
#include "base/seal.h"
#include "collect/net_acceptor.h"
#include "store/data_folder.h"

namespace tocsin::api {

/// The body of a request; the largest is an SQL statement in JSON.
inline constexpr std::size_t kApiBodyBytesMax = 256 << 10;
/// One that is taken in parts; what is larger than its route allows is told so there, in words.
inline constexpr std::size_t kApiTakenBytesMax = 1u << 30;
/// Connections, in all and of one address: browsers open 6 each, and streams stay.
inline constexpr std::size_t kApiConnectionsMax = 256, kApiPeerConnectionsMax = 128;

struct ServerOptions {
  std::string address = "127.0.0.1:8443";
  int socket = -1;                        // as NetAcceptor::Settings has it
  DataFolder data;
  std::optional<SealKey> second_factors;  // seals them; has to be there
  std::optional<SealKey> attachments;     // of attachments_key(); has to be there
  MakeSearches make_searches;
  bool first = true;                      // whether the first admin is given a link
  std::vector<std::string> hosts;         // further names that it is reached under
  std::string url;                        // "https://logs.example.org", as browsers reach it; "": by its address
  McpSettings mcp;
  std::optional<ProviderLoginSettings> provider_login;
  oidc::Fetch* fetch = nullptr;           // how the provider is asked, in place of HTTPS; for tests
  NetAcceptor::MakeStream make_stream;    // TLS; without it plain HTTP, for tests and behind a proxy on this machine
};

class Server {
 public:
  static Result<std::unique_ptr<Server>> start(Env& env, ServerOptions options);
  ~Server();
  std::string address() const;
  /// Where the first admin sets a name and a password, once; "" if there are users.
  const std::string& admin_link() const;
  void stop();

 private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);
  static Status open_provider_login(Parts& parts, Env& env, const ServerOptions& options);
  std::unique_ptr<Parts> parts_;
};

/// "https://HOST:PORT", as a browser on this machine reaches what listens there.
std::string origin_of(std::string_view scheme, const std::string& address);

}  // namespace tocsin::api
