// The sub-verbs of `tocsin rules`; each is a file of its own.
#pragma once

#include <string>
#include <vector>

#include "base/env.h"

namespace tocsin::cli {

int run_rules_check(Env& env, const std::vector<std::string>& arguments);
int run_rules_test(Env& env, const std::vector<std::string>& arguments);
int run_rules_list(Env& env, const std::vector<std::string>& arguments);
int run_rules_coverage(Env& env, const std::vector<std::string>& arguments);
int run_rules_shadow(Env& env, const std::vector<std::string>& arguments);
int run_rules_promote(Env& env, const std::vector<std::string>& arguments);
int run_rules_demote(Env& env, const std::vector<std::string>& arguments);
int run_rules_health(Env& env, const std::vector<std::string>& arguments);

}  // namespace tocsin::cli
