#include "collect/tls_context.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <vector>

#include "base/check.h"
#include "base/openssl.h"

namespace tocsin {

namespace {

/// TLS 1.2 with forward secrecy and authenticated encryption only; TLS 1.3 has nothing else.
constexpr const char* kCiphers12 = "ECDHE+AESGCM:ECDHE+CHACHA20";
Error wrong(std::string message) { return {Code::kInvalid, std::move(message)}; }

OwnBio text_of(const std::string& pem) { return OwnBio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))); }

/// All certificates of a text, of which there is at least one.
Result<std::vector<OwnCertificate>> read_certificates(const std::string& pem) {
  std::vector<OwnCertificate> all;
  const OwnBio text = text_of(pem);
  ERR_clear_error();
  while (X509* const one = PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr)) all.emplace_back(one);
  if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) return wrong("a certificate in it is damaged");
  if (all.empty()) return wrong("there is no certificate in it (a text with -----BEGIN CERTIFICATE-----)");
  return all;
}

Result<OwnKey> read_key_pem(const std::string& pem) {
  const OwnBio text = text_of(pem);
  bool asked = false;
  const auto no_passphrase = [](char*, int, int, void* was_asked) -> int {
    *static_cast<bool*>(was_asked) = true;
    return -1;
  };
  OwnKey key(PEM_read_bio_PrivateKey(text.get(), nullptr, no_passphrase, &asked));
  if (asked) return wrong("the private key has a passphrase, which nobody can type here; give it without one, readable by its owner alone");
  if (key == nullptr) return wrong("there is no private key in it (a text with -----BEGIN PRIVATE KEY-----)");
  return key;
}

Status use_certificate(SSL_CTX* context, const TlsSettings& settings) {
  std::vector<OwnCertificate> chain = TRY(read_certificates(settings.certificates));
  const OwnKey key = TRY(read_key_pem(settings.key));
  if (SSL_CTX_use_certificate(context, chain.front().get()) != 1) return wrong("the certificate's key is too weak, or of a kind that TLS does not use");
  if (X509_check_private_key(chain.front().get(), key.get()) != 1) return wrong("the private key is not that of the certificate");
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1) return wrong("the private key is of a kind that TLS does not use");
  for (auto link = chain.begin() + 1; link != chain.end(); ++link) {
    if (SSL_CTX_add1_chain_cert(context, link->get()) != 1) return wrong("a certificate behind the first is too weak");
  }
  return {};
}

Status ask_clients(SSL_CTX* context, const TlsSettings& settings) {
  if (settings.client_authority.empty()) return {};
  const std::vector<OwnCertificate> authorities = TRY(read_certificates(settings.client_authority));
  for (const OwnCertificate& each : authorities) {
    TOCSIN_CHECK(X509_STORE_add_cert(SSL_CTX_get_cert_store(context), each.get()) == 1);
    TOCSIN_CHECK(SSL_CTX_add_client_CA(context, each.get()) == 1);
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | (settings.client_required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nullptr);
  SSL_CTX_set_max_cert_list(context, kTlsClientChainBytesMax);
  return {};
}

/// http/1.1 or nothing: a client that lists protocols without it is refused, as RFC 7301 wants it.
int choose_http(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in, unsigned in_size, void*) {
  static constexpr unsigned char kHttp[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, kHttp, sizeof kHttp - 1, in, in_size) != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

void harden(SSL_CTX* context, bool http) {
  TOCSIN_CHECK(SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1);
  TOCSIN_CHECK(SSL_CTX_set_cipher_list(context, kCiphers12) == 1);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // What is read is read at once, and buffers go while a connection is idle.
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  // Tickets are sealed under a key that ends with this context; nothing is kept for a client that may never come back.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  constexpr unsigned char kName[] = "tocsin";
  TOCSIN_CHECK(SSL_CTX_set_session_id_context(context, kName, sizeof kName - 1) == 1);
  if (http) {
    SSL_CTX_set_num_tickets(context, 1);
    SSL_CTX_set_alpn_select_cb(context, choose_http, nullptr);
  } else {
    // A sender that only writes never reads a ticket, and closing with something unread resets the connection: its last messages would be lost.
    SSL_CTX_set_num_tickets(context, 0);
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  }
}

}  // namespace

Result<TlsContext> open_tls_context(const TlsSettings& settings) {
  const TlsContext context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  TOCSIN_CHECK(context != nullptr);
  harden(context.get(), settings.http);
  TRY(use_certificate(context.get(), settings));
  TRY(ask_clients(context.get(), settings));
  return context;
}

}  // namespace tocsin
