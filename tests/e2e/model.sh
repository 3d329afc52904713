#!/usr/bin/env bash
# `tocsin case ask` against an endpoint: what it is told has nobody's name, what it says is kept as its words and counts nowhere, and what is no answer keeps nothing.
set -euo pipefail
program=$(realpath "$1")
tree=$(cd "$(dirname "$0")/../.." && pwd)
command -v python3 >/dev/null || { echo 'skipped: python3 is not installed (scripts/setup test)'; exit 77; }
work=$(mktemp -d)
service='' endpoint=''
trap 'kill -9 $service $endpoint 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
cat >rule.yml <<'END'
title: Somebody asks who he is
id: 5ec1e6f2-6c0c-4a3e-8c4f-2b7a0e8f1a11
status: test
level: high
author: the tests
logsource: {category: process_creation, product: windows}
detection:
  selection: {Image|endswith: '\whoami.exe'}
  condition: selection
END
cat >events.ndjson <<'END'
{"EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational","UtcTime":"2026-03-01 12:00:00.000","Computer":"ws5.theshire.example","Hostname":"ws5.theshire.example","User":"THESHIRE\\pgustavo","Image":"C:\\Users\\pgustavo\\whoami.exe","CommandLine":"whoami.exe /all password=hunter2hunter2 pgustavo@theshire.example","ProcessGuid":"{00000000-0000-0000-0000-000000000001}","ProcessId":"7","ParentImage":"C:\\Windows\\explorer.exe","ParentProcessId":"6"}
END
"$program" serve --data data --key-file key --rules rule.yml --file "$work/events.ndjson" --bulk 127.0.0.1:0 --hec 127.0.0.1:0 --syslog 127.0.0.1:0 --syslog-tls 127.0.0.1:0 --api none --ready-file ready 2>serve.log &
service=$!
list() { "$program" incidents --data data --format ndjson 2>/dev/null; }
for _ in $(seq 600); do [ -n "$(list)" ] && break; sleep 0.1; done
incident=$(list | python3 -c 'import json, sys; print(json.loads(sys.stdin.readline())["id"])')
list >before.ndjson

"$program" case ask "$incident" --show --data data >told
grep -q host-1 told && grep -q account-1 told || { cat told; exit 1; }
for name in ws5 pgustavo theshire hunter2; do if grep -qi "$name" told; then echo "a model is told of $name"; cat told; exit 1; fi; done

python3 "$tree/tests/e2e/model/endpoint.py" . &
endpoint=$!
for _ in $(seq 300); do [ -e port ] && break; sleep 0.1; done
echo 'the-key' >model.key
url=http://127.0.0.1:$(cat port)/v1
ask() { "$program" case ask "$incident" --model m1 --url "$url" --data data "$@"; }
cat >answer <<'END'
{"choices":[{"message":{"role":"assistant","content":"```json\n{\"summary\":\"account-1 asked who it is on host-1. Look at its log-ons.\",\"verdict\":\"true_positive\",\"why\":\"a high rule\"}\n```"}}]}
END
ask --key-file model.key | tee said
grep -qi 'theshire.pgustavo asked who it is on ws5.theshire.example' said
grep -q 'has the words of the model m1 (nobody has checked them; it suggests a true positive)' said
python3 - <<'END'
import json
head, body = open('asked.1').read().split('\n', 1)
assert head == '/v1/chat/completions application/json Bearer the-key', head
assert json.loads(body)['messages'][1]['content'] == open('told').read(), 'it is told what --show shows'
END

# Nothing goes by it: no verdict, and the incident is as it was but for the act; which can be taken back.
[ -z "$("$program" verdict list --data data)" ]
list >after.ndjson
python3 - <<'END'
import json
before, after = (json.load(open(name)) for name in ('before.ndjson', 'after.ndjson'))
for name in ('confidence', 'judged', 'loss', 'status', 'classification', 'verdicts', 'evidence'):
    assert before[name] == after[name], name
END
"$program" case log --data data --format ndjson | grep -q '"act":"model".*"verdict":"true_positive","model":"m1"\|"act":"model".*"model":"m1".*"verdict":"true_positive"'
"$program" case undo 1 --data data >/dev/null
"$program" case log --data data --format table | grep -q 'taken back'

# What is no answer keeps nothing, and says why.
refused() { local status=0; ask "${@:2}" 2>why || status=$?; [ $status -eq "$1" ] || { echo "exit $status"; cat why; exit 1; }; cat why; }
acts=$("$program" case log --data data --format ndjson | wc -l)
echo '{"choices":[{"message":{"content":"Isolate the host at once."}}]}' >answer
refused 3 | grep -q 'did not answer with JSON.*nothing was kept'
echo '<html>' >answer
refused 3 | grep -q 'OpenAI-compatible'
head -c 300000 /dev/zero | tr '\0' x >answer
refused 3 >/dev/null
refused 2 --key-file /dev/null | grep -q 'holds no key'
url=http://192.0.2.1/v1
refused 2 | grep -q 'http'
url=https://models.example.org/v1
refused 2 | grep -q -- --elsewhere
[ "$("$program" case log --data data --format ndjson | wc -l)" -eq "$acts" ]
kill -9 "$service" "$endpoint"; wait "$service" "$endpoint" 2>/dev/null || true
echo 'a model has words, and no say'
