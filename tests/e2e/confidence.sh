#!/usr/bin/env bash
# Confidence of alerts over eleven recordings of attacks in one timeline, with verdicts: the same bytes with any number of threads and in any order of lines; weights add up; a true positive raises its rule, a false positive lowers it; an earlier
# calibration can be had again; a budget says what it leaves out; an alert is explained in full.
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
cd "$work"
"$program" scan "${rules[@]}" --format ndjson --output alerts.ndjson events.ndjson 2>/dev/null
python3 "$tree/tests/e2e/confidence/judge.py" alerts.ndjson >verdicts.ndjson
"$program" incidents --alerts --verdicts verdicts.ndjson --output incidents.ndjson alerts.ndjson
for threads in 1 3; do
  "$program" incidents "${rules[@]}" --threads $threads --verdicts verdicts.ndjson --output again.ndjson events.ndjson 2>/dev/null
  cmp incidents.ndjson again.ndjson
done
"$program" confidence --output before.ndjson alerts.ndjson
"$program" confidence --verdicts verdicts.ndjson --output after.ndjson alerts.ndjson
shuf --random-source=<(yes) alerts.ndjson | "$program" confidence --verdicts <(shuf --random-source=<(yes) verdicts.ndjson) --output again.ndjson -
cmp after.ndjson again.ndjson
"$program" confidence --verdicts verdicts.ndjson --calibration 1 --output first.ndjson alerts.ndjson
head -n $(($(wc -l <verdicts.ndjson) * 3 / 4)) verdicts.ndjson >earlier.ndjson
"$program" confidence --verdicts earlier.ndjson --format table --output earlier.txt alerts.ndjson
"$program" confidence --verdicts verdicts.ndjson --format table --output held.txt alerts.ndjson
# What was fitted to the first verdicts is what it was when there were no more.
grep '"version":' earlier.txt | cut -c3- >versions.txt  # without the mark of the one that is used
[ "$(wc -l <versions.txt)" -ge 2 ] || { cat earlier.txt; exit 1; }
grep '"version":' held.txt | cut -c3- | head -n "$(wc -l <versions.txt)" | cmp - versions.txt
"$program" incidents --alerts --verdicts verdicts.ndjson --budget 3 --format table --output budget.txt alerts.ndjson
grep -q '^Left out by a budget of 3 a day: ' budget.txt
id=$(head -n 1 alerts.ndjson | sed 's/.*"id":"\([0-9a-f]\{32\}\)".*/\1/')
"$program" explain alert "$id" --alerts alerts.ndjson --verdicts verdicts.ndjson --bar 0.5 >explained.txt
grep -q '^how probable it is: ' explained.txt && grep -q 'together, in log-odds' explained.txt
python3 "$tree/tests/e2e/confidence/check.py" alerts.ndjson verdicts.ndjson before.ndjson after.ndjson first.ndjson incidents.ndjson
cat held.txt
