#include "pipeline/listeners.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <thread>
#include <utility>

#include "collect/elastic_endpoint.h"
#include "collect/hec_endpoint.h"
#include "collect/http_listener.h"
#include "collect/syslog_listener.h"
#include "collect/syslog_udp.h"
#include "collect/tls_stream.h"
#include "pipeline/refusals.h"

namespace tocsin {

/// In the order in which they are made, so that each outlives what uses it.
struct Listeners::Parts {
  explicit Parts(Env& env) : refusals(env) {}
  Refusals refusals;
  boost::asio::io_context io;
  std::unique_ptr<ElasticEndpoint> elastic;
  std::unique_ptr<HecEndpoint> hec;
  std::unique_ptr<HttpListener> bulk_listener, hec_listener;
  std::unique_ptr<SyslogListener> syslog_tcp, syslog_tls;
  std::unique_ptr<SyslogUdp> syslog_udp;
  std::vector<ServiceAddress> addresses;
  std::thread runs;
  bool stopped = false;
};

namespace {

bool is_wanted(Beyond wanted, const std::string& address) {
  if (wanted != Beyond::kAuto) return wanted == Beyond::kYes;
  std::string host;
  std::uint16_t port = 0;
  if (!parse_net_address(address, host, port)) return true;  // said by who listens there
  return !boost::asio::ip::make_address(host).is_loopback();
}

TlsSettings shown(const ServerTls& tls, bool http, OnRefused on_refused) {
  TlsSettings settings;
  settings.certificates = tls.certificates;
  settings.key = tls.key;
  settings.http = http;
  settings.on_refused = std::move(on_refused);
  return settings;
}

}  // namespace

Listeners::Listeners(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Listeners::~Listeners() { stop(); }

Result<std::unique_ptr<HttpListener>> Listeners::open_http(Parts& parts, Env& env, HttpEndpoint& endpoint, const std::string& input,
                                                           const std::string& address, const ListenOptions& options) {
  HttpSettings settings;
  settings.address = address;
  const bool tls = is_wanted(options.http_tls, address);
  if (tls) settings.make_stream = TRY(make_tls_streams(shown(options.tls, true, parts.refusals.teller(input))));
  auto listener = TRY(HttpListener::open(parts.io, endpoint, env, settings));
  parts.addresses.push_back({input, listener->address(), tls});
  return listener;
}

Status Listeners::open_syslog(Parts& parts, const SyslogContext& context, const ListenOptions& options) {
  SyslogSettings tcp;
  tcp.address = options.syslog;
  parts.syslog_tcp = TRY(SyslogListener::open(parts.io, context, tcp));
  SyslogUdpSettings udp;
  udp.address = options.syslog;
  parts.syslog_udp = TRY(SyslogUdp::open(parts.io, context, udp));
  SyslogSettings over_tls;
  over_tls.address = options.syslog_tls;
  over_tls.certificate_required = is_wanted(options.syslog_certificates, options.syslog_tls);
  over_tls.on_refused = parts.refusals.teller("syslog_tls");
  TlsSettings tls = shown(options.tls, false, over_tls.on_refused);
  tls.client_authority = options.tls.client_authority;
  tls.client_required = over_tls.certificate_required;
  over_tls.make_stream = TRY(make_tls_streams(tls));
  parts.syslog_tls = TRY(SyslogListener::open(parts.io, context, over_tls));
  parts.addresses.push_back({"syslog_tcp", parts.syslog_tcp->address()});
  parts.addresses.push_back({"syslog_udp", parts.syslog_udp->address()});
  parts.addresses.push_back({"syslog_tls", parts.syslog_tls->address(), true});
  return {};
}

Result<std::unique_ptr<Listeners>> Listeners::open(Env& env, Intake& intake, Senders& senders, const ListenOptions& options) {
  auto parts = std::make_unique<Parts>(env);
  parts->elastic = std::make_unique<ElasticEndpoint>(intake, senders, env);
  parts->hec = std::make_unique<HecEndpoint>(intake, senders);
  parts->bulk_listener = TRY(open_http(*parts, env, *parts->elastic, "bulk", options.bulk, options));
  parts->hec_listener = TRY(open_http(*parts, env, *parts->hec, "hec", options.hec, options));
  TRY(open_syslog(*parts, {intake, senders, env}, options));
  return std::unique_ptr<Listeners>(new Listeners(std::move(parts)));
}

const std::vector<ServiceAddress>& Listeners::addresses() const { return parts_->addresses; }

std::uint64_t Listeners::refused() const { return parts_->refusals.count(); }

void Listeners::run() {
  parts_->runs = std::thread([&io = parts_->io] { io.run(); });
}

void Listeners::stop() {
  if (std::exchange(parts_->stopped, true)) return;
  parts_->bulk_listener->stop();
  parts_->hec_listener->stop();
  parts_->syslog_tcp->stop();
  parts_->syslog_tls->stop();
  parts_->syslog_udp->stop();
  // Returns by itself, once requests under way have their answers.
  if (parts_->runs.joinable()) parts_->runs.join();
}

}  // namespace tocsin
