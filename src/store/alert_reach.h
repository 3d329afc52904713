// Whom each alert reaches, decided while it is kept: the suppressions in force, the windows that are open, what is watched, which rules were promoted. Made in State's transaction, used for the alerts of one step, and
// written back at its end. One thread: whoever has it holds the state's mutex.
//
//   AlertReach reach(*this, step.now);
//   TRY(reach.read());
//   for (…) { add(alert); TRY(reach.keep(alert)); }
//   TRY(reach.write());
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "event/suppression.h"
#include "store/state.h"

namespace tocsin {

class AlertReach {
 public:
  AlertReach(State& state, TimeUs now) : state_(state), now_(now) {}

  Status read();
  /// Of an alert whose row was just added: writes down who hides it, if anything does.
  Status keep(const StoredAlert& alert);
  /// The counts.
  Status write();

  /// Alerts that were found in what is stored, long after the stream had passed; one that is there stays as it is. How many were not there. All or nothing, and for whoever does not have the state's mutex.
  static Result<std::size_t> add_late(State& state, std::span<const StoredAlert> alerts, TimeUs now);

  struct Added {
    std::int64_t number = 0;
    std::string id;
    TimeUs when = kNoTime;  // by the clock of the service; kNoTime: nobody wrote it down
  };
  /// When alerts could first reach anybody: those behind the one of this number, in their order, `limit` at most. For whoever does not have the state's mutex.
  static Result<std::vector<Added>> added_after(State& state, std::int64_t number, std::size_t limit);

 private:
  struct Count;
  bool is_watched(const std::vector<AlertEntity>& entities) const;
  /// Whether an alert that it covers, and that nothing makes break through, is hidden by it: not as the first of a window.
  Result<bool> hides(const Suppression& suppression, const StoredAlert& alert, const std::vector<AlertEntity>& entities);
  Status hide(const StoredAlert& alert, std::int64_t by);
  Status count_hidden(Suppression& suppression, const StoredAlert& alert, const std::vector<AlertEntity>& entities);

  State& state_;
  const TimeUs now_;
  std::vector<Suppression> in_force_;  // with what this step adds to their counts
  std::set<std::string> promoted_;
  std::set<std::pair<EntityType, std::string>> watched_;
  bool everything_ = false;  // is watched
};

}  // namespace tocsin
