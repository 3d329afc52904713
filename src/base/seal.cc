#include "base/seal.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <climits>
#include <cstring>
#include <mutex>

#include "base/check.h"

namespace tocsin {

namespace {

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

}  // namespace

Status random_bytes(std::uint8_t* into, std::size_t size) {
  TOCSIN_CHECK(size <= INT_MAX);
  if (RAND_bytes(into, static_cast<int>(size)) != 1) return Error{Code::kIo, "the system has no random numbers for a key"};
  return {};
}

Result<SealKey> SealKey::random() {
  SealKey key;
  TRY(random_bytes(key.bytes_.data(), key.bytes_.size()));
  return key;
}

Result<SealKey> SealKey::from(std::string_view bytes) {
  if (bytes.size() != kSealKeyBytes) return Error{Code::kInvalid, "a key has 32 bytes"};
  SealKey key;
  std::memcpy(key.bytes_.data(), bytes.data(), kSealKeyBytes);
  return key;
}

SealKey::SealKey(SealKey&& other) noexcept : bytes_(other.bytes_) { OPENSSL_cleanse(other.bytes_.data(), other.bytes_.size()); }

SealKey& SealKey::operator=(SealKey&& other) noexcept {
  if (this == &other) return *this;
  bytes_ = other.bytes_;
  OPENSSL_cleanse(other.bytes_.data(), other.bytes_.size());
  return *this;
}

SealKey::~SealKey() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

namespace {

Context context_for(const SealKey& key, bool sealing) {
  Context context(EVP_CIPHER_CTX_new());
  TOCSIN_CHECK(context != nullptr);
  const auto init = sealing ? &EVP_EncryptInit_ex : &EVP_DecryptInit_ex;
  TOCSIN_CHECK(init(context.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key.bytes()), nullptr) == 1);
  return context;
}

bool open_with(EVP_CIPHER_CTX* context, const SealNonce& nonce, std::string_view additional, std::string_view sealed, std::string& out) {
  const std::size_t plain = sealed.size() - kSealTagBytes;
  out.resize(plain);
  unsigned char tag[kSealTagBytes];
  std::memcpy(tag, sealed.data() + plain, sizeof tag);
  auto* const into = reinterpret_cast<unsigned char*>(out.data());
  unsigned char rest[kSealTagBytes];
  int size = 0;
  return EVP_DecryptInit_ex(context, nullptr, nullptr, nullptr, nonce.data()) == 1 &&
         EVP_DecryptUpdate(context, nullptr, &size, bytes_of(additional), static_cast<int>(additional.size())) == 1 &&
         EVP_DecryptUpdate(context, into, &size, bytes_of(sealed), static_cast<int>(plain)) == 1 &&
         EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, kSealTagBytes, tag) == 1 && EVP_DecryptFinal_ex(context, rest, &size) == 1;
}

}  // namespace

/// One context for each direction, with the key schedule done: what changes is the nonce.
struct Seal::Contexts {
  std::mutex mutex;  // guards what follows
  Context sealing, opening, opening_before;  // the last: only while there is a key before

  void set(const SealKey& now, const SealKey* before) {
    sealing = context_for(now, true);
    opening = context_for(now, false);
    opening_before = before == nullptr ? nullptr : context_for(*before, false);
  }
};

Seal::Seal(const SealKey& key) : contexts_(std::make_unique<Contexts>()) { contexts_->set(key, nullptr); }

Seal::Seal(const SealKeys& keys) : contexts_(std::make_unique<Contexts>()) { rekey(keys); }

void Seal::rekey(const SealKeys& keys) {
  const std::lock_guard<std::mutex> lock(contexts_->mutex);
  contexts_->set(keys.now, keys.before ? &*keys.before : nullptr);
}

Seal::Seal(Seal&&) noexcept = default;
Seal& Seal::operator=(Seal&&) noexcept = default;
Seal::~Seal() = default;

void Seal::seal(const SealNonce& nonce, std::string_view additional, std::string_view plain, std::string& out) {
  TOCSIN_CHECK(plain.size() <= INT_MAX && additional.size() <= INT_MAX);
  const std::lock_guard<std::mutex> lock(contexts_->mutex);
  EVP_CIPHER_CTX* const context = contexts_->sealing.get();
  const std::size_t from = out.size();
  out.resize(from + plain.size() + kSealTagBytes);
  auto* const into = reinterpret_cast<unsigned char*>(out.data()) + from;
  int size = 0;
  TOCSIN_CHECK(EVP_EncryptInit_ex(context, nullptr, nullptr, nullptr, nonce.data()) == 1);
  TOCSIN_CHECK(EVP_EncryptUpdate(context, nullptr, &size, bytes_of(additional), static_cast<int>(additional.size())) == 1);
  TOCSIN_CHECK(EVP_EncryptUpdate(context, into, &size, bytes_of(plain), static_cast<int>(plain.size())) == 1);
  TOCSIN_CHECK(EVP_EncryptFinal_ex(context, into + size, &size) == 1);
  TOCSIN_CHECK(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, kSealTagBytes, into + plain.size()) == 1);
}

bool Seal::open(const SealNonce& nonce, std::string_view additional, std::string_view sealed, std::string& out) {
  out.clear();
  if (sealed.size() < kSealTagBytes || sealed.size() > INT_MAX || additional.size() > INT_MAX) return false;
  const std::lock_guard<std::mutex> lock(contexts_->mutex);
  for (EVP_CIPHER_CTX* const context : {contexts_->opening.get(), contexts_->opening_before.get()}) {
    if (context != nullptr && open_with(context, nonce, additional, sealed, out)) return true;
    out.clear();
  }
  return false;
}

}  // namespace tocsin
