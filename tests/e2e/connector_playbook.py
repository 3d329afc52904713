"""A playbook with one step for each action of a connector, as JSON on standard output: what tests of connectors run.

    connector_playbook.py NAME NUMBER CONNECTOR ACTION [ARGUMENT=VALUE …] [then CONNECTOR ACTION …]

An argument without a value (ARGUMENT=) is a variable that whoever runs it says; one with '<' behind it (TEXT<) gets the output of the step before that has its name.
"""
import json
import sys

EXTENSION = "extension-definition--6f7a1c1e-3b0d-4a55-9a67-0d6c2f1b8e43"
title, number, words = sys.argv[1], int(sys.argv[2]), sys.argv[3:]


def name(kind, n):
    return f"{kind}--00000000-0000-4000-8000-{number * 1000 + n:012d}"


groups, group = [], []
for word in words + ["then"]:
    if word == "then":
        groups.append(group)
        group = []
    else:
        group.append(word)
steps = {name("start", 1): {"type": "start", "on_completion": name("action", 10)}, name("end", 2): {"type": "end"}}
agents, variables = {}, {}
for i, (connector, action, *arguments) in enumerate(groups):
    agents[name("tocsin", 100 + i)] = {"type": "tocsin", "name": f"{connector} {action}", "agent_target_extensions": {EXTENSION: {"connector": connector, "action": action}}}
    step = steps[name("action", 10 + i)] = {"type": "action", "name": f"{connector} {action}", "commands": [{"type": "manual", "command": action}], "agent": name("tocsin", 100 + i), "in_args": [],
                                            "on_completion": name("action", 11 + i) if i + 1 < len(groups) else name("end", 2)}
    for argument in arguments:
        key, _, value = argument.partition("=")
        step["in_args"].append(f"__{key.rstrip('<')}__")
        if key.endswith("<"):
            steps[name("action", 9 + i)]["out_args"] = [f"__{key[:-1]}__"]
            variables[f"__{key[:-1]}__"] = {"type": "string"}
        else:
            variables[f"__{key}__"] = {"type": "string", "external": True} if value == "" else {"type": "string", "value": value}
print(json.dumps({"type": "playbook", "spec_version": "cacao-2.0", "id": name("playbook", 0), "name": title, "created_by": name("identity", 5), "created": "2026-01-31T09:00:00.000Z", "modified": "2026-01-31T09:00:00.000Z",
                  "workflow_start": name("start", 1), "workflow": steps, "agent_definitions": agents, "playbook_variables": variables,
                  "extension_definitions": {EXTENSION: {"type": "extension-definition", "name": "Connector of Tocsin", "created_by": name("identity", 5), "schema": "https://example.org/connector", "version": "1"}}}))
