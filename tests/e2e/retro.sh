#!/usr/bin/env bash
# Indicators that arrive after the events: a whole service, under each of the policies that ship, has some events, then a reload brings indicators that name them. It finds them by itself, within the time in which they hold, not
# what is allowed, each once, also where it was killed while it looked, and where the stream has an alert already; what was looked for is not looked for at the next start. Under `strict` no alert has what it hides.
set -euo pipefail
export LC_ALL=C.UTF-8
program=$(realpath "$1")
for tool in python3; do command -v "$tool" >/dev/null || { echo "skipped: $tool is not installed (scripts/setup test)"; exit 77; }; done

folder=$(mktemp -d)
service=''
finish() {
  [ -z "$service" ] || kill -9 "$service" 2>/dev/null || true
  rm -rf "$folder"
}
trap finish EXIT
cd "$folder"
policy=none
if ! "$program" search --data . --key-file key '' >search.log 2>&1 && grep -q 'DuckDB' search.log; then echo 'skipped: there is no DuckDB (scripts/fetch-duckdb)'; exit 77; fi
fail() { echo "$policy: $*"; tail -n 20 serve.log; "$program" status --data "data-$policy" || true; exit 1; }
serve() {
  rm -f ready
  "$program" serve --config tocsin.yaml --data "data-$policy" --key-file "key-$policy" --protect "$policy" --file "$PWD/log.ndjson" --bulk 127.0.0.1:0 --hec 127.0.0.1:0 --syslog 127.0.0.1:0 --syslog-tls 127.0.0.1:0 --api none \
    --ready-file ready 2>>serve.log &
  service=$!
  for _ in $(seq 600); do [ -s ready ] && return; sleep 0.1; done
  fail 'the service did not start'
}
stop() { kill $service; wait $service || fail 'the service did not end well'; service=''; }
status() { "$program" status --data "data-$policy" --json; }
retro() { status | python3 -c "import json, sys; retro = json.load(sys.stdin)['retro']; print($1)"; }
until_is() {  # what is wanted, expression
  for _ in $(seq 600); do [ "$(retro "$2")" = "$1" ] && return; sleep 0.1; done
  fail "$2 is $(retro "$2") and not $1"
}
looked_at() { for _ in $(seq 600); do status | grep -q "\"looked_at\":$1" && return; sleep 0.1; done; fail 'the events do not come in'; }
alerts() { "$program" alerts --data "data-$policy" --limit 5000 --format ndjson | grep '"title":"Indicator of compromise' || true; }
reload() { "$program" reload --data "data-$policy" >reload.log 2>&1 || fail "reload: $(cat reload.log)"; }
at=$(date -u -d '-2 days' +%Y-%m-%dT%H:%M)
event() { printf '{"Channel":"Microsoft-Windows-Sysmon/Operational","Provider_Name":"Microsoft-Windows-Sysmon","Computer":"pc-7","UtcTime":"%s:0%s.000",%s}\n' "${at/T/ }" "$1" "$2" >>log.ndjson; }

printf '{"name":"ours","type":"cidr","list":["198.18.9.0/24"]}\n' >ours.json
printf 'canary: {every_seconds: 0}\nintel:\n  files: [{file: %s/feed.csv, name: feed}]\n  allow: [%s/ours.json]\n' "$PWD" "$PWD" >tocsin.yaml

for policy in none default strict; do
  rm -f log.ndjson
  printf 'type,value,valid_from,valid_until,id\nip,203.0.113.1,,,old-1\n' >feed.csv
  event 1 '"EventID":3,"DestinationIp":"203.0.113.1"'
  event 2 '"EventID":3,"DestinationIp":"203.0.113.7"'
  event 3 '"EventID":3,"DestinationIp":"198.18.9.9","DestinationHostname":"pc-8.corp.example"'
  event 4 '"EventID":22,"QueryName":"a.late.example"'
  event 5 '"EventID":1,"Image":"C:\\x.exe","Hashes":"MD5=D41D8CD98F00B204E9800998ECF8427E"'
  event 6 '"EventID":3,"DestinationIp":"203.0.113.66"'
  event 7 '"EventID":3,"DestinationIp":"203.0.113.77"'
  serve
  looked_at 7
  for _ in $(seq 600); do [ -e "data-$policy/intel/looked-for" ] && break; sleep 0.1; done  # what was there first is not new any more
  [ "$(alerts | wc -l)" = 1 ] || fail "the stream makes others: $(alerts)"

  # One each of what holds; one has the stream's alert already, one is of a network of which an address is allowed, two do not hold at the time of the event.
  cat >>feed.csv <<END
ip,203.0.113.0/30,,,new-0
ip,203.0.113.7,$(date -u -d '-9 days' +%F),$(date -u -d '+9 days' +%F),new-1
ip,198.18.0.0/16,,,new-2
hostname,pc-8.corp.example,,,new-3
domain,late.example,,,new-4
md5,d41d8cd98f00b204e9800998ecf8427e,,,new-5
ip,203.0.113.66,,$(date -u -d '-9 days' +%F),new-6
ip,203.0.113.77,$(date -u -d '+9 days' +%F),,new-7
END
  reload
  until_is 8 'retro["last"] and retro["last"]["indicators"]'
  "$program" alerts --data "data-$policy" --format ndjson | grep '"title":"Indicator of compromise' >found
  python3 - "$policy" found <<'END' || fail "alerts are others: $(cat found)"
import json, sys
alerts = [json.loads(line) for line in open(sys.argv[2])]
late = [one for one in alerts if 'retro' in one]
got = sorted((one['event']['index'], one['rule']['title'].split(': ')[1]) for one in late)
assert got == [(1, 'address'), (2, 'domain name'), (3, 'domain name'), (4, 'hash of a file')], got
assert len(alerts) == 5 and [one['event']['index'] for one in alerts if 'retro' not in one] == [0], alerts
for one in late:
    assert one['retro']['found'] >= one['retro']['known_since'] > '2026', one['retro']
    facts = [fact['data'] for fact in one['enrichments'] if fact['kind'] == 'reputation']
    assert len(one['matched']) == 1 and one['matched'][0]['selection'] == 'feed' and len(facts) == 1 and facts[0]['list'] == 'feed', one
address = next(one for one in late if one['event']['index'] == 1)
if sys.argv[1] == 'strict':
    assert '203.0.113.7' not in json.dumps(late) and 'new-1' not in json.dumps(late), address
    assert address['matched'][0]['pattern'] is None, address
if sys.argv[1] == 'none':
    fact = next(fact for fact in address['enrichments'] if fact['kind'] == 'reputation')
    assert address['matched'][0]['pattern'] == '203.0.113.7' and fact['data']['reference'] == 'new-1' and fact['source']['record'] == 'line 4', address
END
  [ "$(retro 'retro["last"]["alerts"], retro["last"]["repeated"]')" = '4 1' ] || fail "it counts others: $(retro 'retro["last"]')"
  "$program" explain alert --data "data-$policy" --key-file "key-$policy" "$(python3 -c 'import json; print(next(a["id"] for a in map(json.loads, open("found")) if "retro" in a))')" | grep -q '^  found      later, in what was stored, at 20' || fail 'explain does not say it'
  "$program" status --data "data-$policy" | grep -q '^retro .* 8 indicators .* 7 stored events: 4 alerts, 1 that there were already' || fail 'status does not say it'

  # An end in the middle, and a start without news.
  echo 'domain,a.late.example,,,new-8' >>feed.csv
  echo 'ip,203.0.113.66,,,new-9' >>feed.csv
  reload
  for _ in $(seq 100); do pgrep -f -- "tocsin retro --data $PWD/data-$policy|tocsin retro --data data-$policy" >/dev/null && break; sleep 0.02; done
  kill -9 $service; wait $service 2>/dev/null || true
  serve
  until_is None 'retro["arrived"]'
  until_is 2 'retro["last"]["indicators"]'
  for _ in $(seq 100); do [ "$(alerts | wc -l)" = 6 ] && break; sleep 0.1; done
  [ "$(alerts | wc -l)" = 6 ] || fail "after an end in the middle there are $(alerts | wc -l)"
  stop
  serve
  event 8 '"EventID":3,"DestinationIp":"203.0.113.77"'
  looked_at 8
  until_is 0 'retro["searched"]'
  [ "$(alerts | wc -l)" = 6 ] || fail "after another start there are $(alerts | wc -l)"

  # Switched off it looks for nothing.
  sed -i 's/^intel:/intel:\n  retro: no/' tocsin.yaml
  echo 'ip,203.0.113.77,,,new-10' >>feed.csv
  reload
  until_is 0 'retro["days"]'
  sed -i '/retro: no/d' tocsin.yaml
  [ "$(alerts | wc -l)" = 6 ] || fail 'it looks where it should not'
  reload
  until_is 1 'retro["searched"]'
  [ "$(alerts | wc -l)" = 8 ] || fail "what came while it was off is not found: $(alerts | wc -l)"
  # What a search makes too many alerts of is told.
  if [ "$policy" = none ]; then
    for _ in $(seq 1005); do event 9 '"EventID":3,"DestinationIp":"203.0.113.88"'; done
    looked_at 1013
    echo 'ip,203.0.113.88,,,new-11' >>feed.csv
    reload
    until_is 2 'retro["searched"]'
    "$program" status --data "data-$policy" | grep -q '^RETRO .*5 events of indicators (203.0.113.88) that more than 1000 events name' || fail 'it does not tell what it left out'
    [ "$(alerts | wc -l)" = 1008 ] || fail "there are $(alerts | wc -l) alerts and not 1008"
  fi
  stop
done
echo 'new indicators are found in what is stored, once each, under none, default and strict, also after kill -9'
