// Who may send, as the state has it. Another process adds senders (`tocsin sender add`), so a token or a certificate that is not known is looked for in the
// state again, at most once a second: a stranger who guesses cannot keep the disk busy. Safe from any thread.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "base/env.h"
#include "collect/intake.h"
#include "pipeline/journal_intake.h"
#include "store/state.h"

namespace tocsin {

/// What the state keeps instead of a token.
std::string token_digest(std::string_view token);

class StateSenders : public Senders {
 public:
  StateSenders(Env& env, State& state, JournalIntake& intake) : env_(env), state_(state), intake_(intake) {}

  std::optional<Sender> by_token(std::string_view input, std::string_view token) override;
  std::optional<Sender> by_certificate(std::string_view input, std::string_view fingerprint) override;
  /// Plain syslog has no tokens: what comes to the port is the source "syslog".
  std::optional<Sender> without_token(std::string_view input) override;

 private:
  std::optional<Sender> by_digest(std::string_view input, const std::string& digest);
  void read_again();

  Env& env_;
  State& state_;
  JournalIntake& intake_;
  std::mutex mutex_;
  std::map<std::string, std::pair<std::string, Sender>> by_digest_;  // input and sender
  std::int64_t read_ns_ = 0;
  bool read_ = false;
};

}  // namespace tocsin
