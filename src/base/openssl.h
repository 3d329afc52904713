// Owners of the objects that OpenSSL hands out, for the few files that call it; each frees its object when it goes. They belong to one thread each. Nothing
// fails here: what could not be made is a nullptr, which the caller asks for.
//
//   const OwnCertificate shown(SSL_get1_peer_certificate(ssl));
//   if (shown == nullptr) return {};
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>

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
using OwnKey = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;

}  // namespace tocsin
