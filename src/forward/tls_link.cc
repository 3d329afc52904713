#include "forward/tls_link.h"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "base/address.h"

namespace tocsin::forward {

namespace {

using Clock = std::chrono::steady_clock;

Error broken(std::string_view what) { return {Code::kIo, std::string(what)}; }

int left_ms(Clock::time_point until) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
  return left < 0 ? 0 : static_cast<int>(left);
}

/// False if the time is over.
bool wait_for(int socket, short events, Clock::time_point until) {
  pollfd watched{socket, events, 0};
  int ready = -1;
  do ready = ::poll(&watched, 1, left_ms(until));
  while (ready < 0 && errno == EINTR);
  return ready > 0;
}

Result<Descriptor> connect_one(const addrinfo& address, Clock::time_point until) {
  Descriptor socket(::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.is_open()) return broken(std::strerror(errno));
  if (::connect(socket.get(), address.ai_addr, address.ai_addrlen) != 0) {
    if (errno != EINPROGRESS) return broken(std::strerror(errno));
    if (!wait_for(socket.get(), POLLOUT, until)) return broken("does not answer in time");
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return broken(std::strerror(error));
  }
  // A host that is gone is noticed, also while there is nothing to say; and what is said goes at once.
  const int yes = 1, idle_s = 60, interval_s = 20, probes = 3;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s);
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_KEEPINTVL, &interval_s, sizeof interval_s);
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  return socket;
}

Result<Descriptor> connect_any(const ServerAddress& server, Clock::time_point until) {
  addrinfo wanted{}, *found = nullptr;
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_ADDRCONFIG;
  if (const int error = ::getaddrinfo(server.host.c_str(), server.port.c_str(), &wanted, &found); error != 0) return broken(::gai_strerror(error));
  Result<Descriptor> socket = broken("has no address");
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    socket = connect_one(*each, until);
    if (socket) break;
  }
  ::freeaddrinfo(found);
  return socket;
}

OwnBio text_of(const std::string& pem) { return OwnBio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))); }

Status believe(SSL_CTX* context, const std::string& authority) {
  const OwnBio text = text_of(authority);
  int read = 0;
  while (true) {
    const OwnCertificate one(PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr));
    if (one == nullptr) break;
    ++read;
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), one.get());
  }
  ERR_clear_error();
  if (read == 0) return Error{Code::kInvalid, "the authority's file has no certificate in it"};
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  return {};
}

Status show(SSL_CTX* context, const LinkOptions& options) {
  const OwnBio certificate_text = text_of(options.certificate), key_text = text_of(options.key);
  const OwnCertificate certificate(PEM_read_bio_X509(certificate_text.get(), nullptr, nullptr, nullptr));
  const OwnKey key(PEM_read_bio_PrivateKey(key_text.get(), nullptr, nullptr, nullptr));
  if (certificate == nullptr || key == nullptr || SSL_CTX_use_certificate(context, certificate.get()) != 1 || SSL_CTX_use_PrivateKey(context, key.get()) != 1 ||
      SSL_CTX_check_private_key(context) != 1) {
    ERR_clear_error();
    return Error{Code::kInvalid, "this host's certificate and key do not go together, or are damaged; enrol it again"};
  }
  return {};
}

/// What went wrong in TLS, for people.
std::string tls_words(SSL* ssl, int result) {
  if (const long why = SSL_get_verify_result(ssl); why != X509_V_OK) return fmt::format("its certificate is not believed: {}", X509_verify_cert_error_string(why));
  const int kind = SSL_get_error(ssl, result);
  const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  if (reason != nullptr) return reason;
  return kind == SSL_ERROR_ZERO_RETURN || errno == 0 ? "it ends the connection" : std::strerror(errno);
}

std::string pem_of(X509* certificate) {
  const OwnBio written(BIO_new(BIO_s_mem()));
  char* bytes = nullptr;
  if (written == nullptr || PEM_write_bio_X509(written.get(), certificate) != 1) return {};
  const long size = BIO_get_mem_data(written.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

}  // namespace

Result<ServerAddress> read_server_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  const Error wrong{Code::kInvalid, fmt::format("'{}' is no HOST:PORT, such as logs.example.org:2514", text)};
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size() || text.size() > 300) return wrong;
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  else if (host.find(':') != std::string_view::npos) return wrong;
  if (host.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != std::string_view::npos) return wrong;
  return ServerAddress{std::string(host), std::string(port)};
}

Result<std::unique_ptr<TlsLink>> TlsLink::connect(const LinkOptions& options) {
  const ServerAddress server = TRY(read_server_address(options.server));
  const Clock::time_point until = Clock::now() + std::chrono::milliseconds(kLinkConnectMs);
  Result<Descriptor> socket = connect_any(server, until);
  if (!socket) return Error{socket.error().code, options.server + ": " + socket.error().message};
  std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>> context(SSL_CTX_new(TLS_client_method()));
  if (context == nullptr) return broken("no TLS");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  if (options.mark.empty()) TRY(believe(context.get(), options.authority));
  if (!options.certificate.empty()) TRY(show(context.get(), options));
  SSL* const ssl = SSL_new(context.get());
  std::unique_ptr<TlsLink> link(new TlsLink(std::move(*socket), context.release(), ssl));
  if (ssl == nullptr || SSL_set_fd(ssl, link->socket_.get()) != 1) return broken("no TLS");
  if (const Status greeted = link->greet(options, server.host); !greeted) return Error{greeted.error().code, options.server + ": " + greeted.error().message};
  return link;
}

Status TlsLink::greet(const LinkOptions& options, const std::string& host) {
  std::uint8_t address[16];
  bool v6 = false;
  const bool is_address = parse_address(host, address, v6);
  if (!is_address) SSL_set_tlsext_host_name(ssl_.get(), host.c_str());
  if (options.named) {
    const bool set = is_address ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()), host.c_str()) == 1 : SSL_set1_host(ssl_.get(), host.c_str()) == 1;
    if (!set) return Error{Code::kInvalid, "has a name that no certificate can have"};
  }
  const Clock::time_point until = Clock::now() + std::chrono::milliseconds(kLinkConnectMs);
  while (true) {
    ERR_clear_error();
    errno = 0;
    const int result = SSL_connect(ssl_.get());
    if (result == 1) break;
    const int why = SSL_get_error(ssl_.get(), result);
    if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) {
      const bool denied = SSL_get_verify_result(ssl_.get()) != X509_V_OK;
      return Error{denied ? Code::kDenied : Code::kIo, "TLS: " + tls_words(ssl_.get(), result)};
    }
    if (!wait_for(socket_.get(), why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, until)) return broken("TLS: no answer in time");
  }
  return options.mark.empty() ? Status() : find_authority(options.mark);
}

/// The server has proved by the handshake that it has its certificate's key; here, that this comes from the authority of the mark.
Status TlsLink::find_authority(std::string_view mark) {
  STACK_OF(X509)* const chain = SSL_get_peer_cert_chain(ssl_.get());
  const OwnCertificate leaf(SSL_get1_peer_certificate(ssl_.get()));
  X509* authority = nullptr;
  for (int i = 0; chain != nullptr && i < sk_X509_num(chain); ++i) {
    std::array<unsigned char, 32> digest{};
    X509_digest(sk_X509_value(chain, i), EVP_sha256(), digest.data(), nullptr);
    if (std::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()).starts_with(mark)) authority = sk_X509_value(chain, i);
  }
  const Error no{Code::kDenied, "it is not the service that the code is from: it shows another authority. Nothing was said to it. Is the address right, and does that service use its own certificates (else --ca)?"};
  if (authority == nullptr || leaf == nullptr) return no;
  const std::unique_ptr<X509_STORE, Freed<X509_STORE_free>> store(X509_STORE_new());
  const std::unique_ptr<X509_STORE_CTX, Freed<X509_STORE_CTX_free>> check(X509_STORE_CTX_new());
  if (store == nullptr || check == nullptr || X509_STORE_add_cert(store.get(), authority) != 1 || X509_STORE_CTX_init(check.get(), store.get(), leaf.get(), chain) != 1 ||
      X509_STORE_CTX_set_default(check.get(), "ssl_server") != 1 || X509_verify_cert(check.get()) != 1) {
    return no;
  }
  authority_ = pem_of(authority);
  return {};
}

TlsLink::~TlsLink() {
  if (ssl_ != nullptr) (void)SSL_shutdown(ssl_.get());  // what cannot be said now is not
  ERR_clear_error();
}

Result<std::size_t> TlsLink::write(std::string_view bytes) {
  ERR_clear_error();
  errno = 0;
  std::size_t written = 0;
  const int result = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &written);
  if (result == 1) return written;
  const int why = SSL_get_error(ssl_.get(), result);
  if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) return std::size_t{0};
  return broken(tls_words(ssl_.get(), result));
}

Result<std::size_t> TlsLink::read(char* into, std::size_t size) {
  ERR_clear_error();
  errno = 0;
  std::size_t got = 0;
  const int result = SSL_read_ex(ssl_.get(), into, size, &got);
  if (result == 1) return got;
  const int why = SSL_get_error(ssl_.get(), result);
  if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) return std::size_t{0};
  return broken(tls_words(ssl_.get(), result));
}

void TlsLink::wait(bool wants_to_write, int event, int most_ms) const {
  if (SSL_pending(ssl_.get()) > 0) return;
  pollfd watched[2] = {{socket_.get(), static_cast<short>(wants_to_write ? POLLIN | POLLOUT : POLLIN), 0}, {event, POLLIN, 0}};
  (void)::poll(watched, event < 0 ? 1 : 2, most_ms);
}

}  // namespace tocsin::forward
