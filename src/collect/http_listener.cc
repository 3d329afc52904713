#include "collect/http_listener.h"

#include "collect/http_connection.h"

namespace tocsin {

Result<std::unique_ptr<HttpListener>> HttpListener::open(boost::asio::io_context& io, HttpEndpoint& endpoint, Env& env,
                                                         const HttpSettings& settings) {
  std::shared_ptr<HttpShared> shared(new HttpShared{
      .endpoint = endpoint, .env = env, .settings = settings, .held = HeldBytes(settings.held_bytes_max)});
  NetAcceptor::Settings port;
  port.address = settings.address;
  port.socket = settings.socket;
  port.connections_max = settings.connections_max;
  port.peer_connections_max = settings.peer_connections_max;
  port.stop_ms = settings.stop_ms;
  port.make_stream = settings.make_stream;
  auto acceptor = TRY(NetAcceptor::open(io, port, [shared](std::unique_ptr<NetStream> stream, NetPlace place) {
    auto connection = std::make_shared<HttpConnection>(shared, std::move(stream), std::move(place));
    connection->start();
    return connection;
  }));
  return std::unique_ptr<HttpListener>(new HttpListener(std::move(shared), std::move(acceptor)));
}

}  // namespace tocsin
