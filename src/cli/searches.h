// The processes that search for the service. `tocsin serve` starts one of them (api/search_starter.h), which loads what every search needs and then
// makes a child for each: a fork of what has never seen a question, so that no search waits for libraries, and nothing of one is left for the next.
// It has one thread, and its children have theirs only once they are confined. It ends with the service, and they with it.
//
// The service sends it kSearchDescriptors descriptors with the seconds that the search may take, and gets the child as a pidfd. What is asked goes to the child
// alone, over the last of them: one request (pipeline/search_request.h) up to the end of what the service writes. The child's output and complaints are those of
// `tocsin search`; when all of them are written it answers with its exit code, one byte.
#pragma once

#include <string>
#include <vector>

#include "base/env.h"

namespace tocsin::cli {

/// With `--data`, `--key-file` and `--memory` of `tocsin search`. Returns only if the service did not start it.
int run_searches(Env& env, const std::vector<std::string>& arguments);

}  // namespace tocsin::cli
