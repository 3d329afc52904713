// A run of a playbook as JSON (docs/playbooks.md): in a line for lists, and whole.
#pragma once

#include <string>

#include "respond/engine/run_state.h"
#include "store/run_archive.h"

namespace tocsin {

/// One of its actions asks, is a task, or is of unknown outcome.
bool waits_for_a_person(const respond::RunState& run);
void append_run_line(std::string& json, const respond::RunState& run);
void append_run_line(std::string& json, const ArchivedRun& run);
/// With its variables, its actions and its story.
void append_run(std::string& json, const respond::RunState& run);

}  // namespace tocsin
