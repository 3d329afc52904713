#include "cli/sub_verb.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/output.h"
#include "cli/verb.h"

namespace tocsin::cli {

int run_sub_verb(Env& env, const std::vector<std::string>& arguments, std::string_view verb, std::initializer_list<SubVerb> sub_verbs, std::string_view help) {
  const std::string_view name = arguments.empty() ? "" : std::string_view(arguments.front());
  if (name == "--help" || name == "-h") {
    fmt::print("{}", help);
    return kDone;
  }
  const auto found = std::ranges::find(sub_verbs, name, &SubVerb::name);
  if (found != sub_verbs.end()) return found->run(env, {arguments.begin() + 1, arguments.end()});
  if (!name.empty()) complain(fmt::format("`tocsin {}` has no '{}'", verb, name));
  fmt::print(stderr, "{}", help);
  return kUsage;
}

}  // namespace tocsin::cli
