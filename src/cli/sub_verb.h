// The second word of a verb that is several (`tocsin user add`): each is a function that gets the rest. Used by those verbs' files.
//
//   return run_sub_verb(env, arguments, "user", {{"add", add}, {"list", list}}, kHelp);
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/env.h"

namespace tocsin::cli {

struct SubVerb {
  std::string_view name;
  int (*run)(Env& env, const std::vector<std::string>& arguments);
};

/// What it exits with. Without a second word, or with one that is none of these, `help` is shown and nothing done (kUsage).
int run_sub_verb(Env& env, const std::vector<std::string>& arguments, std::string_view verb, std::initializer_list<SubVerb> sub_verbs, std::string_view help);

}  // namespace tocsin::cli
