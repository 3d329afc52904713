// Does nothing, and says so: for rehearsals of playbooks, and for measuring everything else. Its actions are of each class of repeats, so that a rehearsal shows what a crash would do to them.
#pragma once

#include "respond/connector/connector_list.h"

namespace tocsin::respond {

std::span<const ActionSpec> noop_actions();
Result<std::unique_ptr<Connector>> make_noop(const ConnectorPlace& place, const ConnectorSettings& settings);

}  // namespace tocsin::respond
