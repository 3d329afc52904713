#!/usr/bin/env bash
# The npm clients of Fluent Forward, in the versions and with the digests of tests/e2e/npm_clients/package-lock.json: fluent-logger and @fluent-org/logger, in all their modes, each with
# acknowledgements; plain on loopback, and over TLS with a shared key, and with a user besides. What they sent is found byte for byte, once; where the service is stopped and started
# in the middle, all of it, and at most what was not acknowledged twice. A wrong key lets nobody in.
set -euo pipefail
export LC_ALL=C.UTF-8
program=$(realpath "$1")
tree=$(cd "$(dirname "$0")/../.." && pwd)
for tool in npm node; do command -v "$tool" >/dev/null || { echo "skipped: $tool is not installed"; exit 77; }; done
modules=$tree/build/npm_clients
mkdir -p "$modules"
cp "$tree"/tests/e2e/npm_clients/* "$modules"
locked=$(sha256sum <"$modules/package-lock.json")
if [ "$(cat "$modules/made" 2>/dev/null || true)" != "$locked" ]; then
  (cd "$modules" && npm ci --ignore-scripts --no-audit --no-fund --silent) || { echo 'skipped: npm could not fetch the clients'; exit 77; }
  echo "$locked" >"$modules/made"
fi

folder=$(mktemp -d)
service='' sender=''
finish() {
  for process in $sender $service; do kill -9 "$process" 2>/dev/null || true; done
  rm -rf "$folder"
}
trap finish EXIT
cd "$folder"

serve() {  # address of Forward, further options
  rm -f ready
  "$program" serve --data data --key-file key --protect none --forward "$1" --syslog-tls 127.0.0.1:0 --bulk 127.0.0.1:0 --hec 127.0.0.1:0 --syslog 127.0.0.1:0 --api none --ready-file ready "${@:2}" 2>>serve.log &
  service=$!
  for _ in $(seq 600); do [ -s ready ] && return; sleep 0.1; done
  cat serve.log; exit 1
}
stop() {
  kill "$service"
  wait "$service" || fail 'the service did not end well'
}
address() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" ready; }
search() { "$program" search --data data --key-file key "$@"; }
fail() { echo "$@"; tail -n 20 serve.log sender.log 2>/dev/null; exit 1; }
lines() {  # word, number: texts in which any byte that is not kept would show
  for i in $(seq "$2"); do echo "$1 $i: Zürich 東京 \"quoted\" \\back %41 <b> $(printf '%*s' $((i % 50)) '')end"; done
}
send() {  # client, mode, key, file of lines, [file that lets it go on]: over TLS if $trusted is set
  NODE_EXTRA_CA_CERTS=${trusted:-} timeout 120 node "$modules/forward.mjs" "$1" "$2" "$(address forward)" "$3" "$4" expected ${5:+"$5"} >sender.log 2>&1
}
found() { search --sql "SELECT raw FROM events WHERE source = '$1' AND contains(raw, '$2')" | sed 's/^{"raw":\(.*\)}$/\1/' | node -e 'for (const line of require("fs").readFileSync(0, "utf8").split("\n")) if (line) console.log(JSON.parse(line))' | sort; }
same() {  # source, word: what was expected, each once
  cmp <(sort expected) <(found "$1" "$2") || fail "$1, $2: not what was sent: $(diff <(sort expected) <(found "$1" "$2") | head -n 4)"
}
over_a_restart() {  # client, mode, key, source, options of serve
  local port word="$2-again-${1//[^a-z]/}"
  lines "$word" 2000 >two.txt
  rm -f go
  send "$1" "$2" "$3" two.txt go &
  sender=$!
  for _ in $(seq 600); do [ "$(search --count "\"$word\" source:$4")" -ge 900 ] && break; sleep 0.1; done
  port=$(address forward)
  stop
  touch go
  sleep 1
  serve "$port" "${@:5}"
  wait $sender || fail "$1, $2, over a restart: not all was acknowledged"
  sender=''
  cmp <(sort expected) <(found "$4" "$word" | uniq) || fail "$1, $2, over a restart: $(diff <(sort expected) <(found "$4" "$word" | uniq) | head -n 4)"
  echo "$1, $2: 2000 of 2000 over a restart, $(($(found "$4" "$word" | wc -l) - 2000)) of them sent again"
}

if ! search '' >search.log 2>&1 && grep -q 'DuckDB' search.log; then echo 'skipped: there is no DuckDB (scripts/fetch-duckdb)'; exit 77; fi
serve 127.0.0.1:0
for client in fluent-logger:Message,PackedForward,CompressedPackedForward @fluent-org/logger:Message,Forward,PackedForward,CompressedPackedForward; do
  for mode in $(tr ',' ' ' <<<"${client#*:}"); do
    lines "$mode-${client%%[:/]*}" 1000 >one.txt
    send "${client%:*}" "$mode" '' one.txt || fail "$client, $mode: not all was acknowledged"
    same forward "$mode-${client%%[:/]*}"
    echo "${client%:*}, $mode: 1000 of 1000, each once"
  done
done
over_a_restart fluent-logger Message '' forward
over_a_restart @fluent-org/logger CompressedPackedForward '' forward
stop

key=$("$program" sender add org --input forward --data data)
strict=(--tls-streams yes --forward-keys yes)
serve 127.0.0.1:0 "${strict[@]}"
trusted=$folder/data/tls/ca.pem
over_a_restart fluent-logger PackedForward "$key" forward/org "${strict[@]}"
over_a_restart @fluent-org/logger Forward "$key" forward/org "${strict[@]}"
lines strangers 10 >strangers.txt
timeout 10 bash -c "NODE_EXTRA_CA_CERTS=$trusted node '$modules/forward.mjs' fluent-logger Message '$(address forward)' wrong strangers.txt unexpected" >sender.log 2>&1 && fail 'a wrong key was taken'
timeout 10 bash -c "NODE_EXTRA_CA_CERTS=$trusted node '$modules/forward.mjs' fluent-logger Message '$(address forward)' '' strangers.txt unexpected" >sender.log 2>&1 && fail 'who has no key was let in'
[ "$(search --count strangers)" -eq 0 ] || fail 'who has no key left something behind'
grep -q 'forward refused a connection of 127.0.0.1' serve.log || fail 'a refused connection was not told'
stop
"$program" verify --data data --key-file key >verify.log 2>&1 || fail "$(cat verify.log)"
echo 'fluent-logger and @fluent-org/logger, plain and over TLS with a shared key: all that was acknowledged is found, byte for byte'
