#include "api/server.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <cstring>
#include <thread>
#include <utility>

#include "api/account_rules.h"
#include "api/alert_feed.h"
#include "api/attachment_desk.h"
#include "api/endpoint.h"
#include "api/http_counts.h"
#include "api/incident_view.h"
#include "api/search_run.h"
#include "api/workers.h"
#include "api/throttle.h"
#include "base/text.h"
#include "collect/http_listener.h"

namespace tocsin::api {

/// In the order in which they are made, so that each outlives what uses it.
struct Server::Parts {
  std::unique_ptr<ServiceClient> service;
  std::unique_ptr<State> state;
  std::unique_ptr<Accounts> accounts;
  std::unique_ptr<Seal> totp_seal;
  std::unique_ptr<AlertFeed> feed;
  std::unique_ptr<IncidentView> incidents;
  Workers cases{kCaseThreadsMax, kCaseWaitingMax};
  std::unique_ptr<Attachments> store;
  std::unique_ptr<AttachmentDesk> attachments;
  Workers files{kFilesThreadsMax, kFilesWaitingMax};
  std::unique_ptr<SearchLane> searches;
  std::unique_ptr<LoginThrottle> throttle;
  HttpCounts counts;
  std::unique_ptr<ProviderLogin> provider_login;
  std::unique_ptr<McpServer> mcp;
  std::unique_ptr<Context> context;
  std::unique_ptr<Endpoint> endpoint;
  boost::asio::io_context io;
  std::unique_ptr<HttpListener> listener;
  std::thread runs;
  std::string admin_link;
  bool stopped = false;
};

namespace {

bool is_loopback(const std::string& address) {
  std::string host;
  std::uint16_t port = 0;
  boost::system::error_code error;
  return parse_net_address(address, host, port) && boost::asio::ip::make_address(host, error).is_loopback() && !error;
}

/// On loopback only names of this machine and those that the settings give; elsewhere TLS sees to it that no other site's name leads here.
EndpointSettings endpoint_settings(const ServerOptions& options, const std::string& scheme) {
  EndpointSettings settings{scheme, {}};
  if (!is_loopback(options.address)) return settings;
  settings.hosts = {"localhost", "127.0.0.1", "[::1]"};
  for (const std::string& host : options.hosts) settings.hosts.push_back(folded(host));
  if (const Result<oidc::Url> url = oidc::read_url(options.url)) settings.hosts.push_back(url->bracketed_host());
  return settings;
}

HttpSettings listener_settings(const ServerOptions& options) {
  HttpSettings settings;
  settings.address = options.address;
  settings.socket = options.socket;
  settings.connections_max = kApiConnectionsMax;
  settings.peer_connections_max = kApiPeerConnectionsMax;
  settings.body_bytes_max = kApiBodyBytesMax;
  settings.taken_bytes_max = kApiTakenBytesMax;
  settings.watch = true;  // of searches
  settings.make_stream = options.make_stream;
  return settings;
}

/// Whoever came in through a provider before may not be an admin.
Result<std::string> first_link(Accounts& accounts, TimeUs now, const std::string& origin) {
  const std::vector<UserRecord> users = TRY(accounts.users());
  if (std::ranges::find(users, "admin", &UserRecord::role) != users.end()) return std::string();
  return make_link(accounts, "", "admin", {"the service", "", now}, origin);
}

}  // namespace

std::string origin_of(std::string_view scheme, const std::string& address) {
  std::string host;
  std::uint16_t port = 0;
  parse_net_address(address, host, port);
  if (host == "0.0.0.0") host = "127.0.0.1";
  if (host == "::") host = "::1";
  return fmt::format("{}://{}", scheme, net_address_text(host, port));
}

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Server::~Server() { stop(); }

/// Who came in through a provider comes again after a start, so that other settings hold for everybody.
Status Server::open_provider_login(Parts& parts, Env& env, const ServerOptions& options) {
  TRY(parts.accounts->end_provider_sessions());
  if (!options.provider_login) return {};
  ProviderLoginSettings settings = *options.provider_login;
  settings.provider.redirect_uri = parts.context->origin + std::string(kCallbackPath);
  parts.provider_login = TRY(ProviderLogin::open(std::move(settings), env, options.fetch));
  parts.context->provider_login = parts.provider_login.get();
  return {};
}

Result<std::unique_ptr<Server>> Server::start(Env& env, ServerOptions options) {
  if (!options.make_stream && !is_loopback(options.address)) {
    return Error{Code::kInvalid, "without TLS the API listens on this machine alone: '" + options.address + "' is not 127.0.0.1 or [::1]"};
  }
  auto parts = std::make_unique<Parts>();
  parts->service = std::make_unique<ServiceClient>(options.data.control());
  parts->state = TRY(State::open(options.data.state(), State::IfMissing::kFail));
  parts->accounts = std::make_unique<Accounts>(*parts->state);
  parts->totp_seal = std::make_unique<Seal>(*options.second_factors);
  std::uint8_t random[8];
  TRY(random_bytes(random, sizeof random));
  std::uint64_t key = 0;
  std::memcpy(&key, random, sizeof key);
  parts->throttle = std::make_unique<LoginThrottle>(key);
  parts->feed = std::make_unique<AlertFeed>(env, *parts->state);
  parts->incidents = std::make_unique<IncidentView>(env, *parts->state);
  parts->store = std::make_unique<Attachments>(env, options.data, *options.attachments);
  parts->attachments = std::make_unique<AttachmentDesk>(env, options.data, *parts->incidents, *parts->state, *parts->store);
  parts->searches = std::make_unique<SearchLane>(env, *parts->state, options.data, std::move(options.make_searches));
  parts->context.reset(new Context{.env = env, .service = *parts->service, .state = *parts->state, .accounts = *parts->accounts, .feed = *parts->feed,
                                   .incidents = *parts->incidents, .attachments = *parts->attachments, .files = parts->files, .counts = parts->counts, .throttle = *parts->throttle, .cases = parts->cases, .searches = *parts->searches, .totp_seal = *parts->totp_seal,
                                   .totp_mutex = {}, .origin = {}});
  parts->mcp = std::make_unique<McpServer>(options.mcp);
  if (parts->mcp->is_on()) parts->context->mcp = parts->mcp.get();
  const std::string scheme = options.make_stream ? "https" : "http";
  parts->endpoint = std::make_unique<Endpoint>(*parts->context, endpoint_settings(options, scheme));
  parts->listener = TRY(HttpListener::open(parts->io, *parts->endpoint, env, listener_settings(options)));
  parts->context->origin = options.url.empty() ? origin_of(scheme, parts->listener->address()) : options.url;
  TRY(open_provider_login(*parts, env, options));
  if (options.first) parts->admin_link = TRY(first_link(*parts->accounts, env.now_us(), parts->context->origin));
  parts->runs = std::thread([&io = parts->io] { io.run(); });
  return std::unique_ptr<Server>(new Server(std::move(parts)));
}

std::string Server::address() const { return parts_->listener->address(); }

const std::string& Server::admin_link() const { return parts_->admin_link; }

/// Streams and searches first: they have no end of their own.
void Server::stop() {
  if (std::exchange(parts_->stopped, true)) return;
  parts_->listener->stop();
  parts_->feed->stop();
  parts_->searches->stop();
  parts_->mcp->stop();
  if (parts_->provider_login != nullptr) parts_->provider_login->stop();
  if (parts_->runs.joinable()) parts_->runs.join();
  parts_->endpoint->stop();
  parts_->cases.stop();
  parts_->searches->join();
}

}  // namespace tocsin::api
