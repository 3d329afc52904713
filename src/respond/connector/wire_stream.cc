#include "respond/connector/wire_stream.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

namespace tocsin::respond {

namespace {

using Clock = std::chrono::steady_clock;

/// So much of the time is kept for the way back.
constexpr std::chrono::milliseconds kWayBack(50);

Error too_slow() { return {Code::kIo, "does not answer in time"}; }

IpAddress of_bytes(const unsigned char* bytes) {
  IpAddress address;
  for (int i = 0; i < 8; ++i) address.high = address.high << 8 | bytes[i];
  for (int i = 8; i < 16; ++i) address.low = address.low << 8 | bytes[i];
  return address;
}

std::optional<IpAddress> address_of(const sockaddr* from) {
  if (from->sa_family == AF_INET) {
    const auto* const v4 = reinterpret_cast<const sockaddr_in*>(from);
    return IpAddress{0, 0xFFFFULL << 32 | ntohl(v4->sin_addr.s_addr)};
  }
  if (from->sa_family != AF_INET6) return std::nullopt;
  return of_bytes(reinterpret_cast<const sockaddr_in6*>(from)->sin6_addr.s6_addr);
}

/// What a look-up leaves behind; it may outlive whoever asked, since getaddrinfo(3) cannot be called off.
struct Lookup {
  std::mutex mutex;
  std::condition_variable ended;
  bool done = false;
  int error = 0;
  std::vector<IpAddress> found;
};
std::atomic<int> lookups{0};

void look_up(const std::string& host, Lookup& lookup) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* first = nullptr;
  const int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &first);
  const std::lock_guard<std::mutex> lock(lookup.mutex);
  for (const addrinfo* one = first; error == 0 && one != nullptr; one = one->ai_next) {
    const std::optional<IpAddress> address = address_of(one->ai_addr);
    if (address && lookup.found.size() < kAddressesTriedMax && std::ranges::find(lookup.found, *address) == lookup.found.end()) lookup.found.push_back(*address);
  }
  if (first != nullptr) ::freeaddrinfo(first);
  lookup.error = error;
  lookup.done = true;
  lookup.ended.notify_all();
}

Result<std::vector<IpAddress>> addresses_of(const std::string& host, Clock::time_point deadline) {
  if (const std::optional<IpAddress> address = read_ip(host)) return std::vector{*address};
  if (lookups.fetch_add(1) >= kLookupsMax) {
    --lookups;
    return Error{Code::kIo, "its name cannot be looked up: too many look-ups hang (are the servers of names there?)"};
  }
  const auto lookup = std::make_shared<Lookup>();
  std::thread([lookup, host] {
    look_up(host, *lookup);
    --lookups;
  }).detach();
  std::unique_lock<std::mutex> lock(lookup->mutex);
  if (!lookup->ended.wait_until(lock, deadline, [&] { return lookup->done; })) return Error{Code::kIo, "its name is not looked up in time"};
  if (lookup->error != 0) return Error{Code::kIo, fmt::format("its name is not known ({})", ::gai_strerror(lookup->error))};
  return lookup->found;
}

std::string text_of(const IpAddress& address) { return network_text({address, 128}); }

std::string error_text(int error) { return std::generic_category().message(error); }

}  // namespace

Result<std::unique_ptr<TlsTrust>> TlsTrust::open(const std::string& authorities) {
  Context context(SSL_CTX_new(TLS_client_method()));
  if (context == nullptr) return Error{Code::kIo, "there is no memory for TLS"};
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  bool good = true;
  if (authorities.empty()) {
    good = SSL_CTX_set_default_verify_paths(context.get()) == 1;
  } else {
    const OwnBio bytes(BIO_new_mem_buf(authorities.data(), static_cast<int>(authorities.size())));
    X509_STORE* const store = SSL_CTX_get_cert_store(context.get());
    std::size_t count = 0;
    while (true) {
      const OwnCertificate one(PEM_read_bio_X509(bytes.get(), nullptr, nullptr, nullptr));
      if (one == nullptr) break;
      good = good && X509_STORE_add_cert(store, one.get()) == 1;
      ++count;
    }
    good = good && count > 0;
  }
  ERR_clear_error();
  if (!good) return Error{Code::kInvalid, "there is no certificate in it (a text with -----BEGIN CERTIFICATE-----)"};
  return std::unique_ptr<TlsTrust>(new TlsTrust(std::move(context)));
}

bool AllowedAddresses::holds(const IpAddress& address) const {
  if (global && scope_of(address) == IpScope::kGlobal) return true;
  return std::ranges::any_of(networks, [&](const IpNetwork& one) { return one.holds(address); });
}

Result<std::vector<IpNetwork>> read_networks(std::string_view text) {
  std::vector<IpNetwork> networks;
  while (!text.empty()) {
    const std::string_view one = text.substr(0, std::min(text.find('\n'), text.size()));
    text.remove_prefix(std::min(one.size() + 1, text.size()));
    const std::optional<IpNetwork> network = read_network(one);
    if (!network) return Error{Code::kInvalid, fmt::format("'{}' is no network (10.0.0.0/8)", one)};
    networks.push_back(*network);
  }
  return networks;
}

WireStream::Time wire_deadline(std::int64_t now_ns, std::int64_t deadline_ns) {
  const std::chrono::nanoseconds left(std::max<std::int64_t>(deadline_ns - now_ns, 0));
  return Clock::now() + (left > 2 * kWayBack ? left - kWayBack : left / 2);
}

Status WireStream::wait(short events) {
  pollfd one{.fd = socket_.get(), .events = events, .revents = 0};
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now()).count();
    if (left <= 0) return too_slow();
    const int ready = ::poll(&one, 1, static_cast<int>(std::min<std::int64_t>(left, 60'000)));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return Error{Code::kIo, error_text(errno)};
  }
}

Status WireStream::connect(const std::string& host, std::uint16_t port, const AllowedAddresses& allowed) {
  host_ = host;
  const std::vector<IpAddress> found = TRY(addresses_of(host, deadline_));
  std::string refused;
  Error last{Code::kIo, "its name has no address"};
  for (const IpAddress& address : found) {
    if (!allowed.holds(address)) {
      refused = text_of(address);
      continue;
    }
    const Status connected = connect_to(address, port);
    if (connected) return {};
    last = {connected.error().code, fmt::format("{} port {}: {}", text_of(address), port, connected.error().message)};
  }
  if (refused.empty() || last.message.find(" port ") != std::string::npos) return last;
  return Error{Code::kDenied, fmt::format("is at {}, which is no address of the Internet: name its network in the connector's settings (networks), if that is meant", refused)};
}

Status WireStream::connect_to(const IpAddress& address, std::uint16_t port) {
  sockaddr_in6 v6{};
  sockaddr_in v4{};
  const sockaddr* to = nullptr;
  socklen_t size = 0;
  if (address.is_v4()) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    v4.sin_addr.s_addr = htonl(static_cast<std::uint32_t>(address.low));
    to = reinterpret_cast<const sockaddr*>(&v4), size = sizeof v4;
  } else {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    for (int i = 0; i < 8; ++i) {
      v6.sin6_addr.s6_addr[i] = static_cast<unsigned char>(address.high >> (56 - 8 * i));
      v6.sin6_addr.s6_addr[8 + i] = static_cast<unsigned char>(address.low >> (56 - 8 * i));
    }
    to = reinterpret_cast<const sockaddr*>(&v6), size = sizeof v6;
  }
  socket_ = Descriptor(::socket(to->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket_.is_open()) return Error{Code::kIo, error_text(errno)};
  const int one = 1;
  ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (::connect(socket_.get(), to, size) == 0) return {};
  if (errno != EINPROGRESS) return Error{Code::kIo, fmt::format("cannot be connected to: {}", error_text(errno))};
  TRY(wait(POLLOUT));
  int error = 0;
  socklen_t error_size = sizeof error;
  ::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &error_size);
  if (error != 0) return Error{Code::kIo, fmt::format("cannot be connected to: {}", error_text(error))};
  return {};
}

Status WireStream::begin_tls(const TlsTrust& trust) {
  std::unique_ptr<SSL, Freed<SSL_free>> tls(SSL_new(trust.context()));
  if (tls == nullptr || SSL_set_fd(tls.get(), socket_.get()) != 1) return Error{Code::kIo, "there is no memory for TLS"};
  SSL* const ssl = tls.get();
  const bool named = read_ip(host_) ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host_.c_str()) == 1
                                    : SSL_set_tlsext_host_name(ssl, host_.c_str()) == 1 && SSL_set1_host(ssl, host_.c_str()) == 1;
  if (!named) return Error{Code::kInvalid, "has a name that no certificate can have"};
  tls_ = std::move(tls);
  while (true) {
    ERR_clear_error();
    const int result = SSL_connect(ssl);
    if (result == 1) return {};
    const Status may = again(result, "does not greet over TLS");
    if (may) continue;
    const long why = SSL_get_verify_result(ssl);
    if (why != X509_V_OK) return Error{Code::kInvalid, fmt::format("its certificate is not believed: {}", X509_verify_cert_error_string(why))};
    return may;
  }
}

Status WireStream::again(int result, std::string_view what) {
  const int error = SSL_get_error(tls_.get(), result);
  if (error == SSL_ERROR_WANT_READ) return wait(POLLIN);
  if (error == SSL_ERROR_WANT_WRITE) return wait(POLLOUT);
  const unsigned long code = ERR_peek_last_error();
  const char* const reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  const std::string why = reason != nullptr ? reason : error == SSL_ERROR_SYSCALL && errno != 0 ? error_text(errno) : "the connection ended";
  ERR_clear_error();
  return Error{Code::kIo, fmt::format("{}: {}", what, why)};
}

Status WireStream::write(std::string_view bytes) {
  while (!bytes.empty()) {
    if (tls_ != nullptr) {
      ERR_clear_error();
      const int wrote = SSL_write(tls_.get(), bytes.data(), static_cast<int>(std::min<std::size_t>(bytes.size(), 1u << 20)));
      if (wrote > 0) bytes.remove_prefix(static_cast<std::size_t>(wrote));
      else TRY(again(wrote, "cannot be written to"));
      continue;
    }
    const ssize_t wrote = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (wrote > 0) bytes.remove_prefix(static_cast<std::size_t>(wrote));
    else if (errno == EAGAIN || errno == EINTR) TRY(wait(POLLOUT));
    else return Error{Code::kIo, fmt::format("cannot be written to: {}", error_text(errno))};
  }
  return {};
}

Result<std::size_t> WireStream::read(std::span<char> into) {
  while (true) {
    if (tls_ != nullptr) {
      ERR_clear_error();
      const int got = SSL_read(tls_.get(), into.data(), static_cast<int>(into.size()));
      if (got > 0) return static_cast<std::size_t>(got);
      if (SSL_get_error(tls_.get(), got) == SSL_ERROR_ZERO_RETURN) return std::size_t{0};
      TRY(again(got, "cannot be read from"));
      continue;
    }
    const ssize_t got = ::recv(socket_.get(), into.data(), into.size(), 0);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EAGAIN && errno != EINTR) return Error{Code::kIo, fmt::format("cannot be read from: {}", error_text(errno))};
    TRY(wait(POLLIN));
  }
}

}  // namespace tocsin::respond
