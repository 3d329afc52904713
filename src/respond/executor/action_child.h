// The process that does actions: it alone has the connectors and their secrets. It reads orders of the core, looks at each for itself (action_gate.h), and answers. `tocsin serve` and `tocsin playbook run` start it
// (pipeline/action_process.h); descriptor 3 is its stream with the core, with which it ends.
#pragma once

#include "base/env.h"
#include "base/result.h"

namespace tocsin::respond {

/// Returns with why it cannot begin, and only then.
Status run_action_child(Env& env);

}  // namespace tocsin::respond
