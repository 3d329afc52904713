// Which rules a service has had, so that one which comes in later can begin in the shadow: asked and counted like any other, heard by nobody until a person promotes it. It is known by its id: a rule that was changed goes on
// reaching people, since on trial it would leave the gap that it was to fill.
//
//   RuleTrials trials(state);
//   std::set<std::string> shadow = TRY(trials.take(ids_of(rules), true, env.now_us()));
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "store/state.h"

namespace tocsin {

/// Ids that are remembered; the largest public set has some 5,000. Beyond it those are forgotten first that are loaded no more, the oldest before others.
inline constexpr std::size_t kKnownRulesMax = 100'000;

class RuleTrials {
 public:
  explicit RuleTrials(State& state) : state_(state) {}

  /// Those of `ids`, which are all that are to hold from now on, that are on trial. With `try_new` these are the ones that were new in this call or an earlier one; the first rules that a service ever has are new to nobody.
  /// Without it there are none, and those that were on trial reach people from now on. All of it or nothing is written.
  Result<std::set<std::string>> take(const std::vector<std::string>& ids, bool try_new, TimeUs now);

 private:
  Status forget(const std::vector<std::string>& ids);

  State& state_;
};

}  // namespace tocsin
