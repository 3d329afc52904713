#include "collect/net_acceptor.h"

#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <chrono>
#include <vector>

namespace tocsin {

namespace asio = boost::asio;
using asio::ip::tcp;

NetPlace::~NetPlace() {
  if (acceptor_ != nullptr) acceptor_->leave(peer_, id_);
}

NetAcceptor::NetAcceptor(asio::io_context& io, const Settings& settings, OnConnection on_connection)
    : io_(io),
      settings_(settings),
      on_connection_(std::move(on_connection)),
      acceptor_(asio::make_strand(io)),
      timer_(acceptor_.get_executor()),
      slots_(settings.connections_max, settings.peer_connections_max) {}

Result<std::shared_ptr<NetAcceptor>> NetAcceptor::open(asio::io_context& io, const Settings& settings,
                                                       OnConnection on_connection) {
  auto acceptor = std::make_shared<NetAcceptor>(io, settings, std::move(on_connection));
  TRY(acceptor->listen());
  asio::post(acceptor->acceptor_.get_executor(), [acceptor] { acceptor->accept(); });
  return acceptor;
}

Status NetAcceptor::listen() {
  PortSocket port = settings_.socket >= 0 ? PortSocket::adopt(settings_.socket, settings_.address) : TRY(PortSocket::listen_tcp(settings_.address));
  address_ = port.address();
  NetError error;
  acceptor_.assign(address_.starts_with('[') ? tcp::v6() : tcp::v4(), port.number(), error);
  if (error) return Error{Code::kIo, "cannot listen on " + address_ + ": " + error.message()};
  port.release();
  return {};
}

void NetAcceptor::accept() {
  if (!acceptor_.is_open()) return;
  acceptor_.async_accept(asio::make_strand(io_), [self = shared_from_this()](NetError error, tcp::socket socket) {
    self->accepted(error, std::move(socket));
  });
}

void NetAcceptor::accepted(NetError error, tcp::socket socket) {
  if (!error) take_in(std::move(socket));
  if (!acceptor_.is_open()) return;
  if (error) {
    timer_.expires_after(std::chrono::milliseconds(kAcceptPauseMs));
    timer_.async_wait([self = shared_from_this()](NetError) { self->accept(); });
    return;
  }
  accept();
}

void NetAcceptor::take_in(tcp::socket socket) {
  NetError error;
  const tcp::endpoint remote = socket.remote_endpoint(error);
  const std::string peer = error ? std::string() : remote.address().to_string();
  if (!error && slots_.take(peer)) {
    socket.set_option(tcp::no_delay(true), error);
    begin(settings_.make_stream ? settings_.make_stream(std::move(socket))
                                : std::make_unique<TcpStream>(std::move(socket)),
          peer);
  } else {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++turned_away_;
  }
}

/// Whoever the kernel has let in already may have sent something, and ended, without ever hearing that nobody read it.
void NetAcceptor::take_in_waiting() {
  NetError error;
  acceptor_.non_blocking(true, error);
  for (int i = 0; i <= kListenBacklogMax && !error; ++i) {
    tcp::socket socket(asio::make_strand(io_));
    acceptor_.accept(socket, error);
    if (!error) take_in(std::move(socket));
  }
}

void NetAcceptor::begin(std::unique_ptr<NetStream> stream, const std::string& peer) {
  std::uint64_t id = 0;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    id = next_id_++;
  }
  // Held until it is in the list, so that it cannot leave before it came.
  const std::shared_ptr<NetConnection> connection =
      on_connection_(std::move(stream), NetPlace(shared_from_this(), peer, id));
  if (connection == nullptr) return;
  bool stopping = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    connections_[id] = connection;
    stopping = stopping_;
  }
  if (stopping) connection->stop();
}

void NetAcceptor::leave(const std::string& peer, std::uint64_t id) {
  slots_.give(peer);
  const std::lock_guard<std::mutex> lock(mutex_);
  connections_.erase(id);
  // The last one: nobody is left to wait for.
  if (stopping_ && connections_.empty())
    asio::post(acceptor_.get_executor(), [self = shared_from_this()] { self->timer_.cancel(); });
}

void NetAcceptor::stop() {
  asio::post(acceptor_.get_executor(), [self = shared_from_this()] { self->stop_here(); });
}

void NetAcceptor::stop_here() {
  if (!acceptor_.is_open()) return;
  take_in_waiting();
  NetError ignored;
  // The process that opened the port has the socket as well: closed here alone, the kernel would go on letting in who sends and ends, and nobody would read it.
  ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
  acceptor_.close(ignored);
  timer_.cancel();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
    if (connections_.empty()) return;
  }
  each(&NetConnection::stop);
  timer_.expires_after(std::chrono::milliseconds(settings_.stop_ms));
  timer_.async_wait([self = shared_from_this()](NetError error) {
    if (!error) self->each(&NetConnection::abort);
  });
}

void NetAcceptor::each(void (NetConnection::*what)()) {
  std::vector<std::shared_ptr<NetConnection>> alive;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const auto& [id, connection] : connections_) {
      if (auto found = connection.lock()) alive.push_back(std::move(found));
    }
  }
  for (const auto& connection : alive) (connection.get()->*what)();
}

std::uint64_t NetAcceptor::turned_away() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return turned_away_;
}

}  // namespace tocsin
