#include "collect/net_stream.h"

#include <array>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <charconv>

namespace tocsin {

namespace asio = boost::asio;

void TcpStream::handshake(std::function<void(NetError)> done) {
  asio::post(socket_.get_executor(), [done = std::move(done)] { done({}); });
}

void TcpStream::read(std::span<char> into, Done done) {
  socket_.async_read_some(asio::buffer(into.data(), into.size()), std::move(done));
}

void TcpStream::write(std::string_view first, std::string_view second, Done done) {
  const std::array<asio::const_buffer, 2> buffers = {asio::buffer(first.data(), first.size()),
                                                     asio::buffer(second.data(), second.size())};
  asio::async_write(socket_, buffers, std::move(done));
}

void TcpStream::end_writing() {
  NetError ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
}

void TcpStream::close() {
  NetError ignored;
  socket_.close(ignored);
}

void TcpStream::reset() {
  NetError ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
}

bool parse_net_address(std::string_view text, std::string& host, std::uint16_t& port) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return false;
  const std::string_view digits = text.substr(colon + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc() || end != digits.data() + digits.size()) return false;
  std::string_view name = text.substr(0, colon);
  const bool bracketed = name.starts_with('[') && name.ends_with(']');
  if (bracketed) name = name.substr(1, name.size() - 2);
  NetError bad;
  const asio::ip::address address = asio::ip::make_address(std::string(name), bad);
  if (bad || address.is_v6() != bracketed) return false;
  host = name;
  return true;
}

std::string net_address_text(const std::string& host, std::uint16_t port) {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

}  // namespace tocsin
