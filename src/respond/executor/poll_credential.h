// The credential of one poller: what a request of it carries. It is read from where the settings say when it is needed, so one that was replaced holds at once; a token that a login service gave for it is kept as long as
// that said. Nothing of it is in an error. One thread for each object.
// kInvalid: the secret is not what it should be; kNotFound, kDenied, kIo: it cannot be read, or the login service cannot be reached; kDenied, too: that refuses it.
//
//   PollCredential credential(env, settings, fetch);
//   for (auto& header : TRY(credential.headers(url, now))) …
//   credential.was_refused();      // a 401: the token is had anew
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/env.h"
#include "collect/poller_settings.h"
#include "oidc/https_fetch.h"

namespace tocsin::executor {

/// Of the file with it: a key of a service account has 2,400 bytes.
inline constexpr std::size_t kSecretBytesMax = 16u << 10;
/// What a login service gives; tokens have some KB.
inline constexpr std::size_t kTokenBytesMax = 16u << 10;

using Headers = std::vector<std::pair<std::string, std::string>>;

class PollCredential {
 public:
  /// `fetch` asks the login service; all must outlive it.
  PollCredential(Env& env, const PollerSettings& settings, oidc::Fetch& fetch) : env_(env), settings_(settings), fetch_(fetch) {}

  Result<Headers> headers(const std::string& url, TimeUs now);
  void was_refused() { token_.clear(); }

 private:
  Result<std::string> secret() const;
  Result<std::string> one_line() const;
  Result<Headers> of_taxii() const;
  Result<Headers> with_token(TimeUs now);
  Result<std::string> token_form(TimeUs now) const;
  Status get_token(TimeUs now);
  Result<Headers> signed_headers(const std::string& url, TimeUs now) const;

  Env& env_;
  const PollerSettings& settings_;
  oidc::Fetch& fetch_;
  std::string token_;
  TimeUs token_until_ = 0;
};

/// Where the secret stands: a path, or of "credential:NAME" a file below the folder that systemd gives.
Result<std::string> secret_path(const PollerSettings& settings);

}  // namespace tocsin::executor
