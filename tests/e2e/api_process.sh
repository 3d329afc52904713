#!/usr/bin/env bash
# The process that answers the API, as its users see it over TLS: what it may still do although it is confined (it writes the state, reads segments, has searches made), and that
# nobody who uses it has to begin anew after it was killed. Waits are generous upper bounds.
set -euo pipefail
program=$1
command -v curl >/dev/null || { echo 'skipped: curl is not installed'; exit 77; }

folder=$(mktemp -d)
service=''
trap 'kill $service 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$folder"' EXIT
fail() { echo "FAILED: $*" >&2; tail -n 20 "$folder/service.log" >&2; exit 1; }
is() { [ "$2" = "$3" ] || fail "$1: '$2', not '$3'"; }
wait_for() { for _ in $(seq 1 600); do if "$@" >/dev/null 2>&1; then return; fi; sleep 0.1; done; fail "waited in vain for: $*"; }
of_ready() { sed "s/.*\"$1\":\"\([^\"]*\)\".*/\1/" "$folder/ready"; }
status() { "$program" status --json --data "$folder/data" --key-file "$folder/key"; }
of_api() { status | sed "s/.*\"api\":{\([^}]*\)}.*/\1/" | tr ',' '\n' | sed -n "s/\"$1\":\"\{0,1\}\([^\"]*\)\"\{0,1\}/\1/p"; }

start_service() {
  rm -f "$folder/ready"
  "$program" serve --data "$folder/data" --key-file "$folder/key" --ready-file "$folder/ready" --store-after 0 --bulk 127.0.0.1:0 --hec 127.0.0.1:0 --syslog 127.0.0.1:0 \
    --syslog-tls 127.0.0.1:0 --api "127.0.0.1:${1:-0}" >>"$folder/service.log" 2>&1 &
  service=$!
  wait_for test -s "$folder/ready"
  url=https://$(of_ready api)
}
ask() { curl -sS --noproxy '*' --cacert "$folder/data/tls/ca.pem" -b "$folder/jar" -c "$folder/jar" -H 'X-Tocsin-Request: 1' -H "Origin: $url" -H 'Content-Type: application/json' "$@"; }
code() { ask -o /dev/null -w '%{http_code}' "$@"; }
count() { ask -d '{"query":"","count":1}' "$url/api/v1/search" | sed -n 's/{"rows":\[\([0-9]*\)\],"complete":true.*/\1/p'; }
counts() { [ "$(count)" = "$1" ]; }

start_service
mark_before=$(sha256sum <"$folder/data/state.db-mark")
link=$(of_ready admin_link)
is 'the first admin sets a password' "$(code -d "{\"token\":\"${link#*#setup=}\",\"name\":\"ada\",\"password\":\"correct horse battery\"}" "$url/api/v1/setup")" 201
is 'and logs in' "$(code -d '{"user":"ada","password":"correct horse battery"}' "$url/api/v1/login")" 200
[ "$mark_before" != "$(sha256sum <"$folder/data/state.db-mark")" ] || fail 'what the API wrote to the state has no mark, so a loss of it would not be seen'

token=$(ask -d '{"name":"web","input":"bulk"}' "$url/api/v1/senders" | sed 's/.*"token":"\([^"]*\)".*/\1/')
send() {
  printf '{"create":{"_index":"logs"}}\n{"message":"%s"}\n' "$1" >"$folder/body"
  curl -sS --noproxy '*' -o /dev/null -w '%{http_code}' -H "Authorization: ApiKey $token" -H 'Content-Type: application/x-ndjson' --data-binary "@$folder/body" "http://$(of_ready bulk)/_bulk"
}
is 'a sender that it added may send' "$(send one)" 200
wait_for counts 1
is 'rules' "$(ask "$url/api/v1/rules" | grep -c '"in_force":')" 1
is 'metrics of both processes' "$(ask "$url/metrics" | grep -cE '^tocsin_(api_)?process_resident_bytes [0-9]')" 2
is 'ready' "$(code "$url/ready")" 200

for round in 1 2 3; do
  killed=$(of_api pid)
  kill -KILL "$killed"
  is "who connects meanwhile waits, and is still logged in ($round)" "$(code "$url/api/v1/me")" 200
  is "records come in ($round)" "$(send "again $round")" 200
  wait_for counts $((round + 1))
  [ "$(of_api pid)" != "$killed" ] || fail 'it is the same process'
done
is 'starts' "$(of_api starts)" 4
kill "$service"; wait "$service" || fail 'it does not end well'
start_service "${url##*:}"
is 'the session is good after a start of the whole service, too' "$(code "$url/api/v1/me")" 200
wait_for counts 4
is 'nobody is asked to be the first admin again' "$(grep -c admin_link "$folder/ready" || true)" 0
kill "$service"; wait "$service" || fail 'it does not end well'; service=''
"$program" verify --data "$folder/data" --key-file "$folder/key" >/dev/null || fail 'something is damaged'
echo 'the process of the API: confined, killed and back, all as it has to be'
