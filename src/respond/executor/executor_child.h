// The executor: the process that holds the credentials of pollers and asks with them. It reads requests of the process that parses for the pollers (pipeline/poll_child.h), which it takes for an enemy, and hands it
// bodies that it has not read. It writes no file, starts nothing, listens nowhere; it reads the secrets, authorities and what libraries need (base/sandbox.h), and connects to machines by HTTPS.
//
// `tocsin serve` starts it (pipeline/poll_process.h): descriptor 3 is the core, which says one line, the pollers, and gets one, how it is confined; descriptor 4 is the process that parses. It ends when either is gone.
#pragma once

#include "base/env.h"
#include "base/result.h"

namespace tocsin::executor {

/// Returns with why it cannot begin, and only then.
Status run_executor_child(Env& env);

}  // namespace tocsin::executor
