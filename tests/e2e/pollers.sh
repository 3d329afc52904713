#!/usr/bin/env bash
# Pollers against doubles of their APIs (tests/e2e/pollers/double.py, built from the public descriptions): every event of every API is in the store once, byte for byte, though events come late and at equal times, the APIs
# fail by chance, and the service is killed (-9) again and again while it polls. TOCSIN_POLLER_KILLS says how often, TOCSIN_POLLER_SEED by what chance.
set -euo pipefail
export LC_ALL=C.UTF-8
program=$(realpath "$1")
tree=$(cd "$(dirname "$0")/../.." && pwd)
for tool in python3 openssl; do command -v "$tool" >/dev/null || { echo "skipped: $tool is not installed"; exit 77; }; done
kills=${TOCSIN_POLLER_KILLS:-12} seed=${TOCSIN_POLLER_SEED:-7}
RANDOM=$seed

folder=$(mktemp -d)
service='' double=''
finish() {
  for process in $double $service; do kill -9 "$process" 2>/dev/null || true; done
  rm -rf "$folder"
}
trap finish EXIT
cd "$folder"
fail() { echo "$@"; tail -n 20 serve.log 2>/dev/null; tail -n 5 double.log 2>/dev/null; exit 1; }

openssl genrsa -out google.pem 2048 2>/dev/null
python3 - <<'END'
import json
json.dump({"type": "service_account", "client_email": "poller@example.iam", "private_key_id": "k1", "private_key": open("google.pem").read()}, open("google.json", "w"))
END
mkdir secrets
echo github_pat_11AAA >secrets/github
echo 00okta >secrets/okta
printf 'entra~secret&1\n' >secrets/entra
mv google.json secrets/google
printf '[default]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY\n' >secrets/aws

python3 "$tree/tests/e2e/pollers/double.py" . "$seed" >double.log 2>&1 &
double=$!
for _ in $(seq 300); do [ -s port ] && break; sleep 0.1; done
api=http://127.0.0.1:$(cat port)
tenant=11111111-2222-3333-4444-555555555555
cat >tocsin.yaml <<END
protect: {policy: none}
listen: {bulk: '127.0.0.1:0', hec: '127.0.0.1:0', syslog: '127.0.0.1:0', syslog_tls: '127.0.0.1:0', api: none}
pollers:
  - {name: github, kind: github, org: acme, secret: $folder/secrets/github, url: '$api', interval: 1s, overlap: 60s, start: 5m}
  - {name: okta, kind: okta, secret: $folder/secrets/okta, url: '$api', interval: 1s, overlap: 60s, start: 5m}
  - {name: signins, kind: entra-signins, tenant: $tenant, client_id: app-1, secret: $folder/secrets/entra, url: '$api', login_url: '$api', interval: 1s, overlap: 60s, start: 5m}
  - {name: audits, kind: entra-audits, tenant: $tenant, client_id: app-1, secret: $folder/secrets/entra, url: '$api', login_url: '$api', interval: 1s, overlap: 60s, start: 5m}
  - {name: m365, kind: m365, tenant: $tenant, client_id: app-1, content: Audit.General, secret: $folder/secrets/entra, url: '$api', login_url: '$api', interval: 1s, overlap: 60s, start: 5m}
  - {name: google, kind: google, application: login, subject: admin@example.org, secret: $folder/secrets/google, url: '$api', login_url: '$api', interval: 1s, overlap: 60s, start: 5m}
  - {name: trail, kind: cloudtrail, bucket: trails, region: eu-central-1, prefix: AWSLogs/123456789012/CloudTrail/eu-central-1/, secret: $folder/secrets/aws, url: '$api', interval: 1s, overlap: 2m, start: 5m}
END

serve() {
  rm -f ready
  "$program" serve --config tocsin.yaml --data data --key-file key --store-after 2 --ready-file ready 2>>serve.log &
  service=$!
  for _ in $(seq 600); do [ -s ready ] && return; kill -0 $service 2>/dev/null || break; sleep 0.1; done
  fail 'the service does not start'
}
search() { "$program" search --data data --key-file key "$@"; }
if ! search '' >search.log 2>&1 && grep -q 'DuckDB' search.log; then echo 'skipped: there is no DuckDB (scripts/fetch-duckdb)'; exit 77; fi

"$program" config check --config tocsin.yaml >/dev/null || fail 'the settings are not good'
"$program" poller list --config tocsin.yaml | grep -q github || fail 'the list has no poller'
for _ in 1 2 3 4 5; do "$program" poller test github --config tocsin.yaml >test.log 2>&1 && break; done
grep -q 'it works: ' test.log || fail "poller test: $(cat test.log)"

serve
for kill in $(seq "$kills"); do
  sleep "$((RANDOM % 3)).$((RANDOM % 10))"
  kill -9 $service; wait $service 2>/dev/null || true
  serve
done
sleep 2
touch stop
for _ in $(seq 100); do [ -s expected.json ] && break; sleep 0.1; done

compare() {  # says what is missing or too much, nothing where all is there once
  search --sql "SELECT source, raw FROM events WHERE source LIKE 'poll/%'" >rows 2>search.log || true
  python3 - <<'END'
import collections, json
expected = json.load(open("expected.json"))
found = collections.defaultdict(collections.Counter)
for line in open("rows", encoding="utf-8"):
    row = json.loads(line)
    found[row["source"].removeprefix("poll/")][row["raw"]] += 1
for name, events in sorted(expected.items()):
    wanted = collections.Counter(events)
    missing, more = wanted - found[name], found[name] - wanted
    if missing or more:
        print(name, "of", len(events), "missing", sum(missing.values()), "too often, or never sent", sum(more.values()), list(missing)[:1], list(more)[:1])
END
}
"$program" status --data data --key-file key >status.log 2>&1 || true
difference=unknown
for _ in $(seq 90); do
  rm -f rows
  difference=$(compare)
  [ -z "$difference" ] && break
  sleep 2
done
[ -z "$difference" ] || fail "not what was sent: $difference"
kill -9 $service; wait $service 2>/dev/null || true  # once more, when all is there: nothing may come again
serve
sleep 5
rm -f rows
difference=$(compare)
[ -z "$difference" ] || fail "after the last start: $difference"
"$program" status --data data --key-file key >status.log 2>&1
grep -q '^github  *github ' status.log || fail "status has no row of a poller: $(cat status.log)"
kill $service; wait $service || fail 'the service did not end well'
if grep -rlE 'github_pat_11AAA|00okta|entra~secret|wJalrXUtn' data serve.log status.log test.log; then fail 'a secret is where it should not be'; fi
python3 - "$kills" <<'END'
import json, sys
seen, expected = json.load(open("seen.json")), json.load(open("expected.json"))
if seen["wrong"]:
    sys.exit("requests that should not have been: %s" % seen["wrong"][:3])
print("%d events of %d pollers, each once, byte for byte; %s kills; %d requests, of which %d failed by chance" % (sum(map(len, expected.values())), len(expected), sys.argv[1], seen["requests"], seen["faults"]))
END
