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
