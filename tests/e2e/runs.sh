#!/usr/bin/env bash
# Runs of playbooks, with a service and the command line: a new playbook runs dry until it is enabled; people approve, do, skip, undo; the stop switch holds over a kill; and of a thousand runs, with kills among them of the service and of the
# process that acts, each that was said to be safe ends, and none is stuck. TOCSIN_RUNS says how many.
set -euo pipefail
program=$(realpath "$1")
tree=$(cd "$(dirname "$0")/../.." && pwd)
for needed in python3 pgrep; do command -v $needed >/dev/null || { echo "skipped: $needed is not installed"; exit 77; }; done
. "$tree/tests/e2e/serving.bash"
tocsin() { "$program" "$@" --data data; }
has() { grep -qF -- "$2" <<<"$1" || fail "'$2' is not in: $1"; }
run_of() { sed -n 's/^run \([0-9]*\) has begun.*/\1/p' <<<"$1"; }
status_of() { tocsin runs show "$1" --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["status"])'; }
becomes() {  # run, status
  for _ in $(seq 200); do [ "$(status_of "$1")" = "$2" ] && return; sleep 0.1; done
  tocsin runs show "$1"; fail "run $1 is $(status_of "$1"), not $2"
}
playbook() {  # file, number, actions of the connector noop, or "ask"
  python3 - "$@" <<'PY'
import json, sys
file, number, words = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
extension = "extension-definition--6f7a1c1e-3b0d-4a55-9a67-0d6c2f1b8e43"
name = lambda kind, n: f"{kind}--00000000-0000-4000-8000-{number * 1000 + n:012d}"
steps = {name("start", 1): {"type": "start", "on_completion": name("action", 10)}, name("end", 2): {"type": "end"}}
agents = {name("group", 3): {"type": "group", "name": "Those on call"}}
for i, word in enumerate(words):
    agent = name("group", 3) if word == "ask" else name("tocsin", 100 + i)
    if word != "ask":
        agents[agent] = {"type": "tocsin", "name": word, "agent_target_extensions": {extension: {"connector": "noop", "action": word}}}
    steps[name("action", 10 + i)] = {"type": "action", "name": f"{word} {i + 1}", "commands": [{"type": "manual", "command": "Do it"}], "agent": agent,
                                     "on_completion": name("action", 11 + i) if i + 1 < len(words) else name("end", 2)}
json.dump({"type": "playbook", "spec_version": "cacao-2.0", "id": name("playbook", 0), "name": file, "created_by": name("identity", 5), "created": "2026-01-31T09:00:00.000Z", "modified": "2026-01-31T09:00:00.000Z",
           "workflow_start": name("start", 1), "workflow": steps, "agent_definitions": agents,
           "extension_definitions": {extension: {"type": "extension-definition", "name": "c", "created_by": name("identity", 5), "schema": "https://example.org/c", "version": "1"}}}, open(f"books/{file}.json", "w"))
PY
}
mkdir books
playbook five 1 pass pass pass pass pass
playbook asks 2 pass ask pass
playbook mixed 3 pass pass_once pass pass_once pass
serve --playbook books --agent-type soarca --agent-type soarca-manual

# A new playbook runs dry, until somebody lets it; a changed one is new.
has "$(tocsin playbook list)" 'five: runs dry until it is enabled'
becomes "$(run_of "$(tocsin playbook run five)")" succeeded
tocsin playbook run five --real 2>refused && fail 'a new playbook changed something'
has "$(cat refused)" "is new, or was changed: it runs dry"
for one in five asks mixed; do tocsin playbook enable $one >/dev/null; done
becomes "$(run_of "$(tocsin playbook run five --real)")" succeeded
playbook five 1 pass pass; tocsin reload >/dev/null
tocsin playbook run five --real 2>refused && fail 'a changed playbook changed something'
playbook five 1 pass pass pass pass pass; tocsin reload >/dev/null

# A person does a step; it survives a kill; what was done is taken back, though the run is over.
run=$(run_of "$(tocsin playbook run asks --real)")
for _ in $(seq 100); do grep -q 'waits until' <<<"$(tocsin runs show "$run")" && break; sleep 0.1; done
kill -9 "$service"; wait "$service" 2>/dev/null || true
serve --playbook books
has "$(tocsin runs list)" '1 wait for a person'
tocsin runs done "$run" 2 --why 'called her' >/dev/null
becomes "$run" succeeded
sleep 0.5
tocsin runs undo-all "$run" >/dev/null
for _ in $(seq 100); do [ "$(grep -c ' undone: ' <<<"$(tocsin runs show "$run")")" = 2 ] && break; sleep 0.1; done
[ "$(grep -c ' undone: ' <<<"$(tocsin runs show "$run")")" = 2 ] || { tocsin runs show "$run"; fail 'not all was taken back'; }

# The stop switch holds over a kill.
waiting=$(run_of "$(tocsin playbook run asks --real)")
tocsin runs stop-all --why drill >/dev/null
tocsin playbook run five --real 2>refused && fail 'something was begun while everything was stopped'
kill -9 "$service"; wait "$service" 2>/dev/null || true
serve --playbook books
has "$(tocsin runs list)" 'EVERYTHING IS STOPPED'
tocsin runs done "$waiting" 2 >/dev/null
[ "$(status_of "$waiting")" = paused ] || fail 'a run went on while everything was stopped'
tocsin runs lift >/dev/null
becomes "$waiting" succeeded

# What is marked goes to nobody who is not told so much.
printf 'noop: {tlp: GREEN, per_minute: 100000}\n' >connectors.yml
python3 - <<'PY'
import json
book = json.load(open("books/five.json"))
marking = "marking-tlp--00000000-0000-4000-8000-000000000042"
book.update(id="playbook--00000000-0000-4000-8000-000000009999", name="amber", markings=[marking], data_marking_definitions={marking: {"type": "marking-tlp", "id": marking, "created": "2026-01-31T09:00:00.000Z", "tlpv2_level": "TLP:AMBER"}})
json.dump(book, open("books/amber.json", "w"))
PY
stop
serve --playbook books --connectors connectors.yml
amber=$(run_of "$(tocsin playbook run amber)")
becomes "$amber" failed
has "$(tocsin runs show "$amber")" "the playbook is TLP:AMBER, and the connector 'noop' is told TLP:GREEN at most"

# The published examples whose agent is a person are tasks for that one; those that cannot be run are refused, with the place.
stop
serve --playbook books --agent-type soarca --agent-type soarca-manual
examples=${TOCSIN_DATA:-$tree/../shared/data}/cacao/examples
if [ -d "$examples" ]; then
  for one in basic-example-1 spec-3.1-example soarca/manual-playbook; do
    tocsin playbook enable "$examples/$one.json" >/dev/null
    example=$(run_of "$(tocsin playbook run "$examples/$one.json" --real)")
    for _ in $(seq 100); do grep -q 'waits until' <<<"$(tocsin runs show "$example")" && break; sleep 0.1; done
    value=''
    [ "$one" != soarca/manual-playbook ] || value='--set __hyperspeed_ready__=true'
    # shellcheck disable=SC2086
    tocsin runs done "$example" 1 $value >/dev/null
    becomes "$example" succeeded
  done
  has "$(tocsin runs show $((example - 1)))" 'IR team: Look up IP 1.2.3.4 in SIEM'
  has "$(tocsin runs show $((example - 2)))" 'Network Admin: Switch(conf)#mac address-table static'
  for one in locky-bart-mbc-examples soarca/fin-playbook soarca/openc2-playbook soarca/http-playbook; do
    tocsin playbook run "$examples/$one.json" 2>refused && fail "$one was begun"
    grep -q 'cannot be run: /[a-z_]*/' refused || { cat refused; fail "$one is not refused with its place"; }
  done
else
  echo "not looked at: the published examples ($examples is not there)"
fi

# All of it is in the record that can be checked.
tocsin audit checkpoint --sign >checkpoint
tocsin audit show >shown
for deed in 'command line playbook.enable' "executor run.result.done run $run, action" 'noop unpass' 'called her' 'command line stop.all every run' 'drill' "command line run.undo_run run $run"; do has "$(cat shown)" "$deed"; done
tocsin audit verify --checkpoint checkpoint >verified || { cat verified; fail 'the audit log is not good'; }
python3 "$tree/tools/audit_verify.py" data/audit >verified || { cat verified; fail 'the audit log is not good, by the verifier of its own'; }

# Many runs, and kills among them: of the service, and of the process that acts.
count=${TOCSIN_RUNS:-3000}
python3 "$tree/tests/e2e/runs.py" data/control books/mixed.json "$count" >told 2>told.log &
sender=$!
kills=0
while kill -0 "$sender" 2>/dev/null; do
  sleep 0.3
  kills=$((kills + 1))
  if [ $((kills % 3)) = 0 ]; then
    for starter in $(pgrep -P "$service"); do pkill -9 -P "$starter" -x tocsin-actions || true; done
  else
    kill -9 "$service"; wait "$service" 2>/dev/null || true
    serve --playbook books
  fi
  [ $kills -lt 60 ] || break
done
wait "$sender" || { cat told.log; fail 'not all runs could be started'; }
sender=''
read -r safe last <told
# What may be done once and was under way is shown to a person, who has looked.
for _ in $(seq 300); do
  tocsin runs list --json --open --limit 1000 >list.json
  left=$(python3 - <<'PY'
import json
print(" ".join(str(run["run"]) for run in json.load(open("list.json"))["runs"] ))
PY
)
  [ -z "$left" ] && break
  for run in $left; do
    tocsin runs show "$run" --json | python3 -c 'import json,sys; print(*[one["action"] for one in json.load(sys.stdin)["action_list"] if one["state"] == "unknown"])' >unknown
    for action in $(cat unknown); do tocsin runs done "$run" "$action" >/dev/null && echo "$run $action" >>looked; done
  done
  sleep 0.2
done
[ -z "$left" ] || fail "stuck: $left"
python3 - "$safe" <<'PY'
import json, sqlite3, sys
runs = sqlite3.connect("file:data/state.db?mode=ro", uri=True).execute("SELECT run, status FROM playbook_runs WHERE name = 'mixed'").fetchall()
wrong = [run for run in runs if run[1] != "succeeded"]
assert not wrong, wrong
assert len(runs) >= int(sys.argv[1]), (len(runs), sys.argv[1])
PY
tocsin audit checkpoint --sign >checkpoint
tocsin audit verify --checkpoint checkpoint >verified || { cat verified; fail 'the audit log is not good after the kills'; }
python3 - "$safe" <<'PY' || fail 'the audit log does not have every run once'
import glob, json, sys
starts = [json.loads(line) for name in sorted(glob.glob("data/audit/leaves-*.ndjson")) for line in open(name)]
starts = [leaf["object"] for leaf in starts if leaf["what"] == "run.start"]
assert len(starts) == len(set(starts)) >= int(sys.argv[1]), (len(starts), len(set(starts)), sys.argv[1])
PY
echo "$safe runs were said to be safe and ended, over $kills kills; a person looked after $(cat looked 2>/dev/null | wc -l) actions"
stop
