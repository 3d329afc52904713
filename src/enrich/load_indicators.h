// Reads what the settings name of lists, indicators and allow-lists into one table, allow-lists first: what is on one never gets in. For Enricher::load, and for searches that ask for indicators.
//
//   std::unique_ptr<intel::IndicatorSet> set = TRY(load_indicators(env, settings, notes, mistakes));
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/env.h"
#include "detect/intel/indicator_set.h"
#include "enrich/enrich_settings.h"

namespace tocsin::enrich {

/// A seed that nobody can know who makes a feed.
Result<std::uint64_t> random_seed();

/// Files that are wrong become `mistakes`, a line each, and the rest is read; `notes` gets entries that are passed over. kIo where the system has no random numbers.
Result<std::unique_ptr<intel::IndicatorSet>> load_indicators(Env& env, const EnrichSettings& settings, std::vector<std::string>& notes, std::string& mistakes);

}  // namespace tocsin::enrich
