// Sealing: AES-256-GCM (NIST SP 800-38D), by OpenSSL. What was sealed opens only with the same key, nonce and additional data, and
// only if no bit of it has changed. A nonce must never be used twice under one key; callers count.
//
// A Seal is safe from any thread, one at a time inside. Key material is wiped when it goes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tocsin {

inline constexpr std::size_t kSealKeyBytes = 32, kSealNonceBytes = 12, kSealTagBytes = 16;
using SealNonce = std::array<std::uint8_t, kSealNonceBytes>;

/// 32 bytes that are wiped when they go. Moved, not copied.
class SealKey {
 public:
  /// From the system's random numbers; an error if there are none.
  static Result<SealKey> random();
  /// kInvalid unless there are exactly 32 bytes.
  static Result<SealKey> from(std::string_view bytes);
  SealKey(SealKey&& other) noexcept;
  SealKey& operator=(SealKey&& other) noexcept;
  ~SealKey();
  std::string_view bytes() const { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }

 private:
  SealKey() = default;
  std::array<std::uint8_t, kSealKeyBytes> bytes_{};
};

/// A key and, while everything under another one is being sealed anew under it, that other one.
struct SealKeys {
  SealKey now;
  std::optional<SealKey> before;
};

/// Fills with random bytes fit for keys and nonces.
Status random_bytes(std::uint8_t* into, std::size_t size);

class Seal {
 public:
  explicit Seal(const SealKey& key);
  explicit Seal(const SealKeys& keys);
  Seal(Seal&&) noexcept;
  Seal& operator=(Seal&&) noexcept;
  ~Seal();

  /// Other keys from now on, for whoever has this Seal.
  void rekey(const SealKeys& keys);

  /// Under the key of now. Appends plain.size() + kSealTagBytes bytes to `out`.
  void seal(const SealNonce& nonce, std::string_view additional, std::string_view plain, std::string& out);
  /// Under either key. Replaces `out` by what was sealed; false, with `out` empty, if it does not check.
  bool open(const SealNonce& nonce, std::string_view additional, std::string_view sealed, std::string& out);

 private:
  struct Contexts;
  std::unique_ptr<Contexts> contexts_;
};

}  // namespace tocsin
