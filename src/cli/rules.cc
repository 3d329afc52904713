// tocsin rules: the sub-verbs, in one table; one file each.
#include "cli/rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/verb.h"

namespace tocsin::cli {

namespace {

const std::vector<Verb> kSubVerbs = {
    {"check", "parse rules and say what is wrong with them", run_rules_check},
    {"test", "run the tests beside rules", run_rules_test},
    {"list", "list rules", run_rules_list},
    {"coverage", "ATT&CK Navigator layers: loaded, could fire on this data, fired", run_rules_coverage},
};

void print_help(std::FILE* to) {
  fmt::print(to, "tocsin rules check PATH...    every rule: loaded, or rejected and why\n"
                 "tocsin rules test PATH...     run the tests that lie beside rules\n"
                 "tocsin rules list [PATH...]   what is loaded\n"
                 "tocsin rules coverage [--rules PATH]... [LOG...]   ATT&CK Navigator layers, and rules that cannot fire\n"
                 "\n`tocsin rules VERB --help` says more.\n");
}

}  // namespace

int run_rules(Env& env, const std::vector<std::string>& arguments) {
  if (arguments.empty() || arguments.front() == "--help" || arguments.front() == "-h") {
    print_help(arguments.empty() ? stderr : stdout);
    return arguments.empty() ? kUsage : kDone;
  }
  const auto verb = std::ranges::find(kSubVerbs, arguments.front(), &Verb::name);
  if (verb == kSubVerbs.end()) {
    fmt::print(stderr, "tocsin rules: there is no '{}'\n\n", arguments.front());
    print_help(stderr);
    return kUsage;
  }
  return verb->run(env, {arguments.begin() + 1, arguments.end()});
}

}  // namespace tocsin::cli
