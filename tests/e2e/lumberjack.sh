#!/usr/bin/env bash
# Elastic's own client of Lumberjack, version 2 (elastic/go-lumber, by the digests of tests/e2e/go_clients/go.sum), unpacked and packed, plain on loopback and over TLS with a client
# certificate. What it sent is found byte for byte, once; where the service is stopped, and once more killed (SIGKILL), in the middle, all of it, and at most what was not
# acknowledged twice. Skipped where there is no Go or the client cannot be fetched.
set -euo pipefail
export LC_ALL=C.UTF-8
program=$(realpath "$1")
tree=$(cd "$(dirname "$0")/../.." && pwd)
command -v go >/dev/null || { echo 'skipped: go is not installed'; exit 77; }
clients=$tree/build/go_clients
mkdir -p "$clients"
cp "$tree"/tests/e2e/go_clients/* "$clients"
locked=$(cat "$clients"/go.sum "$clients"/*.go | sha256sum)
if [ "$(cat "$clients/made" 2>/dev/null || true)" != "$locked" ]; then
  (cd "$clients" && go build -o lumberjack . 2>build.log) || { echo 'skipped: go could not fetch or build the client'; exit 77; }
  echo "$locked" >"$clients/made"
fi

. "$tree/tests/e2e/serving.bash"
events() {  # word, number: JSON in which any byte that is not kept would show
  for i in $(seq "$2"); do echo "{\"message\":\"$1 $i: Zürich 東京 \\\"quoted\\\" \\\\back \\u0041 %41 <b>\", \"n\" : $i.50,\"@metadata\":{\"beat\":\"x\"}, \"pad\":\"$(printf '%*s' $((i % 50)) '')\"}"; done
}
send() { timeout 200 "$clients/lumberjack" "$(address lumberjack)" "$1" "$2" "${@:3}" >sender.log 2>&1; }  # level, file of events, [CA, identity]
expected() { sed 's/[\\"]/\\&/g; s/.*/{"raw":"&"}/' "$1" | sort; }
found() { search --sql "SELECT raw FROM events WHERE source = '$1' AND contains(raw, '$2')" | sort; }
over_restarts() {  # word, level, source, CA and identity or nothing, -- options of serve
  local tls=()
  while [ "${4:-}" != -- ]; do tls+=("$4"); set -- "$1" "$2" "$3" "${@:5}"; done
  events "$1" 20000 >two.txt
  send "$2" two.txt "${tls[@]}" &
  sender=$!
  local port
  port=$(address lumberjack)
  for _ in $(seq 600); do [ "$(search --count "\"$1\" source:$3")" -ge 1000 ] && break; sleep 0.05; done
  stop; serve --lumberjack "$port" "${@:5}"
  for _ in $(seq 600); do [ "$(search --count "\"$1\" source:$3")" -ge 8000 ] && break; sleep 0.05; done
  kill -9 "$service"; wait "$service" 2>/dev/null || true; serve --lumberjack "$port" "${@:5}"
  wait $sender || fail "$3 over restarts: not all was acknowledged"
  sender=''
  cmp <(expected two.txt) <(found "$3" "$1" | uniq) || fail "$3 over restarts: $(diff <(expected two.txt) <(found "$3" "$1" | uniq) | head -n 4)"
  echo "$3, level $2: 20000 of 20000 over a stop and a kill of the service, $(($(found "$3" "$1" | wc -l) - 20000)) of them sent again; $(tail -n 1 sender.log) windows were not acknowledged"
}

needs_search
serve --lumberjack 127.0.0.1:0
for level in 0 3 9; do
  events "level-$level" 5000 >one.txt
  send $level one.txt || fail "level $level: not all was acknowledged"
  cmp <(expected one.txt) <(found lumberjack "level-$level") || fail "level $level: not what was sent: $(diff <(expected one.txt) <(found lumberjack "level-$level") | head -n 4)"
  echo "level $level: 5000 of 5000, each once"
done
over_restarts plain-again 0 lumberjack --
over_restarts packed-again 3 lumberjack --
stop

"$program" sender add beat --input lumberjack --data data --key-file key >beat.pem 2>add.log
"$program" sender add other --input relp --data data --key-file key >other.pem 2>add.log
strict=(--tls-streams yes --tls-senders yes)
serve --lumberjack 127.0.0.1:0 "${strict[@]}"
over_restarts tls-again 3 lumberjack/beat "$folder/data/tls/ca.pem" "$folder/beat.pem" -- "${strict[@]}"
events stranger 10 >stranger.txt
timeout 5 "$clients/lumberjack" "$(address lumberjack)" 0 stranger.txt "$folder/data/tls/ca.pem" "$folder/other.pem" >sender.log 2>&1 && fail 'a certificate of another input was taken'
timeout 5 "$clients/lumberjack" "$(address lumberjack)" 0 stranger.txt >sender.log 2>&1 && fail 'without TLS something was taken'
[ "$(search --count stranger)" -eq 0 ] || fail 'who is no sender left something behind'
grep -q 'lumberjack refused a connection of 127.0.0.1' serve.log || fail 'a refused connection was not told'
stop
"$program" verify --data data --key-file key >verify.log 2>&1 || fail "$(cat verify.log)"
echo 'go-lumber, plain and over TLS: all that was acknowledged is found, byte for byte'
