#include "collect/file_hashes.h"

#include <openssl/evp.h>

#include <array>

#include "base/openssl.h"

namespace tocsin {

namespace {

using OwnDigest = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;

std::string hex(const unsigned char* bytes, unsigned size) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (unsigned i = 0; i < size; ++i) (text += kDigits[bytes[i] >> 4]) += kDigits[bytes[i] & 15];
  return text;
}

}  // namespace

struct FileHashes::State {
  std::array<OwnDigest, 3> digests;  // nullptr: not allowed
};

FileHashes::FileHashes() : state_(std::make_unique<State>()) {
  const std::array<const EVP_MD*, 3> algorithms = {EVP_md5(), EVP_sha1(), EVP_sha256()};
  for (std::size_t i = 0; i < algorithms.size(); ++i) {
    OwnDigest& digest = state_->digests[i];
    digest.reset(EVP_MD_CTX_new());
    if (digest != nullptr && EVP_DigestInit_ex(digest.get(), algorithms[i], nullptr) != 1) digest.reset();
  }
}

FileHashes::~FileHashes() = default;

void FileHashes::update(std::string_view bytes) {
  for (const OwnDigest& digest : state_->digests) {
    if (digest != nullptr) EVP_DigestUpdate(digest.get(), bytes.data(), bytes.size());
  }
}

FileHashes::Digests FileHashes::finish() {
  const auto of = [](const OwnDigest& digest) {
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    return digest != nullptr && EVP_DigestFinal_ex(digest.get(), bytes, &size) == 1 ? hex(bytes, size) : std::string();
  };
  return {of(state_->digests[0]), of(state_->digests[1]), of(state_->digests[2])};
}

}  // namespace tocsin
