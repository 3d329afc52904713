// The two processes of `tocsin serve` for pollers: the one that parses what APIs answer (pipeline/poll_child.h) and the executor, which asks them (respond/executor/executor_child.h). They are started by the service with
// their sockets, and by nobody else, so no help names them.
#include <sys/stat.h>

#include "cli/output.h"
#include "cli/verb.h"
#include "collect/poll_wire.h"
#include "pipeline/ingest_child.h"
#include "pipeline/poll_child.h"
#include "respond/executor/action_child.h"
#include "respond/executor/action_wire.h"
#include "respond/executor/executor_child.h"

namespace tocsin::cli {

namespace {

bool is_socket(int descriptor) {
  struct stat stream {};
  return ::fstat(descriptor, &stream) == 0 && S_ISSOCK(stream.st_mode);
}

}  // namespace

int run_polls(Env& env) {
  if (!is_socket(kIngestStream) || !is_socket(kPollsExecutor)) return complain("this is for `tocsin serve` to start"), kUsage;
  const Status ended = run_poll_child(env);
  if (!ended) complain("the process that parses for pollers: " + ended.error().message);
  return kUsage;
}

int run_executor(Env& env) {
  if (!is_socket(kExecutorCore) || !is_socket(kExecutorAsks)) return complain("this is for `tocsin serve` to start"), kUsage;
  (void)executor::run_executor_child(env);  // who started it says why
  return kUsage;
}

int run_actions(Env& env) {
  if (!is_socket(respond::kActionsCore)) return complain("this is for `tocsin serve` to start"), kUsage;
  (void)respond::run_action_child(env);  // the same
  return kUsage;
}

}  // namespace tocsin::cli
