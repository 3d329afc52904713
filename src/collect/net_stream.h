// The bytes of one accepted connection, whatever carries them: plain TCP here, TLS in tls_stream.h. The protocols (HTTP, syslog) read and
// write through this interface, so that none of them knows which. Everything is called on the connection's strand, which is executor(),
// and every handler comes there; at most one read and one write at a time. What goes wrong comes as an error_code.
//
//   stream->read(buffer, [self = shared_from_this()](NetError error, std::size_t size) { … });
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace tocsin {

using NetError = boost::system::error_code;
/// Told of a connection that was refused before it said anything: from where, and why. From any thread.
using OnRefused = std::function<void(const std::string& peer, const std::string& why)>;

class NetStream {
 public:
  using Done = std::function<void(NetError, std::size_t)>;
  virtual ~NetStream() = default;
  virtual boost::asio::any_io_executor executor() = 0;
  /// What has to pass between both sides before the first byte (TLS); plain TCP has nothing.
  virtual void handshake(std::function<void(NetError)> done) = 0;
  /// After the handshake: SHA-256 of the certificate that the other side showed and that was found good; "" if there is none.
  virtual std::string peer_certificate() const { return {}; }
  /// What went wrong, for people.
  virtual std::string words_for(NetError error) const { return error.message(); }
  /// Some bytes, at least one; an error at the end. `into` lives until then.
  virtual void read(std::span<char> into, Done done) = 0;
  /// All of both, one behind the other; they live until then.
  virtual void write(std::string_view first, std::string_view second, Done done) = 0;
  /// Nothing more will be written; reading goes on.
  virtual void end_writing() = 0;
  /// Ends what is under way with an error. May be called more than once.
  virtual void close() = 0;
  /// close(), so that the other side's next write fails. After close() alone it would succeed, only the one behind it fail, and what was written be lost.
  virtual void reset() = 0;
};

class TcpStream : public NetStream {
 public:
  explicit TcpStream(boost::asio::ip::tcp::socket socket) : socket_(std::move(socket)) {}
  boost::asio::any_io_executor executor() override { return socket_.get_executor(); }
  void handshake(std::function<void(NetError)> done) override;
  void read(std::span<char> into, Done done) override;
  void write(std::string_view first, std::string_view second, Done done) override;
  void end_writing() override;
  void close() override;
  void reset() override;

 private:
  boost::asio::ip::tcp::socket socket_;
};

/// An address of this machine, as a listener is given it and as it tells it: "127.0.0.1:9200", "[::1]:0". False if `text` is none.
bool parse_net_address(std::string_view text, std::string& host, std::uint16_t& port);
std::string net_address_text(const std::string& host, std::uint16_t port);

}  // namespace tocsin
