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
  std::unique_ptr<HttpListener> bulk_listener, hec_listener;
  std::unique_ptr<SyslogListener> syslog_tcp;
  std::unique_ptr<SyslogUdp> syslog_udp;
  std::vector<ServiceAddress> addresses;
  std::thread runs;
  bool stopped = false;
};

namespace {

Result<std::unique_ptr<HttpListener>> listen(boost::asio::io_context& io, HttpEndpoint& endpoint, Env& env, const std::string& address) {
  HttpSettings settings;
  settings.address = address;
  return HttpListener::open(io, endpoint, env, settings);
}

}  // namespace

Listeners::Listeners(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Listeners::~Listeners() { stop(); }

Result<std::unique_ptr<Listeners>> Listeners::open(Env& env, Intake& intake, Senders& senders, const ListenOptions& options) {
  auto parts = std::make_unique<Parts>();
  parts->elastic = std::make_unique<ElasticEndpoint>(intake, senders, env);
  parts->hec = std::make_unique<HecEndpoint>(intake, senders);
  parts->bulk_listener = TRY(listen(parts->io, *parts->elastic, env, options.bulk));
  parts->hec_listener = TRY(listen(parts->io, *parts->hec, env, options.hec));
  const SyslogContext syslog{intake, senders, env};
  SyslogSettings tcp;
  tcp.address = options.syslog;
  parts->syslog_tcp = TRY(SyslogListener::open(parts->io, syslog, tcp));
  SyslogUdpSettings udp;
  udp.address = options.syslog;
  parts->syslog_udp = TRY(SyslogUdp::open(parts->io, syslog, udp));
  parts->addresses = {{"bulk", parts->bulk_listener->address()},
                      {"hec", parts->hec_listener->address()},
                      {"syslog_tcp", parts->syslog_tcp->address()},
                      {"syslog_udp", parts->syslog_udp->address()}};
  return std::unique_ptr<Listeners>(new Listeners(std::move(parts)));
}

const std::vector<ServiceAddress>& Listeners::addresses() const { return parts_->addresses; }

void Listeners::run() {
  parts_->runs = std::thread([&io = parts_->io] { io.run(); });
}

void Listeners::stop() {
  if (std::exchange(parts_->stopped, true)) return;
  parts_->bulk_listener->stop();
  parts_->hec_listener->stop();
  parts_->syslog_tcp->stop();
  parts_->syslog_udp->stop();
  // Returns by itself, once requests under way have their answers.
  if (parts_->runs.joinable()) parts_->runs.join();
}

}  // namespace tocsin
