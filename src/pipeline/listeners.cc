#include "pipeline/listeners.h"

#include <boost/asio/io_context.hpp>
#include <thread>
#include <utility>

#include "collect/elastic_endpoint.h"
#include "collect/hec_endpoint.h"
#include "collect/http_listener.h"
#include "collect/syslog_listener.h"
#include "collect/syslog_udp.h"

namespace tocsin {

/// In the order in which they are made, so that each outlives what uses it.
struct Listeners::Parts {
  boost::asio::io_context io;
  std::unique_ptr<ElasticEndpoint> elastic;
  std::unique_ptr<HecEndpoint> hec;
  std::vector<std::unique_ptr<HttpListener>> http;
  std::vector<std::unique_ptr<SyslogListener>> syslog_tcp;
  std::vector<std::unique_ptr<SyslogUdp>> syslog_udp;
  std::thread runs;
  bool stopped = false;

  Status listen(BoundPort port, const SyslogContext& context);
};

namespace {

/// Settings for a port that is bound, which is then the listener's.
template <class Settings>
Settings settings_of(BoundPort& port) {
  Settings settings;
  settings.address = port.socket.address();
  settings.socket = port.socket.release();
  return settings;
}

}  // namespace

std::string_view name_of(PortUse use) {
  switch (use) {
    case PortUse::kBulk: return "bulk";
    case PortUse::kHec: return "hec";
    case PortUse::kSyslogTcp: return "syslog_tcp";
    case PortUse::kSyslogUdp: return "syslog_udp";
  }
  return "";
}

Result<std::vector<BoundPort>> bind_ports(const ListenOptions& options) {
  std::vector<BoundPort> ports;
  ports.push_back({PortUse::kBulk, TRY(PortSocket::listen_tcp(options.bulk))});
  ports.push_back({PortUse::kHec, TRY(PortSocket::listen_tcp(options.hec))});
  ports.push_back({PortUse::kSyslogTcp, TRY(PortSocket::listen_tcp(options.syslog))});
  ports.push_back({PortUse::kSyslogUdp, TRY(PortSocket::bind_udp(options.syslog, kSyslogUdpBufferBytesMax))});
  return ports;
}

Status Listeners::Parts::listen(BoundPort port, const SyslogContext& context) {
  switch (port.use) {
    case PortUse::kBulk: http.push_back(TRY(HttpListener::open(io, *elastic, context.env, settings_of<HttpSettings>(port)))); return {};
    case PortUse::kHec: http.push_back(TRY(HttpListener::open(io, *hec, context.env, settings_of<HttpSettings>(port)))); return {};
    case PortUse::kSyslogTcp: syslog_tcp.push_back(TRY(SyslogListener::open(io, context, settings_of<SyslogSettings>(port)))); return {};
    case PortUse::kSyslogUdp: syslog_udp.push_back(TRY(SyslogUdp::open(io, context, settings_of<SyslogUdpSettings>(port)))); return {};
  }
  return Error{Code::kInvalid, "a port of no known use"};
}

Listeners::Listeners(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Listeners::~Listeners() { stop(); }

Result<std::unique_ptr<Listeners>> Listeners::open(Env& env, Intake& intake, Senders& senders, std::vector<BoundPort> ports) {
  auto parts = std::make_unique<Parts>();
  parts->elastic = std::make_unique<ElasticEndpoint>(intake, senders, env);
  parts->hec = std::make_unique<HecEndpoint>(intake, senders);
  for (BoundPort& port : ports) TRY(parts->listen(std::move(port), {intake, senders, env}));
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
  // Returns by itself, once requests under way have their answers.
  if (parts_->runs.joinable()) parts_->runs.join();
}

}  // namespace tocsin
