// The rules of a backtest: those to be tried, and beside each the rule in force that has the same id, in one set, so that an event is read once for
// both. A rule in force gets another id there, as correlations refer to rules by id. Pure functions.
//
//   BacktestRules rules = join_rules(std::move(tried), in_force);
//   Engine engine(std::move(rules.set), taxonomy);
//   rules.other[0]                       // the card of the rule in force that rule 0 is compared with
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "detect/sigma/load.h"

namespace tocsin {

struct BacktestRules {
  sigma::RuleSet set;
  /// Numbers as Engine::card() takes them, rules first, then correlations: those to be tried and reported, in the order of the set.
  std::vector<std::uint32_t> tried;
  std::vector<std::optional<std::uint32_t>> other;  // beside `tried`: the one in force
};

BacktestRules join_rules(sigma::RuleSet tried, const sigma::RuleSet& in_force);

}  // namespace tocsin
