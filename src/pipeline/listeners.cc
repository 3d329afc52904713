#include "pipeline/listeners.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <thread>
#include <utility>

#include "collect/acked_listener.h"
#include "collect/elastic_endpoint.h"
#include "collect/forward_connection.h"
#include "collect/gelf_datagrams.h"
#include "collect/gelf_frames.h"
#include "collect/hec_endpoint.h"
#include "collect/http_listener.h"
#include "collect/journal_endpoint.h"
#include "collect/lumberjack_frames.h"
#include "collect/netflow_datagrams.h"
#include "collect/otlp_endpoint.h"
#include "collect/relp_frames.h"
#include "collect/syslog_listener.h"
#include "collect/syslog_udp.h"
#include "collect/tls_stream.h"
#include "pipeline/refusals.h"

namespace tocsin {

/// In the order in which they are made, so that each outlives what uses it.
struct Listeners::Parts {
  explicit Parts(const Place& place) : refusals(place.env, place.refused), enroller(place.enroller) {}
  Refusals refusals;
  Enroller* const enroller;
  boost::asio::io_context io;
  std::unique_ptr<ElasticEndpoint> elastic;
  std::unique_ptr<HecEndpoint> hec;
  std::unique_ptr<OtlpEndpoint> otlp;
  std::unique_ptr<JournalEndpoint> journal;
  std::vector<std::unique_ptr<HttpListener>> http;
  std::vector<std::unique_ptr<SyslogListener>> syslog_tcp;
  std::vector<std::unique_ptr<SyslogUdp>> syslog_udp;
  std::vector<std::unique_ptr<AckedListener>> acked;
  std::thread runs;
  bool stopped = false;

  Status listen(BoundPort port, const SyslogContext& context, const ServerTls& tls);
  Result<std::unique_ptr<HttpListener>> listen_http(BoundPort& port, HttpEndpoint& endpoint, Env& env, const ServerTls& tls);
  Result<std::unique_ptr<HttpListener>> listen_journal(BoundPort& port, const SyslogContext& context, const ServerTls& tls);
  Result<std::unique_ptr<SyslogListener>> listen_syslog_tls(BoundPort& port, SyslogSettings settings, const SyslogContext& context, const ServerTls& tls);
  Result<std::unique_ptr<AckedListener>> listen_acked(BoundPort& port, const SyslogContext& context, const ServerTls& tls);
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

/// Settings for a port that is bound, which is then the listener's.
template <class Settings>
Settings settings_of(BoundPort& port) {
  Settings settings;
  settings.address = port.socket.address();
  settings.socket = port.socket.release();
  return settings;
}

SyslogSettings gelf_settings(BoundPort& port) {
  auto settings = settings_of<SyslogSettings>(port);
  settings.input = "gelf";
  settings.make_frames = [] { return std::make_unique<GelfFrames>(); };
  settings.connections_max = kGelfConnectionsMax;
  settings.peer_connections_max = kGelfPeerConnectionsMax;
  return settings;
}

SyslogUdpSettings gelf_udp_settings(BoundPort& port) {
  auto settings = settings_of<SyslogUdpSettings>(port);
  settings.input = "gelf";
  settings.make_reader = [] { return std::make_unique<GelfDatagrams>(); };
  return settings;
}

SyslogUdpSettings netflow_settings(BoundPort& port) {
  auto settings = settings_of<SyslogUdpSettings>(port);
  settings.input = "netflow";
  settings.make_reader = [] { return std::make_unique<NetflowDatagrams>(); };
  return settings;
}

/// A certificate can be shown over TLS alone, a key proved without.
Result<BoundPort> bind_acked(PortUse use, const std::string& address, const ListenOptions& options) {
  const bool tls = is_wanted(options.streams_tls, address);
  const bool proof = use == PortUse::kForward ? is_wanted(options.forward_keys, address) : tls && is_wanted(options.syslog_certificates, address);
  return BoundPort{use, TRY(PortSocket::listen_tcp(address)), tls, proof};
}

}  // namespace

std::string_view name_of(PortUse use) {
  switch (use) {
    case PortUse::kBulk: return "bulk";
    case PortUse::kHec: return "hec";
    case PortUse::kSyslogTcp: return "syslog_tcp";
    case PortUse::kSyslogUdp: return "syslog_udp";
    case PortUse::kSyslogTls: return "syslog_tls";
    case PortUse::kGelfTcp: return "gelf_tcp";
    case PortUse::kGelfUdp: return "gelf_udp";
    case PortUse::kGelfTls: return "gelf_tls";
    case PortUse::kOtlp: return "otlp";
    case PortUse::kJournal: return "journal";
    case PortUse::kRelp: return "relp";
    case PortUse::kForward: return "forward";
    case PortUse::kLumberjack: return "lumberjack";
    case PortUse::kNetflow: return "netflow";
  }
  return "";
}

std::string_view datagram_input(PortUse use) {
  switch (use) {
    case PortUse::kSyslogUdp: return "syslog";
    case PortUse::kGelfUdp: return "gelf";
    case PortUse::kNetflow: return "netflow";
    default: return "";
  }
}

Result<std::vector<BoundPort>> bind_ports(const ListenOptions& options) {
  std::vector<BoundPort> ports;
  ports.push_back({PortUse::kBulk, TRY(PortSocket::listen_tcp(options.bulk)), is_wanted(options.http_tls, options.bulk)});
  ports.push_back({PortUse::kHec, TRY(PortSocket::listen_tcp(options.hec)), is_wanted(options.http_tls, options.hec)});
  ports.push_back({PortUse::kSyslogTcp, TRY(PortSocket::listen_tcp(options.syslog))});
  ports.push_back({PortUse::kSyslogUdp, TRY(PortSocket::bind_udp(options.syslog, kSyslogUdpBufferBytesMax))});
  ports.push_back({PortUse::kSyslogTls, TRY(PortSocket::listen_tcp(options.syslog_tls)), true, is_wanted(options.syslog_certificates, options.syslog_tls)});
  if (!options.gelf.empty()) {
    ports.push_back({PortUse::kGelfTcp, TRY(PortSocket::listen_tcp(options.gelf))});
    ports.push_back({PortUse::kGelfUdp, TRY(PortSocket::bind_udp(options.gelf, kSyslogUdpBufferBytesMax))});
  }
  if (!options.gelf_tls.empty()) {
    ports.push_back({PortUse::kGelfTls, TRY(PortSocket::listen_tcp(options.gelf_tls)), true, is_wanted(options.syslog_certificates, options.gelf_tls)});
  }
  if (!options.otlp.empty()) ports.push_back({PortUse::kOtlp, TRY(PortSocket::listen_tcp(options.otlp)), is_wanted(options.http_tls, options.otlp)});
  if (!options.journal.empty()) {
    const bool certificates = is_wanted(options.syslog_certificates, options.journal);
    ports.push_back({PortUse::kJournal, TRY(PortSocket::listen_tcp(options.journal)), certificates || is_wanted(options.http_tls, options.journal), certificates});
  }
  if (!options.netflow.empty()) ports.push_back({PortUse::kNetflow, TRY(PortSocket::bind_udp(options.netflow, kSyslogUdpBufferBytesMax))});
  const std::pair<PortUse, const std::string&> acked[] = {{PortUse::kRelp, options.relp}, {PortUse::kForward, options.forward}, {PortUse::kLumberjack, options.lumberjack}};
  for (const auto& [use, address] : acked) {
    if (!address.empty()) ports.push_back(TRY(bind_acked(use, address, options)));
  }
  return ports;
}

Result<std::unique_ptr<HttpListener>> Listeners::Parts::listen_http(BoundPort& port, HttpEndpoint& endpoint, Env& env, const ServerTls& tls) {
  HttpSettings settings = settings_of<HttpSettings>(port);
  if (port.tls) settings.make_stream = TRY(make_tls_streams(shown(tls, true, refusals.teller(std::string(name_of(port.use))))));
  return HttpListener::open(io, endpoint, env, settings);
}

Result<std::unique_ptr<HttpListener>> Listeners::Parts::listen_journal(BoundPort& port, const SyslogContext& context, const ServerTls& tls) {
  HttpSettings settings = settings_of<HttpSettings>(port);
  settings.connections_max = kJournalConnectionsMax;
  settings.peer_connections_max = kJournalPeerConnectionsMax;
  settings.takers = journal.get();
  if (port.tls) {
    TlsSettings over_tls = shown(tls, true, refusals.teller(std::string(name_of(port.use))));
    over_tls.client_authority = tls.client_authority;
    over_tls.client_required = port.certificate_required;
    settings.make_stream = TRY(make_tls_streams(over_tls));
  }
  return HttpListener::open(io, *journal, context.env, settings);
}

Result<std::unique_ptr<SyslogListener>> Listeners::Parts::listen_syslog_tls(BoundPort& port, SyslogSettings settings, const SyslogContext& context, const ServerTls& tls) {
  settings.certificate_required = port.certificate_required;
  settings.on_refused = refusals.teller(std::string(name_of(port.use)));
  TlsSettings over_tls = shown(tls, false, settings.on_refused);
  over_tls.client_authority = tls.client_authority;
  over_tls.client_required = port.certificate_required;
  settings.make_stream = TRY(make_tls_streams(over_tls));
  return SyslogListener::open(io, context, settings);
}

Result<std::unique_ptr<AckedListener>> Listeners::Parts::listen_acked(BoundPort& port, const SyslogContext& context, const ServerTls& tls) {
  AckedSettings settings = settings_of<AckedSettings>(port);
  settings.input = name_of(port.use);
  const bool by_key = port.use == PortUse::kForward;
  settings.proof_required = by_key && port.certificate_required;
  settings.certificate_required = !by_key && port.certificate_required;
  settings.on_refused = refusals.teller(settings.input);
  Enroller* const may_enrol = port.use == PortUse::kRelp && port.tls ? enroller : nullptr;
  settings.make_protocol = [use = port.use, &senders = context.senders, keys = settings.proof_required, enrols = may_enrol != nullptr]() -> std::unique_ptr<AckedProtocol> {
    if (use == PortUse::kForward) return std::make_unique<ForwardConnection>(keys ? &senders : nullptr);
    if (use == PortUse::kLumberjack) return std::make_unique<LumberjackFrames>();
    return std::make_unique<RelpFrames>(enrols);
  };
  if (port.tls) {
    TlsSettings over_tls = shown(tls, false, settings.on_refused);
    if (!by_key) over_tls.client_authority = tls.client_authority;
    over_tls.client_required = settings.certificate_required && may_enrol == nullptr;
    settings.make_stream = TRY(make_tls_streams(over_tls));
  }
  return AckedListener::open(io, {context.intake, context.senders, context.env, may_enrol}, settings);
}

Status Listeners::Parts::listen(BoundPort port, const SyslogContext& context, const ServerTls& tls) {
  switch (port.use) {
    case PortUse::kBulk: http.push_back(TRY(listen_http(port, *elastic, context.env, tls))); return {};
    case PortUse::kHec: http.push_back(TRY(listen_http(port, *hec, context.env, tls))); return {};
    case PortUse::kSyslogTcp: syslog_tcp.push_back(TRY(SyslogListener::open(io, context, settings_of<SyslogSettings>(port)))); return {};
    case PortUse::kSyslogUdp: syslog_udp.push_back(TRY(SyslogUdp::open(io, context, settings_of<SyslogUdpSettings>(port)))); return {};
    case PortUse::kSyslogTls: syslog_tcp.push_back(TRY(listen_syslog_tls(port, settings_of<SyslogSettings>(port), context, tls))); return {};
    case PortUse::kGelfTcp: syslog_tcp.push_back(TRY(SyslogListener::open(io, context, gelf_settings(port)))); return {};
    case PortUse::kGelfUdp: syslog_udp.push_back(TRY(SyslogUdp::open(io, context, gelf_udp_settings(port)))); return {};
    case PortUse::kGelfTls: syslog_tcp.push_back(TRY(listen_syslog_tls(port, gelf_settings(port), context, tls))); return {};
    case PortUse::kNetflow: syslog_udp.push_back(TRY(SyslogUdp::open(io, context, netflow_settings(port)))); return {};
    case PortUse::kOtlp: http.push_back(TRY(listen_http(port, *otlp, context.env, tls))); return {};
    case PortUse::kJournal:
      journal = std::make_unique<JournalEndpoint>(context, port.certificate_required);
      http.push_back(TRY(listen_journal(port, context, tls)));
      return {};
    case PortUse::kRelp:
    case PortUse::kForward:
    case PortUse::kLumberjack: acked.push_back(TRY(listen_acked(port, context, tls))); return {};
  }
  return Error{Code::kInvalid, "a port of no known use"};
}

Listeners::Listeners(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Listeners::~Listeners() { stop(); }

Result<std::unique_ptr<Listeners>> Listeners::open(const Place& place, std::vector<BoundPort> ports, const ServerTls& tls) {
  auto parts = std::make_unique<Parts>(place);
  parts->elastic = std::make_unique<ElasticEndpoint>(place.intake, place.senders, place.env);
  parts->hec = std::make_unique<HecEndpoint>(place.intake, place.senders);
  parts->otlp = std::make_unique<OtlpEndpoint>(place.intake, place.senders);
  for (BoundPort& port : ports) TRY(parts->listen(std::move(port), {place.intake, place.senders, place.env}, tls));
  return std::unique_ptr<Listeners>(new Listeners(std::move(parts)));
}

void Listeners::run() {
  parts_->runs = std::thread([&io = parts_->io] { io.run(); });
}

void Listeners::stop() {
  if (std::exchange(parts_->stopped, true)) return;
  for (const auto& listener : parts_->http) listener->stop();
  for (const auto& listener : parts_->syslog_tcp) listener->stop();
  for (const auto& listener : parts_->syslog_udp) listener->stop();
  for (const auto& listener : parts_->acked) listener->stop();
  // Returns by itself, once requests under way have their answers.
  if (parts_->runs.joinable()) parts_->runs.join();
}

}  // namespace tocsin
