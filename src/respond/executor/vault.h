// The secrets of connectors, each under a name, in one sealed file (AES-256-GCM under a key of its own; docs/formats/vault.md). `tocsin vault` writes it; the executor alone reads it, and only when an action wants a secret, so one that
// was replaced holds at once. No secret is ever part of an error. Safe from any thread.
//
//   Vault vault(env, path, key);
//   TRY(vault.put("firewall", Secret(bytes)));
//   const Secret secret = TRY(vault.get("firewall"));
#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/env.h"
#include "base/seal.h"
#include "respond/connector/secret.h"

namespace tocsin::respond {

/// Keys of SSH and certificates have some KB.
inline constexpr std::size_t kVaultSecretBytesMax = 64u << 10;
inline constexpr std::size_t kVaultSecretsMax = 1'000, kVaultNameBytesMax = 200;
inline constexpr std::size_t kVaultBytesMax = 8u << 20;

class Vault {
 public:
  /// `path` "": there is none, and every name is unknown. `env` must outlive it.
  Vault(Env& env, std::string path, SealKey key) : env_(env), path_(std::move(path)), key_(std::move(key)) {}

  /// kNotFound: no such name; kInvalid: the file does not open with this key; kIo.
  Result<Secret> get(std::string_view name) const;
  Result<std::vector<std::string>> names() const;
  /// In place of what is there under this name. kInvalid for a name that is none (letters, digits, '-', '_', '.', '/'), kLimit.
  Status put(std::string_view name, const Secret& secret);
  /// kNotFound.
  Status remove(std::string_view name);

 private:
  struct Entry {
    std::string name;
    Secret secret;
  };
  Result<std::vector<Entry>> read() const;
  Status write(const std::vector<Entry>& entries);

  Env& env_;
  const std::string path_;
  const SealKey key_;
  mutable std::mutex mutex_;
};

}  // namespace tocsin::respond
