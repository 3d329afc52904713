// Owners of the objects that OpenSSL hands out, for the few files that call it; each frees its object when it goes. They belong to one thread each. Nothing
// fails here: what could not be made is a nullptr, which the caller asks for.
//
//   const OwnCertificate shown(SSL_get1_peer_certificate(ssl));
//   if (shown == nullptr) return {};
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/check.h"

namespace tocsin {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* what) const {
    Free(what);
  }
};

using OwnBio = std::unique_ptr<BIO, Freed<BIO_free>>;
using OwnCertificate = std::unique_ptr<X509, Freed<X509_free>>;
using OwnDigestContext = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using OwnKey = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;

/// A digest of short texts, again and again: looking an algorithm up by name is most of the cost of one in OpenSSL 3, so it is fetched once, and its
/// context keeps its memory. SHA-1 and SHA-256 are always there.
class FetchedDigest {
 public:
  explicit FetchedDigest(const char* name) : algorithm_(EVP_MD_fetch(nullptr, name, nullptr)), context_(EVP_MD_CTX_new()) {}
  void begin() { TOCSIN_CHECK(EVP_DigestInit_ex2(context_.get(), algorithm_.get(), nullptr) == 1); }
  void update(std::string_view bytes) { TOCSIN_CHECK(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1); }
  /// `digest` has exactly as many bytes as the algorithm gives.
  void finish(std::span<std::uint8_t> digest) {
    unsigned size = 0;
    TOCSIN_CHECK(EVP_DigestFinal_ex(context_.get(), digest.data(), &size) == 1 && size == digest.size());
  }

 private:
  std::unique_ptr<EVP_MD, Freed<EVP_MD_free>> algorithm_;
  OwnDigestContext context_;
};

}  // namespace tocsin
