// tocsin audit: the record of everything that was decided or done, and what proves that nobody changed it.
#include <fmt/format.h>

#include "cli/audit_options.h"
#include "cli/sub_verb.h"
#include "cli/verb.h"

namespace tocsin::cli {

namespace {

constexpr const char* kHelp =
    "The record of what was decided and done, by people and by the program, as a tree of hashes that anybody can check (docs/audit.md).\n\n"
    "  tocsin audit show        what is in it, the newest last\n"
    "  tocsin audit verify      whether it is what was written, from its beginning on\n"
    "  tocsin audit checkpoint  the newest signed checkpoint, to keep elsewhere\n"
    "  tocsin audit prove       that a line of it is in the log that a checkpoint is over\n"
    "  tocsin audit export      all that somebody else needs to check it\n"
    "  tocsin audit key         the public key that its checkpoints are signed for\n";

}  // namespace

int run_audit(Env& env, const std::vector<std::string>& arguments) {
  return run_sub_verb(env, arguments, "audit",
                      {{"show", run_audit_show}, {"verify", run_audit_verify}, {"checkpoint", run_audit_checkpoint}, {"prove", run_audit_prove}, {"export", run_audit_export}, {"key", run_audit_key}}, kHelp);
}

}  // namespace tocsin::cli
