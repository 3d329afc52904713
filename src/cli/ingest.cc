// The ingest process of `tocsin serve` (pipeline/ingest_child.h). It is started by the service with its sockets, and by nobody else, so no help names it.
#include <sys/stat.h>

#include "cli/output.h"
#include "cli/verb.h"
#include "pipeline/ingest_child.h"

namespace tocsin::cli {

int run_ingest(Env& env) {
  struct stat stream {};
  if (::fstat(kIngestStream, &stream) != 0 || !S_ISSOCK(stream.st_mode)) return complain("this is for `tocsin serve` to start"), kUsage;
  const Status ended = run_ingest_child(env);
  if (!ended) complain("the ingest process: " + ended.error().message);
  return kUsage;
}

}  // namespace tocsin::cli
