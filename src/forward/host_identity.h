// What makes a host a sender: its private key, which is made here and never leaves, the certificate that the service signed for it, the authority by which the host
// believes the service, and where that is. It lies in the data folder of `tocsin forward`. enrol() gets it with a code (collect/enrolment.h): the service is told by the
// mark in the code before anything is said to it. Blocks, for as long as a connection may take. kDenied: the service is another one, or refuses.
//
//   TRY(enrol(env, {.folder = folder, .server = "logs.example.org:2514", .code = code}));
//   const HostIdentity identity = TRY(read_host_identity(env, folder));   // kNotFound: not enrolled
#pragma once

#include <string>

#include "base/env.h"
#include "base/result.h"
#include "forward/tls_link.h"

namespace tocsin::forward {

/// A key, a certificate, an authority of a user's own.
inline constexpr std::size_t kIdentityFileBytesMax = 256u << 10;
/// The service's answer to the code, behind the connection.
inline constexpr int kEnrolAnswerMs = 30'000;

struct HostIdentity {
  std::string server, key, certificate, authority;
  bool named = false;  // the server's certificate is a user's own, and has to be for its name
  LinkOptions link() const;
};

struct EnrolOptions {
  std::string folder = {}, server = {}, code = {};
  std::string authority = {};  // PEM, where the service uses a certificate of the user's own; "": the service's authority
};

Status enrol(Env& env, const EnrolOptions& options);
Result<HostIdentity> read_host_identity(Env& env, const std::string& folder);

}  // namespace tocsin::forward
