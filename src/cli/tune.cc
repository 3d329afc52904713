// tocsin tune: its sub-verbs are a file each. docs/tuning.md.
#include "cli/tune.h"

#include "cli/sub_verb.h"
#include "cli/verb.h"

namespace tocsin::cli {

namespace {

constexpr const char* kHelp =
    "tocsin tune propose RULE [--verdicts FILE] [LOG...]   the smallest filter that hides the rule's false positives, and no true positive\n"
    "tocsin tune check FILTER [--verdicts FILE] [LOG...]   what a filter that somebody wrote hides, and whether a true positive is among it\n"
    "\nWithout LOG: what the service stored in the last 30 days. `tocsin tune VERB --help` says more; docs/tuning.md says all.\n";

}  // namespace

int run_tune(Env& env, const std::vector<std::string>& arguments) {
  return run_sub_verb(env, arguments, "tune", {{"propose", run_tune_propose}, {"check", run_tune_check}}, kHelp);
}

}  // namespace tocsin::cli
