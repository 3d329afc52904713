// What both who decides about alerts and who lists suppressions read of the state. Whoever calls holds the state's mutex.
#pragma once

#include <string_view>
#include <vector>

#include "event/entity_names.h"
#include "event/suppression.h"
#include "store/state.h"

namespace tocsin {

/// Of the body of an alert; nothing of what is no JSON, or has none.
Result<std::vector<AlertEntity>> read_entities(State& state, std::string_view body);

}  // namespace tocsin
