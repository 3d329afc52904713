// The process of `tocsin serve` that looks for new indicators in what is stored (pipeline/retro_child.h). It is started by the service with its socket, and by nobody else, so no help names it.
#pragma once

#include <string>
#include <vector>

#include "base/env.h"

namespace tocsin::cli {

/// With `--data`, `--key-file` and `--mappings`.
int run_retro(Env& env, const std::vector<std::string>& arguments);

}  // namespace tocsin::cli
