// A new master key in place of the one in use (docs/formats/key.md). What happens at any moment, a loss of power included, leaves a key file with which
// everything opens; what was cut short goes on with the next call.
//
// Whoever calls holds the data folder, as a service that runs or in its place. One thread. Fails with kDenied while a backup is made, with kUnsupported where the
// key is a systemd credential, else with what the disk said.
//
//   const SealKeys keys = TRY(exchange_key(env, data, key_file, [&](const SealKeys& keys) { master.rekey(keys); }));
#pragma once

#include <functional>
#include <string>

#include "base/env.h"
#include "base/seal.h"
#include "store/data_folder.h"

namespace tocsin {

/// Called when other keys are to be used from now on: first both, in the end the new one. When it returns, nothing is sealed under the old one any more.
using UseKeys = std::function<void(const SealKeys&)>;

/// The new key.
Result<SealKeys> exchange_key(Env& env, const DataFolder& data, const std::string& key_file, const UseKeys& use);
/// Ends an exchange that was cut short, if the key file says that there is one. The keys that are there now.
Result<SealKeys> finish_exchange(Env& env, const DataFolder& data, const std::string& key_file, SealKeys keys, const UseKeys& use);

}  // namespace tocsin
