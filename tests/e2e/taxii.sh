#!/usr/bin/env bash
# Indicators from medallion, the TAXII 2.1 server of the OASIS technical committee: a service gets all of a collection in pages, alerts name what they found, a killed service goes on where it was, what is revoked makes no alert
# any more and what is new does, by itself, also of an event that came before. A wrong password is told. The command line lists the collections and fetches one for `tocsin scan`.
set -euo pipefail
export LC_ALL=C.UTF-8
program=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
medallion=$here/../../build/clients/medallion  # scripts/fetch-clients
for tool in python3 curl; do command -v "$tool" >/dev/null || { echo "skipped: $tool is not installed (scripts/setup test)"; exit 77; }; done
PYTHONPATH=$medallion python3 -c 'import medallion' 2>/dev/null || { echo 'skipped: medallion is not there (scripts/fetch-clients)'; exit 77; }

folder=$(mktemp -d)
service='' server=''
finish() {
  for process in $service $server; do kill -9 "$process" 2>/dev/null || true; done
  rm -rf "$folder"
}
trap finish EXIT
cd "$folder"
fail() { echo "$@"; tail -n 20 serve.log server.log 2>/dev/null; exit 1; }
collection=91a7b528-80eb-42ed-a74d-c6fbd5a26116
PYTHONPATH=$medallion PYTHONDONTWRITEBYTECODE=1 python3 "$here/taxii/server.py" "$folder" >>server.log 2>&1 &
server=$!
for _ in $(seq 300); do [ -s port ] && break; sleep 0.1; done
[ -s port ] || fail 'medallion does not start'
url=http://127.0.0.1:$(cat port)
echo 'pass word' >password
cat >tocsin.yaml <<END2
protect: {policy: none}
intel: {retro: 3650d}
listen: {bulk: '127.0.0.1:0', hec: '127.0.0.1:0', syslog: '127.0.0.1:0', syslog_tls: '127.0.0.1:0', api: none}
pollers:
  - {name: feed, kind: taxii, url: '$url', api_root: feeds, collection: $collection, user: reader, secret: $folder/password, interval: 1s, category: c2}
END2
"$program" config check --config tocsin.yaml >/dev/null || fail 'the settings are not good'
"$program" poller test feed --config tocsin.yaml >test.log 2>&1 || fail "poller test: $(cat test.log)"
grep -q 'it works: 3 indicators would be got first, as the feed feed' test.log || fail "poller test: $(cat test.log)"

serve() {
  rm -f ready
  "$program" serve --config tocsin.yaml --data data --key-file key --file "$PWD/log.ndjson" --ready-file ready 2>>serve.log &
  service=$!
  for _ in $(seq 600); do [ -s ready ] && return; kill -0 $service 2>/dev/null || break; sleep 0.1; done
  fail 'the service does not start'
}
status() { "$program" status --data data; }
until_true() {  # what is waited for, command
  for _ in $(seq 600); do if "${@:2}" >/dev/null 2>&1; then return; fi; sleep 0.1; done
  status || true
  fail "$1"
}
has_indicators() { status | grep -q "indicators feed: $1 entries"; }
has_alerts() { [ "$("$program" alerts --data data --format ndjson | grep -c '"title":"Indicator of compromise')" = "$1" ]; }
in_trouble() { status | grep -q 'TROUBLE 401'; }
is_well() { ! status | grep -q 'TROUBLE'; }
event() { printf '{"Channel":"Microsoft-Windows-Sysmon/Operational","Provider_Name":"Microsoft-Windows-Sysmon","Computer":"pc-7","UtcTime":"2026-11-24 09:00:0%s.000","EventID":3,"DestinationIp":"%s"}\n' "$1" "$2" >>log.ndjson; }

echo wrong >password
serve
until_true 'a wrong password is not told' in_trouble
echo 'pass word' >password
until_true 'a password that was replaced does not hold' is_well
until_true 'the indicators are not loaded' has_indicators 4
event 1 203.0.113.1
event 2 203.0.113.4
event 3 203.0.113.5
event 4 203.0.113.99
until_true 'there is no alert' has_alerts 1
"$program" alerts --data data --format ndjson | grep '"title":"Indicator of compromise' >alert
python3 - alert <<'END2' || fail "the alert is another: $(cat alert)"
import json, sys
alert = json.loads(open(sys.argv[1]).readline())
facts = [one for one in alert["enrichments"] if one["kind"] == "reputation"]
assert alert["rule"]["level"] == "high" and alert["matched"][0]["pattern"] == "203.0.113.1", alert
assert facts[0]["data"]["list"] == "feed" and facts[0]["data"]["category"] == "c2" and facts[0]["data"]["reference"] == "indicator--00000001-1111-4111-8111-111111111111", facts
END2
grep -q description data/intel/feed.json && fail 'what nobody asks for is kept'

# What is kept goes on where it was, with nothing asked twice.
kill -9 $service; wait $service 2>/dev/null || true
: >server.log
serve
until_true 'the indicators are not there after a restart' has_indicators 4
until_true 'it does not ask again' grep -q 'objects/' server.log
grep 'objects/' server.log | grep -v 'added_after=' && fail 'it begins again'

post() {
  curl -sf -u 'reader:pass word' -H 'Content-Type: application/taxii+json;version=2.1' -H 'Accept: application/taxii+json;version=2.1' --data "{\"objects\":[$1]}" "$url/feeds/collections/$collection/objects/" >post.log || fail "post: $(cat post.log)"
}
object() { printf '{"type":"indicator","spec_version":"2.1","id":"indicator--%08d-1111-4111-8111-111111111111","created":"2026-01-01T00:00:00.000Z","modified":"%s","valid_from":"2026-01-01T00:00:00Z","pattern_type":"stix","pattern":"[ipv4-addr:value = '"'%s'"']"%s}' "$@"; }
post "$(object 1 2026-03-01T00:00:00.000Z 203.0.113.1 ',"revoked":true'),$(object 99 2026-03-01T00:00:00.000Z 203.0.113.99 ''),$(object 98 2026-03-01T00:00:00.000Z 203.0.113.98 '')"
until_true 'what is new is not loaded' has_indicators 5
event 5 203.0.113.1
event 6 203.0.113.99
late=1  # found in what was there before, which takes DuckDB
if ! "$program" search --data data --key-file key --count '' >said 2>&1 && grep -q DuckDB said; then late=0; fi
until_true 'what is new makes no alert, or is not found in what was there before' has_alerts $((2 + late))
"$program" alerts --data data --format ndjson | grep '"title":"Indicator of compromise' | grep '203.0.113.99' >news || fail 'the others are others'
[ "$(grep -vc '"retro":{' news)" = 1 ] || fail "the stream finds others: $(cat news)"
[ $late = 0 ] || grep '"retro":{' news | grep -q '"index":3,' || fail "another event is found later: $(cat news)"
kill $service; wait $service || fail 'the service did not end well'
service=''

# The command line: what there is, all of it in a file, and then only what is new.
ask=(--user reader --secret password)
"$program" intel collections --taxii "$url" "${ask[@]}" >list 2>said || fail "collections: $(cat said)"
grep -q "$url/feeds/  $collection  readable   Indicators" list || fail "collections: $(cat list)"
[ "$(wc -l <list)" = 2 ] || fail "collections: $(cat list)"
fetch() { "$program" intel fetch --taxii "$url/feeds/" --collection "$collection" --output got.json "${ask[@]}" >said 2>&1; }
fetch || fail "fetch: $(cat said)"
grep -q '^got.json: 6 indicators; 6 are new, ' said || fail "fetch: $(cat said)"
post "$(object 97 2026-04-01T00:00:00.000Z 203.0.113.97 '')"
: >server.log
fetch || fail "fetch again: $(cat said)"
grep -q '^got.json: 7 indicators; 1 are new, 0 have' said || fail "fetch again: $(cat said)"
grep 'objects/' server.log | grep -v 'added_after=' && fail 'fetch begins again'
if "$program" intel fetch --taxii "$url/feeds/" --collection other --output got.json "${ask[@]}" >said 2>&1; then fail 'two collections are in one file'; fi
echo wrong >password
if fetch; then fail 'a wrong password fetches'; fi
grep -q '401' said || fail "a wrong password: $(cat said)"
"$program" scan --intel got.json --format ndjson log.ndjson >scanned 2>said || true
grep -q '"title":"Indicator of compromise: address"' scanned || fail "scan finds nothing: $(cat said)"
if "$program" search --data data --key-file key --indicators data/intel/feed.json --format ndjson >rows 2>said; then
  grep -q '"indicator":"203.0.113.99"' rows || fail "a search finds nothing: $(cat said)"
elif ! grep -q DuckDB said; then fail "search: $(cat said)"; fi
echo 'taxii: pages, alerts, a restart, revocation and new indicators, with medallion'
