// `tocsin explain alert ID`: why a stored alert was made, from what was written down with it, and the record it is about.
#pragma once

#include <string>

#include "base/env.h"
#include "cli/data_options.h"

namespace tocsin::cli {

/// What to exit with. `id` may be the beginning of one.
int explain_alert(Env& env, const DataOptions& data, const std::string& id);

}  // namespace tocsin::cli
