#!/usr/bin/env bash
# Eleven recordings of attacks on Windows hosts in one timeline, hosts and accounts made their own: no incident is of two of them. The same from logs and from alerts, with
# any number of threads.
set -euo pipefail
program=$(realpath "$1")
tree=$(cd "$(dirname "$0")/../.." && pwd)
data=${TOCSIN_DATA:-$tree/../shared/data}
[ -d "$data/windows-events" ] && [ -d "$data/sigma" ] || { echo "skipped: no recordings and rules in $data"; exit 77; }
command -v python3 >/dev/null && command -v zstd >/dev/null || { echo "skipped: python3 and zstd are wanted"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 "$tree/tests/e2e/incidents/interleave.py" "$data/windows-events" "$work/events.ndjson"
rules=(); for folder in "$data"/sigma/rules "$data"/sigma/rules-*; do rules+=(--rules "$folder"); done
"$program" scan "${rules[@]}" --format ndjson --output "$work/alerts.ndjson" "$work/events.ndjson" 2>/dev/null
"$program" incidents --alerts --output "$work/incidents.ndjson" "$work/alerts.ndjson"
python3 "$tree/tests/e2e/incidents/check.py" "$work/events.ndjson" "$work/alerts.ndjson" "$work/incidents.ndjson"
for threads in 1 3; do
  "$program" incidents "${rules[@]}" --threads $threads --output "$work/again.ndjson" "$work/events.ndjson" 2>/dev/null
  cmp "$work/incidents.ndjson" "$work/again.ndjson"
done
shuf --random-source=<(yes) "$work/alerts.ndjson" | "$program" incidents --alerts --output "$work/again.ndjson" -
cmp "$work/incidents.ndjson" "$work/again.ndjson"

# A service that follows the same log, killed again and again (SIGKILL), has the same incidents: of its alerts, by rule and time.
service=''
trap 'kill -9 $service 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
begin() {
  rm -f ready
  "$program" serve --data data --key-file key "${rules[@]}" --file "$work/events.ndjson" --bulk 127.0.0.1:0 --hec 127.0.0.1:0 --syslog 127.0.0.1:0 --syslog-tls 127.0.0.1:0 --api none --ready-file ready 2>>serve.log &
  service=$!
  for _ in $(seq 600); do [ -s ready ] && return; sleep 0.1; done
  tail -n 5 serve.log; exit 1
}
stored() { "$program" alerts --data data --limit 1000000 --format ndjson 2>/dev/null | wc -l; }
all=$(wc -l <alerts.ndjson)
begin
for kill in 1 2 3; do
  for _ in $(seq 300); do [ "$(stored)" -ge $((all * kill / 5)) ] && break; sleep 0.1; done
  kill -9 "$service"; wait "$service" 2>/dev/null || true
  begin
done
for _ in $(seq 600); do [ "$(stored)" -ge "$all" ] && break; sleep 0.2; done
"$program" incidents --data data --output stored.ndjson
python3 - incidents.ndjson stored.ndjson <<'END'
import json, sys

def parts(path):
    return sorted(sorted((alert['time'], alert['rule']) for alert in json.loads(line)['alerts']) for line in open(path))

scanned, stored = (parts(path) for path in sys.argv[1:])
assert scanned == stored, f'{len(scanned)} incidents of a scan, {len(stored)} of the service'
END
echo "a service that was killed three times: $(stored) alerts, the same incidents"

# What people do beside it holds over a kill, and is gone when it is taken back.
read -r one other < <(python3 -c "import json; print(*[json.loads(line)['id'] for line in open('stored.ndjson')][:2])")
split=$(python3 -c "import json; print(json.loads(open('stored.ndjson').readline())['alerts'][1]['id'])")
"$program" case split "$one" "$split" --data data --why 'somebody else' >/dev/null
"$program" case merge "$one" "$other" --data data >/dev/null
"$program" case close "$one" --as true-positive --data data >/dev/null
"$program" incidents --status all --data data --output before.ndjson
kill -9 "$service"; wait "$service" 2>/dev/null || true
begin
"$program" incidents --status all --data data --output after.ndjson
cmp before.ndjson after.ndjson
for act in 3 2 1; do "$program" case undo $act --data data >/dev/null; done
"$program" incidents --data data --output undone.ndjson
python3 - stored.ndjson before.ndjson undone.ndjson <<'END'
import json, sys

def read(path):
    return {incident['id']: incident for incident in map(json.loads, open(path))}

def parts(incidents):
    return {id: [alert['id'] for alert in incident['alerts']] for id, incident in incidents.items()}

stored, before, undone = map(read, sys.argv[1:])
closed = [incident for incident in before.values() if incident['status'] == 'closed']
assert len(before) == len(stored), 'one is split off, two are one'
assert len(closed) == 1 and len(closed[0]['alerts']) == sum(len(list(stored.values())[i]['alerts']) for i in (0, 1)) - 1, closed
assert parts(undone) == parts(stored), 'what was taken back is not gone'
END
echo "split, merged and closed over a kill, and taken back: the same incidents"
