// Who may send, as the state has it, with the number that each has in the journal. Another process adds senders (`tocsin sender add`), so it is
// read again whenever somebody asks. Safe from any thread. Fails as the state does.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/env.h"
#include "base/seal.h"
#include "pipeline/ingest_session.h"
#include "pipeline/journal_intake.h"
#include "store/data_folder.h"
#include "store/state.h"

namespace tocsin {

/// Inputs to which who shows nothing may send: those that have nothing to show it with.
inline constexpr std::string_view kInputsWithoutToken[] = {"syslog", "gelf", "journal", "relp", "forward", "lumberjack", "netflow"};

/// What the state keeps instead of a token.
std::string token_digest(std::string_view token);

class StateSenders : public SenderSource {
 public:
  /// What it takes to let hosts in: the authority that signs their certificates.
  struct Enrolling {
    Env& env;
    DataFolder data;
    Seal& master;
    std::string machine;
  };
  /// All outlive it.
  StateSenders(State& state, JournalIntake& intake, Enrolling enrolling) : state_(state), intake_(intake), enrolling_(std::move(enrolling)) {}

  Result<std::vector<SenderEntry>> senders() override;
  /// Plain syslog and others of its kind have no tokens where nobody has to show anything: what comes to their ports is the source "syslog", "relp" ….
  std::optional<Sender> without_token(std::string_view input) override;
  Result<std::string> enrol(const EnrolmentRequest& request) override;

 private:
  State& state_;
  JournalIntake& intake_;
  const Enrolling enrolling_;
};

}  // namespace tocsin
