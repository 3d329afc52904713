// tocsin rules: its sub-verbs are a file each.
#include "cli/rules.h"

#include "cli/sub_verb.h"
#include "cli/verb.h"

namespace tocsin::cli {

namespace {

constexpr const char* kHelp =
    "tocsin rules check PATH...    every rule: loaded, or rejected and why\n"
    "tocsin rules test PATH...     run the tests that lie beside rules\n"
    "tocsin rules list [PATH...]   what is loaded\n"
    "tocsin rules coverage [--rules PATH]... [LOG...]   ATT&CK Navigator layers, and rules that cannot fire\n"
    "tocsin rules health [--rules PATH]... LOG...       rules that cannot fire, have not fired, fire too much or for nothing\n"
    "tocsin rules shadow           rules on trial of a service: what they did, and would have added\n"
    "tocsin rules promote ID       let one reach people; `demote ID` puts it back\n"
    "\n`tocsin rules VERB --help` says more.\n";

}  // namespace

int run_rules(Env& env, const std::vector<std::string>& arguments) {
  return run_sub_verb(env, arguments, "rules",
                      {{"check", run_rules_check}, {"test", run_rules_test}, {"list", run_rules_list}, {"coverage", run_rules_coverage}, {"health", run_rules_health},
                       {"shadow", run_rules_shadow}, {"promote", run_rules_promote}, {"demote", run_rules_demote}}, kHelp);
}

}  // namespace tocsin::cli
