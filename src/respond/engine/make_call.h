// What a command of a playbook means: a task for a person, or a call of a connector with every variable in its place. A value never becomes text of a shell, a path or a document: in a command of a shell it is one quoted argument, in a
// path it is percent-encoded, in JSON it is (part of) one string (docs/playbooks.md). Pure.
//
//   const Task task = TRY(make_task(book, step, command, target, values));
//   if (task.person.empty()) send(task.call);
#pragma once

#include <span>
#include <string>

#include "base/result.h"
#include "respond/cacao/playbook.h"
#include "respond/connector/action.h"
#include "respond/engine/splice.h"

namespace tocsin::respond {

struct Task {
  std::string person;  // who does it: a name of the playbook; "": a connector does
  std::string text;    // for that person
  const ActionSpec* spec = nullptr;
  ActionCall call = {};
};

/// `target` may be nullptr: the agent does it to itself, or the command names whom. kInvalid, in words: a variable has no value, a value cannot stand where it is used, an address is missing, nothing here does such a thing.
Result<Task> make_task(const cacao::Playbook& playbook, const cacao::Step& step, const cacao::Command& command, const cacao::AgentTarget* target, const VariableLookup& values, std::span<const ActionSpec> table);

/// The extension of an agent of ours (6, agent_target_extensions) that names connector and action.
inline constexpr std::string_view kConnectorExtension = "extension-definition--6f7a1c1e-3b0d-4a55-9a67-0d6c2f1b8e43";

}  // namespace tocsin::respond
