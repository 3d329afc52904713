// The acts of people on incidents and alerts (event/case.h), as State keeps them: added, never changed, read in order. Each is written together with its line of the
// audit log, all or nothing. Safe from any thread; several processes may add. Fails as State does.
//
//   CaseLog log(*state);
//   const std::int64_t number = TRY(log.add(act, by));
#pragma once

#include <cstdint>
#include <vector>

#include "event/case.h"
#include "store/accounts.h"
#include "store/state.h"

namespace tocsin {

/// Acts that are kept: a team of three that does one a minute needs three years to get there. Some hundred bytes each, and 33 for each alert named.
inline constexpr std::int64_t kCaseActsMax = 1'000'000;

class CaseLog {
 public:
  explicit CaseLog(State& state) : state_(state) {}

  /// Gives its number; those of `act` itself, `time` and `who` are not looked at. kInvalid if it names too much, kLimit if the log is full.
  Result<std::int64_t> add(const CaseAct& act, const Actor& by);
  /// Those behind the one of this number, `most` of them.
  Result<std::vector<CaseAct>> after(std::int64_t number, std::size_t most);
  /// What was attached and not removed.
  Result<std::vector<AttachedFile>> files();
  /// Writes into the audit log that somebody is given what was attached to this incident by this act; no act of its own.
  Status note_reading(std::string_view incident, std::int64_t act, const Actor& by);

 private:
  Status insert(const CaseAct& act, const Actor& by);
  static AttachedFile next_file(State::Statement& found);

  State& state_;
};

}  // namespace tocsin
