// Small secrets in the data folder, each in a file of its own, sealed under the master key: the private keys of certificates, the key of second factors.
// The table here names them all, so that an exchange of the master key finds them. A file is put in place whole or not at all. Several
// processes may read; who writes sees to it that nobody else does.
//
//   TRY(put_sealed(env, accounts_key(data), master, key.bytes()));
//   const std::string bytes = TRY(get_sealed(env, accounts_key(data), master));   // kNotFound: there is none; kInvalid: it does not open
//
// The bytes: `TOCSINT1`, a random nonce (12), the secret sealed with the purpose as additional data (docs/formats/tls.md).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/env.h"
#include "base/seal.h"
#include "store/data_folder.h"

namespace tocsin {

/// What one file holds: two PEM texts of some 700 bytes, one of them with all the names of a machine.
inline constexpr std::size_t kSealedFileBytesMax = 64 << 10;

struct SealedPlace {
  std::string folder, name;
  std::string purpose;  // so that one file cannot stand for another
  std::string path() const { return folder + "/" + name; }
};

SealedPlace authority_place(const DataFolder& data);
SealedPlace server_place(const DataFolder& data);
/// Of the key under which the users' second factors are sealed.
SealedPlace accounts_place(const DataFolder& data);
/// Of the key from which those of tokens, addresses and hashes are made.
SealedPlace protection_place(const DataFolder& data);
/// Of the key under which what is attached to incidents is sealed.
SealedPlace attachments_place(const DataFolder& data);
/// Of the key under which runs of playbooks that are over are sealed.
SealedPlace runs_place(const DataFolder& data);
/// Of the key that the checkpoints of the audit log are signed with.
SealedPlace audit_place(const DataFolder& data);
/// Of the policy that the service protects events by (docs/protection.md).
SealedPlace policy_place(const DataFolder& data);
std::vector<SealedPlace> sealed_places(const DataFolder& data);

Status put_sealed(Env& env, const SealedPlace& place, Seal& master, std::string_view secret);
Result<std::string> get_sealed(Env& env, const SealedPlace& place, Seal& master);
/// Seals under the key of now what opens under the one before; whether there was that to do. What opens under neither stays as it is.
Result<bool> reseal(Env& env, const SealedPlace& place, const SealKeys& keys);

/// The key under which the users' second factors are sealed, which outlasts an exchange of the master key; made if there is none.
Result<SealKey> second_factor_key(Env& env, const DataFolder& data, Seal& master);

/// In place of what is there, whole or not at all.
Status put_file(Env& env, const std::string& folder, std::string_view name, std::string_view bytes);

}  // namespace tocsin
