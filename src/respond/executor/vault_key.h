// The key of a vault: 64 hexadecimal digits and a line feed, in a file that the service alone reads.
#pragma once

#include <string>

#include "base/env.h"
#include "base/seal.h"

namespace tocsin::respond {

/// kInvalid if it is no key; and as the file cannot be read.
Result<SealKey> read_vault_key(Env& env, const std::string& path);
/// A new file, readable by this user alone.
Status make_vault_key(Env& env, const std::string& path);

}  // namespace tocsin::respond
