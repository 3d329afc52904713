// A TCP port that is listened on: accepts, bounds how many are connected, hands each connection to a protocol, and ends them all in
// order. The HTTP and the syslog listeners stand on it. It runs on the caller's io_context, whatever the number of its threads; stop() and the
// questions are safe from any thread. open() fails where the address is no address or taken; afterwards nothing fails: what cannot be
// accepted is closed, and counted.
//
//   NetAcceptor::Settings settings{.address = "127.0.0.1:0"};
//   auto acceptor = TRY(NetAcceptor::open(io, settings, [=](std::unique_ptr<NetStream> stream, NetPlace place) { … }));
//   acceptor->address();   // with the port in use
//   acceptor->stop();      // io.run() returns when all connections have ended, or were ended after stop_ms
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "base/result.h"
#include "collect/net_limits.h"
#include "collect/net_ports.h"
#include "collect/net_stream.h"

namespace tocsin {

/// After an error of accept(), which is most often "no descriptors left": the pause before the next.
inline constexpr int kAcceptPauseMs = 100;

/// One connection, from outside its protocol. Both are safe from any thread and return at once.
class NetConnection {
 public:
  virtual ~NetConnection() = default;
  /// To end as soon as what is under way is done.
  virtual void stop() = 0;
  /// To end now.
  virtual void abort() = 0;
};

class NetAcceptor;

/// A connection's place among those that are connected; it is free again when this ends.
class NetPlace {
 public:
  NetPlace(std::shared_ptr<NetAcceptor> acceptor, std::string peer, std::uint64_t id)
      : acceptor_(std::move(acceptor)), peer_(std::move(peer)), id_(id) {}
  NetPlace(NetPlace&&) = default;
  NetPlace& operator=(NetPlace&&) = delete;
  ~NetPlace();
  const std::string& peer() const { return peer_; }  // the address, without the port

 private:
  std::shared_ptr<NetAcceptor> acceptor_;  // shared: a connection may end after its listener
  std::string peer_;
  std::uint64_t id_;
};

/// Shared by the listener, the accept() under way and the places, whichever ends last.
class NetAcceptor : public std::enable_shared_from_this<NetAcceptor> {
 public:
  using MakeStream = std::function<std::unique_ptr<NetStream>(boost::asio::ip::tcp::socket)>;
  /// Begins the protocol, on the connection's strand. Nothing closes the connection.
  using OnConnection = std::function<std::shared_ptr<NetConnection>(std::unique_ptr<NetStream>, NetPlace)>;

  struct Settings {
    std::string address = "127.0.0.1:0";
    int socket = -1;  // that listens at `address` already (net_ports.h), and is taken over; -1: one is made
    std::size_t connections_max = 1'024;
    std::size_t peer_connections_max = 256;
    int stop_ms = 5'000;
    MakeStream make_stream = {};  // plain TCP if there is none
  };
  static Result<std::shared_ptr<NetAcceptor>> open(boost::asio::io_context& io, const Settings& settings,
                                                   OnConnection on_connection);
  NetAcceptor(boost::asio::io_context& io, const Settings& settings, OnConnection on_connection);

  std::string address() const { return address_; }
  std::size_t connections() const { return slots_.used(); }
  /// Connections that were closed at once, since there were too many.
  std::uint64_t turned_away() const;
  /// No new connections from now on, but those that the kernel has let in; those there are end by themselves, or after stop_ms.
  void stop();

 private:
  friend class NetPlace;
  Status listen();
  void accept();
  void accepted(NetError error, boost::asio::ip::tcp::socket socket);
  void take_in(boost::asio::ip::tcp::socket socket);
  void take_in_waiting();
  void begin(std::unique_ptr<NetStream> stream, const std::string& peer);
  void leave(const std::string& peer, std::uint64_t id);
  void stop_here();
  void each(void (NetConnection::*what)());

  boost::asio::io_context& io_;
  const Settings settings_;
  const OnConnection on_connection_;
  boost::asio::ip::tcp::acceptor acceptor_;  // on a strand of its own, as the timer
  boost::asio::steady_timer timer_;
  std::string address_;
  ConnectionSlots slots_;
  mutable std::mutex mutex_;
  std::map<std::uint64_t, std::weak_ptr<NetConnection>> connections_;  // guarded by mutex_
  std::uint64_t next_id_ = 0, turned_away_ = 0;                        // guarded by mutex_
  bool stopping_ = false;                                              // guarded by mutex_
};

}  // namespace tocsin
