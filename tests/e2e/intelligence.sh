#!/usr/bin/env bash
# Indicators on a whole service, under each of the policies that ship: a followed file names some, alerts say which, a reload brings more, what is allowed makes none, and a search of what is stored finds those
# that arrived later, although the policy put other words where addresses, hosts and mailboxes stood. Under `strict` no alert has what it hides.
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
fail() { echo "$policy: $*"; tail -n 20 serve.log; exit 1; }
of_data() { local verb=$1; shift; "$program" "$verb" --data "data-$policy" --key-file "key-$policy" "$@"; }
search() { of_data search "$@"; }
serve() {
  rm -f ready
  "$program" serve --config tocsin.yaml --data "data-$policy" --key-file "key-$policy" --protect "$policy" --file "$PWD/log.ndjson" --bulk 127.0.0.1:0 --hec 127.0.0.1:0 --syslog 127.0.0.1:0 --syslog-tls 127.0.0.1:0 --api none \
    --ready-file ready 2>>serve.log &
  service=$!
  for _ in $(seq 600); do [ -s ready ] && return; sleep 0.1; done
  fail 'the service did not start'
}
wait_for() {  # number, of what
  for _ in $(seq 600); do [ "$("$2")" -ge "$1" ] && return; sleep 0.1; done
  fail "there are $("$2") $2 of $1"
}
events() { search --count ''; }
alerts() { "$program" alerts --data "data-$policy" --format ndjson; }
indicator_alerts() { alerts | grep -c '"title":"Indicator of compromise' || true; }
event() { printf '{"Channel":"Microsoft-Windows-Sysmon/Operational","Provider_Name":"Microsoft-Windows-Sysmon","Computer":"pc-7","UtcTime":"2026-11-24 09:00:0%s.000",%s}\n' "$1" "$2" >>log.ndjson; }

cat >feed.csv <<'END'
type,value,confidence,id
ip,198.18.7.0/24,90,rep-1
domain,bad.example,,rep-2
ip,198.18.9.9,90,rep-3
END
printf '{"name":"ours","type":"cidr","list":["198.18.9.0/24"]}\n' >ours.json
printf 'store: {after_seconds: 1}\nintel:\n  files: [{file: %s/feed.csv, name: feed}]\n  allow: [%s/ours.json]\n' "$PWD" "$PWD" >tocsin.yaml
cat >new.csv <<'END'
type,value,valid_from,id
ip,203.0.113.7,2026-12-01,new-1
ip,198.51.100.0/24,,new-2
ip,192.0.2.99,,new-3
hostname,pc-8.corp.example,,new-4
domain,late.example,,new-5
md5,d41d8cd98f00b204e9800998ecf8427e,,new-6
ip,198.18.9.9,,new-7
END

policy=none
if ! search '' >search.log 2>&1 && grep -q 'DuckDB' search.log; then echo 'skipped: there is no DuckDB (scripts/fetch-duckdb)'; exit 77; fi
for policy in none default strict; do
  rm -f log.ndjson
  event 1 '"EventID":3,"DestinationIp":"198.18.7.66"'
  event 2 '"EventID":3,"DestinationIp":"198.18.9.9"'
  event 3 '"EventID":22,"QueryName":"www.bad.example"'
  event 4 '"EventID":3,"DestinationIp":"203.0.113.7"'
  event 5 '"EventID":3,"DestinationIp":"198.51.100.3","DestinationHostname":"pc-8.corp.example"'
  event 6 '"EventID":22,"QueryName":"a.late.example"'
  event 7 '"EventID":1,"Image":"C:\\x.exe","Hashes":"MD5=D41D8CD98F00B204E9800998ECF8427E"'
  serve
  wait_for 7 events
  wait_for 2 indicator_alerts
  alerts | grep '"title":"Indicator of compromise' >found
  python3 - "$policy" found <<'END' || fail "alerts are others: $(cat found)"
import json, sys
alerts = [json.loads(line) for line in open(sys.argv[2])]
by_title = {one['rule']['title'].split(': ')[1]: one for one in alerts}
assert len(alerts) == 2 and set(by_title) == {'address', 'domain name'}, by_title.keys()
address, name = by_title['address'], by_title['domain name']
assert address['rule']['level'] == 'high' and name['rule']['level'] == 'medium'
assert name['matched'][0]['selection'] == 'feed' and name['matched'][0]['pattern'] == 'bad.example', name['matched']
facts = [one for one in address['enrichments'] if one['kind'] == 'reputation']
assert len(facts) == 1 and facts[0]['data']['list'] == 'feed', facts
if sys.argv[1] == 'strict':
    assert '198.18.7' not in json.dumps(address) and 'rep-1' not in json.dumps(address), address
    assert address['matched'][0]['pattern'] is None and facts[0]['data']['entry'] is None and facts[0]['data']['reference'] is None
else:
    assert address['matched'][0]['value'] == '198.18.7.66' and address['matched'][0]['pattern'] == '198.18.7.0/24'
    assert facts[0]['data']['reference'] == 'rep-1' and facts[0]['source']['record'] == 'line 2'
END
  "$program" explain alert --data "data-$policy" --key-file "key-$policy" "$(python3 -c 'import json; print(json.loads(open("found").readline())["id"])')" | grep -q ' is on feed as malicious' || fail 'explain does not say it'
  "$program" status --data "data-$policy" | grep -q 'indicators feed: 2 entries' || fail "status: $("$program" status --data "data-$policy" | grep enrich)"
  "$program" status --data "data-$policy" | grep -q 'enrich    2 alerts about indicators' || fail 'status does not count alerts'

  for _ in $(seq 600); do  # a host has its token when its event is stored
    search --indicators new.csv --allow ours.json --format ndjson 2>said >rows || fail "search: $(cat said)"
    [ "$(wc -l <rows)" -ge 5 ] && break
    sleep 0.1
  done
  python3 - rows <<'END' || fail "the search finds others: $(cat rows said)"
import json, sys
found = sorted((row['indicator'], row['reference'], row['field']) for row in map(json.loads, open(sys.argv[1])))
assert found == [('198.51.100.0/24', 'new-2', 'DestinationIp'), ('203.0.113.7', 'new-1', 'DestinationIp'), ('d41d8cd98f00b204e9800998ecf8427e', 'new-6', 'Hashes'), ('late.example', 'new-5', 'QueryName'),
                 ('pc-8.corp.example', 'new-4', 'DestinationHostname')], found
END
  grep -q '5 of 6 indicators are named by 4 of 7 events' said || fail "the search says $(cat said)"

  cp feed.csv feed.before
  echo 'url,http://landing.example/x,20,rep-4' >>feed.csv
  "$program" reload --data "data-$policy" >reload.log 2>&1 || fail "reload: $(cat reload.log)"
  event 8 '"EventID":3,"url.full":"https://LANDING.example/x#y"'
  wait_for 3 indicator_alerts
  alerts | grep '"title":"Indicator of compromise: URL"' | grep -q '"level":"low"' || fail 'the new indicator makes another alert'
  echo 'what,ever' >feed.csv
  if "$program" reload --data "data-$policy" >reload.log 2>&1; then fail 'a file without indicators was taken'; fi
  grep -q 'feed.csv: not one of its' reload.log || fail "reload says $(cat reload.log)"
  mv feed.before feed.csv
  kill $service; wait $service || fail 'the service did not end well'
  service=''
done
echo 'indicators: alerts, allow-list, reload and search are the same under none, default and strict, and strict hides what it protects'
