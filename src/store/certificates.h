// The service's own certificates, kept in <data>/tls (docs/formats/tls.md): an authority that is made once, and what it signed for the server, made
// anew when it ends soon or the machine has another name. Private keys lie there sealed under the master key, never in clear. Several processes may ask
// at once: one makes, the others wait. Fails with kInvalid where what is kept does not open with this key, with kIo where the disk does.
//
//   const Identity authority = TRY(open_authority(env, data, master, "web1"));  // and data.authority_pem() is there
//   const Identity server = TRY(open_server_identity(env, data, master, authority, {"web1", "192.0.2.7"}));
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/certificate.h"
#include "base/env.h"
#include "base/seal.h"
#include "store/data_folder.h"

namespace tocsin {

/// A server's certificate that ends sooner is made anew at the next start.
inline constexpr int kServerCertificateLeftDays = 30;

/// `machine` is what this machine is called, for the name of a new one.
Result<Identity> open_authority(Env& env, const DataFolder& data, Seal& master, std::string_view machine);
/// For `names`, the machine's own first.
Result<Identity> open_server_identity(Env& env, const DataFolder& data, Seal& master, const Identity& authority, std::span<const std::string> names);

/// Whether what is there opens, and ca.pem is the authority's; nothing there is well too. kInvalid with what is wrong.
Status check_certificates(Env& env, const DataFolder& data, Seal& master);

}  // namespace tocsin
