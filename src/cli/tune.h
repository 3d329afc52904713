// The sub-verbs of `tocsin tune`; each is a file of its own.
#pragma once

#include <string>
#include <vector>

#include "base/env.h"

namespace tocsin::cli {

int run_tune_propose(Env& env, const std::vector<std::string>& arguments);
int run_tune_check(Env& env, const std::vector<std::string>& arguments);

}  // namespace tocsin::cli
