#include "base/sha256.h"

#include <openssl/evp.h>

#include <algorithm>

#include "base/check.h"

namespace tocsin {

namespace {

// Looking an algorithm up by name is most of the cost of a short digest in OpenSSL 3, so it is fetched once;
// and a context per thread keeps its memory.
struct Context {
  EVP_MD* algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  EVP_MD_CTX* state = EVP_MD_CTX_new();
  Context() = default;
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() {
    EVP_MD_CTX_free(state);
    EVP_MD_free(algorithm);
  }
};

}  // namespace

Sha256 sha256(std::string_view bytes) {
  thread_local const Context context;
  Sha256 digest;
  unsigned size = 0;
  const bool done = EVP_DigestInit_ex2(context.state, context.algorithm, nullptr) == 1 &&
                    EVP_DigestUpdate(context.state, bytes.data(), bytes.size()) == 1 &&
                    EVP_DigestFinal_ex(context.state, digest.data(), &size) == 1;
  TOCSIN_CHECK(done && size == digest.size());
  return digest;
}

struct Sha256Stream::State : Context {};

Sha256Stream::Sha256Stream() : state_(std::make_unique<State>()) {
  TOCSIN_CHECK(EVP_DigestInit_ex2(state_->state, state_->algorithm, nullptr) == 1);
}

Sha256Stream::~Sha256Stream() = default;

void Sha256Stream::update(std::string_view bytes) { TOCSIN_CHECK(EVP_DigestUpdate(state_->state, bytes.data(), bytes.size()) == 1); }

Sha256 Sha256Stream::finish() {
  Sha256 digest;
  unsigned size = 0;
  TOCSIN_CHECK(EVP_DigestFinal_ex(state_->state, digest.data(), &size) == 1 && size == digest.size());
  return digest;
}

void append_hex(std::string& out, const Sha256& digest, std::size_t bytes) {
  for (std::size_t i = 0; i < std::min(bytes, digest.size()); ++i) {
    out.push_back("0123456789abcdef"[digest[i] >> 4]);
    out.push_back("0123456789abcdef"[digest[i] & 15]);
  }
}

}  // namespace tocsin
