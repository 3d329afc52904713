// Makes the requests of pollers: checks each for itself (poll_gate.h), counts it, adds the credential, asks, and gives the answer back unread but for its status and headers. Safe from any thread, as long as no two ask for
// the same poller at once. Nothing fails: what goes wrong is an answer with a trouble, in words for people, in which nothing of a secret stands.
//
//   const auto executor = TRY(PollExecutor::open(env, pollers));
//   const PollAnswer answer = executor->ask(0, request);
#pragma once

#include <memory>
#include <vector>

#include "base/env.h"
#include "collect/poll_api.h"
#include "respond/executor/poll_credential.h"

namespace tocsin::executor {

/// For one request; an object of CloudTrail may have some MB.
inline constexpr int kPollRequestMs = 60'000;
/// Of a list of authorities.
inline constexpr std::size_t kAuthoritiesBytesMax = 1u << 20;

class PollExecutor {
 public:
  static Result<std::unique_ptr<PollExecutor>> open(Env& env, std::vector<PollerSettings> pollers);
  std::size_t pollers() const { return pollers_.size(); }
  PollAnswer ask(std::size_t poller, const PollRequest& request);
  /// What is asked now, or later, fails soon.
  void stop();

 private:
  struct One {
    PollerSettings settings;
    std::unique_ptr<oidc::HttpsFetch> fetch;
    std::unique_ptr<PollCredential> credential;
    std::int64_t day = 0;  // since 1970
    std::uint64_t requests = 0;  // on it
  };
  explicit PollExecutor(Env& env) : env_(env) {}
  bool count(One& one);

  Env& env_;
  std::vector<std::unique_ptr<One>> pollers_;
};

}  // namespace tocsin::executor
