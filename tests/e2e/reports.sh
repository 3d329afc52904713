#!/usr/bin/env bash
# Reports over the demo's intrusion in a service that runs: every figure of the period counted again from the incidents, the acts and the state; every format of an incident read by a reader of its own; hostile words of a person in no markup; the
# same bytes twice; nothing of a name in what is redacted. STIX is asked the validator of OASIS where it is installed (pip: stix2-validator).
set -euo pipefail
program=$(realpath "$1")
tree=$(cd "$(dirname "$0")/../.." && pwd)
command -v python3 >/dev/null || { echo 'skipped: python3 is not installed'; exit 77; }
. "$tree/tests/e2e/serving.bash"
"$program" demo logs >/dev/null 2>&1 || true
serve --file logs
tocsin() { "$program" "$@" --data data; }
for _ in $(seq 300); do [ "$(tocsin alerts --format ndjson 2>/dev/null | wc -l)" -ge 25 ] && break; sleep 0.1; done
tocsin incidents --format ndjson >before.ndjson
mapfile -t ids < <(python3 -c 'import json; print(*[json.loads(line)["id"] for line in open("before.ndjson")], sep="\n")')
[ "${#ids[@]}" -ge 5 ] || fail "only ${#ids[@]} incidents"
alert=$(python3 -c 'import json; print(json.loads(open("before.ndjson").readlines()[4])["alerts"][0]["id"])')
hostile=$'<script>alert(1)</script> [x](http://example.org) | `c`\n# second line \e[31mred'
tocsin case status "${ids[0]}" in-progress --why 'looked at' >/dev/null
tocsin case comment "${ids[0]}" "$hostile" >/dev/null
tocsin case task "${ids[0]}" 'reset the password' >/dev/null
printf sample >'sample.bin'
tocsin case attach "${ids[0]}" sample.bin --key-file key >/dev/null
tocsin case close "${ids[1]}" --as true-positive --why 'it was them' >/dev/null
tocsin case close "${ids[2]}" --as false-positive >/dev/null
tocsin case close "${ids[3]}" --as benign >/dev/null
tocsin case status "${ids[3]}" new >/dev/null
tocsin case comment "${ids[3]}" 'taken back' >/dev/null
tocsin verdict give "$alert" --as benign >/dev/null
now=2099-01-01T00:00:00Z
tocsin incidents --status all --format ndjson >incidents.ndjson
tocsin case log --format ndjson >acts.ndjson
report() { tocsin report "$@" --now $now; }
for format in markdown html json stix ocsf navigator; do
  report incident "${ids[0]}" --format $format --output incident.$format
  report incident "${ids[0]}" --format $format --output again; cmp incident.$format again
  report incident "${ids[0]}" --format $format --redact --output redacted.$format
done
for format in markdown html json; do
  report period --from 2020-01-01 --to $now --key-file key --format $format --output period.$format
  report period --from 2020-01-01 --to $now --key-file key --format $format --redact --output period_redacted.$format
  report compliance "${ids[0]}" --framework nis2 --aware 2026-11-24T01:00:00Z --notified 2027-01-31T08:00:00Z --format $format --output nis2.$format
done
report period --key-file key --format json --output month.json
python3 "$tree/tests/e2e/reports/check.py" "${ids[0]}"
! report incident zzzzzz >/dev/null 2>no.log || fail 'an incident that is not there'
grep -q 'there is no incident zzzzzz' no.log || fail 'it does not say why'
stop
# Without a service the files say it; which sources are silent, nobody.
report period --from 2020-01-01 --to $now --key-file key --format json --output stopped.json
python3 -c 'import json
running, stopped = json.load(open("period.json")), json.load(open("stopped.json"))
assert running["running"] and not stopped["running"]
for key in ("mttd", "mtta", "mttr", "incidents", "rules", "alerts_by_level"): assert running[key] == stopped[key], key'
if validator=$(command -v stix2_validator); then
  for bundle in incident redacted; do cp $bundle.stix $bundle-stix.json; "$validator" --version 2.1 --silent $bundle-stix.json || fail "the $bundle bundle is no STIX 2.1"; done
else
  echo "not asked: stix2_validator is not installed (pip install stix2-validator)"
fi
echo 'reports: every figure agrees'
