#include "base/sha256.h"

#include <algorithm>

#include "base/openssl.h"

namespace tocsin {

Sha256 sha256(std::string_view bytes) {
  thread_local FetchedDigest digest("SHA256");
  Sha256 out;
  digest.begin();
  digest.update(bytes);
  digest.finish(out);
  return out;
}

struct Sha256Stream::State : FetchedDigest {
  State() : FetchedDigest("SHA256") {}
};

Sha256Stream::Sha256Stream() : state_(std::make_unique<State>()) { state_->begin(); }

Sha256Stream::~Sha256Stream() = default;

void Sha256Stream::update(std::string_view bytes) { state_->update(bytes); }

Sha256 Sha256Stream::finish() {
  Sha256 out;
  state_->finish(out);
  return out;
}

void append_hex(std::string& out, const Sha256& digest, std::size_t bytes) {
  for (std::size_t i = 0; i < std::min(bytes, digest.size()); ++i) {
    out.push_back("0123456789abcdef"[digest[i] >> 4]);
    out.push_back("0123456789abcdef"[digest[i] & 15]);
  }
}

}  // namespace tocsin
