// What the service shows on its TLS ports, made ready at its start: the user's own certificate if there is one, else one of our authority for every name under
// which this machine is reached; and the authority itself, whom senders' certificates are signed by. The outcome is plain texts, for whatever
// process listens. Fails with what is wrong with a file, before anything listens.
//
//   const PreparedTls tls = TRY(prepare_tls(env, data, master, {}, addresses));
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/env.h"
#include "base/seal.h"
#include "pipeline/listeners.h"
#include "store/data_folder.h"

namespace tocsin {

/// A file of certificates or of a key.
inline constexpr std::size_t kPemFileBytesMax = 1 << 20;

struct TlsOptions {
  std::string certificate = {}, key = {};  // the user's own: PEM files; both or none
  std::vector<std::string> machine = {};   // its names (base/machine.h), of which there is at least one
  std::vector<std::string> names = {};     // under which clients reach it besides
};

struct PreparedTls {
  ServerTls tls;
  std::string warning = {};  // what a person should do something about soon
};

/// `listening`: the addresses that will be listened on. `master` is used before this returns, and not afterwards.
Result<PreparedTls> prepare_tls(Env& env, const DataFolder& data, Seal& master, const TlsOptions& options, std::span<const std::string> listening);

}  // namespace tocsin
