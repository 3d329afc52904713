// The sub verbs of `tocsin playbook` that have files of their own.
#pragma once

#include <string>
#include <vector>

#include "base/env.h"

namespace tocsin::cli {

int simulate_playbook(Env& env, const std::vector<std::string>& arguments);
int list_playbooks(Env& env, const std::vector<std::string>& arguments);
int enable_playbook(Env& env, const std::vector<std::string>& arguments);
int disable_playbook(Env& env, const std::vector<std::string>& arguments);
int start_playbook(Env& env, const std::vector<std::string>& arguments);

}  // namespace tocsin::cli
