// Learns from all events of some inputs which host had which address when, before a scan looks at them: a lease may stand in a file that is read later. One thread; what cannot be read is told by the scan.
//
//   learn_hosts(env, engine_without_rules, files, hosts);
#pragma once

#include <vector>

#include "base/env.h"
#include "enrich/host_table.h"
#include "pipeline/engine.h"

namespace tocsin {

/// Inputs that are no files (a pipe can be read once) are passed over.
void learn_hosts(Env& env, Engine& engine, const std::vector<FoundFile>& files, enrich::HostTable& hosts);

}  // namespace tocsin
