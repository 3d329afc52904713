// For tests of what speaks TLS: a blocking client over OpenSSL that can show a certificate, be old, or break off at any step, and identities to show. It waits
// up to kFakeWaitMs for what has to come. One thread.
//
//   FakeTlsClient client(listener->address(), {.authority = authority.certificate});
//   ASSERT_TRUE(client.handshake());
//   client.send("GET / HTTP/1.1\r\n…");
#pragma once

#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <ctime>
#include <memory>
#include <string>
#include <string_view>

#include "base/certificate.h"
#include "base/openssl.h"
#include "collect/net_fakes.h"

namespace tocsin {

inline TimeUs fake_now() { return static_cast<TimeUs>(std::time(nullptr)) * 1'000'000; }

struct FakeTlsOptions {
  std::string authority = {};  // PEM; "": the server is believed whatever it shows
  Identity identity = {};      // none if it is empty
  int version_min = TLS1_2_VERSION, version_max = TLS1_3_VERSION;
  std::string protocols = {};  // ALPN, as on the wire
  SSL_SESSION* session = nullptr;
};

class FakeTlsClient {
 public:
  explicit FakeTlsClient(const std::string& address, const FakeTlsOptions& options = {}) : context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_set_security_level(context_.get(), 0);  // it may be as old as a test wants it
    SSL_CTX_set_min_proto_version(context_.get(), options.version_min);
    SSL_CTX_set_max_proto_version(context_.get(), options.version_max);
    if (!options.authority.empty()) believe(options.authority);
    if (!options.identity.key.empty()) show(options.identity);
    ssl_.reset(SSL_new(context_.get()));
    if (!options.protocols.empty()) {
      SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(options.protocols.data()), static_cast<unsigned>(options.protocols.size()));
    }
    if (options.session != nullptr) SSL_set_session(ssl_.get(), options.session);
    connect(address);
  }
  ~FakeTlsClient() { disconnect(); }
  FakeTlsClient(const FakeTlsClient&) = delete;

  /// True as soon as this side is done: in TLS 1.3 the server may refuse later what it is shown.
  bool handshake() { return SSL_connect(ssl_.get()) == 1; }
  bool send(std::string_view bytes) {
    std::size_t put = 0;
    return SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &put) == 1 && put == bytes.size();
  }
  /// Past TLS, in the middle of it.
  void send_plain(std::string_view bytes) { (void)!::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
  /// What comes until there are `size` bytes or the server ends.
  std::string receive(std::size_t size) {
    std::string all(size, '\0');
    std::size_t at = 0, got = 0;
    while (at < size && SSL_read_ex(ssl_.get(), all.data() + at, size - at, &got) == 1) at += got;
    return all.substr(0, at);
  }
  /// Whether the next that comes is the server's word that it ends, and not a broken connection.
  bool ended_well() {
    char one = 0;
    std::size_t got = 0;
    const int result = SSL_read_ex(ssl_.get(), &one, 1, &got);
    return result != 1 && SSL_get_error(ssl_.get(), result) == SSL_ERROR_ZERO_RETURN;
  }
  void end() { SSL_shutdown(ssl_.get()); }
  void disconnect() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  SSL* ssl() { return ssl_.get(); }

 private:
  void believe(const std::string& authority) {
    const OwnBio text(BIO_new_mem_buf(authority.data(), static_cast<int>(authority.size())));
    const OwnCertificate one(PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr));
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context_.get()), one.get());
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
  }
  void show(const Identity& identity) {
    const OwnBio first(BIO_new_mem_buf(identity.certificate.data(), -1)), second(BIO_new_mem_buf(identity.key.data(), -1));
    const OwnCertificate certificate(PEM_read_bio_X509(first.get(), nullptr, nullptr, nullptr));
    const OwnKey key(PEM_read_bio_PrivateKey(second.get(), nullptr, nullptr, nullptr));
    SSL_CTX_use_certificate(context_.get(), certificate.get());
    SSL_CTX_use_PrivateKey(context_.get(), key.get());
  }
  void connect(const std::string& address) {
    std::string host;
    std::uint16_t port = 0;
    parse_net_address(address, host, port);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    ::inet_pton(AF_INET, host.c_str(), &to.sin_addr);
    fd_ = ::socket(AF_INET, SOCK_STREAM, 0);
    const timeval wait{kFakeWaitMs / 1000, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    (void)!::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to);
    SSL_set_fd(ssl_.get(), fd_);
  }

  const std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>> context_;
  std::unique_ptr<SSL, Freed<SSL_free>> ssl_;
  int fd_ = -1;
};

/// An authority with a server, and a second one that nobody believes.
struct FakeIdentities {
  Identity authority = *make_authority("box", fake_now());
  Identity server = *make_server_identity(authority, std::vector<std::string>{"box", "127.0.0.1"}, fake_now());
  Identity client = *make_client_identity(authority, "shipper", fake_now());
  Identity stranger = *make_authority("other", fake_now());
};

}  // namespace tocsin
