#!/usr/bin/env bash
# The clients of the npm registry, in the versions and with the digests of tests/e2e/npm_clients/package-lock.json, over TLS: @elastic/elasticsearch by its helper for _bulk, and
# splunk-logging to HEC. What they say was taken is found byte for byte, once; where the service is gone for a while in the middle, all of it all the same, and at most
# what a client sent again twice.
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

serve() {  # addresses of bulk and hec
  rm -f ready
  "$program" serve --data data --key-file key --tls-http yes --bulk "$1" --hec "$2" --syslog 127.0.0.1:0 --syslog-tls 127.0.0.1:0 --api none --ready-file ready 2>>serve.log &
  service=$!
  for _ in $(seq 600); do [ -s ready ] && return; sleep 0.1; done
  cat serve.log; exit 1
}
address() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" ready; }
search() { "$program" search --data data --key-file key "$@"; }
fail() { echo "$@"; tail -n 20 serve.log sender.log 2>/dev/null; exit 1; }
lines() {  # word, number: texts in which any byte that is not kept would show
  for i in $(seq "$2"); do echo "$1 $i: Zürich 東京 \"quoted\" \\back %41 <b> $(printf '%*s' $((i % 50)) '')end"; done
}
send() {  # input, name of its sender, file of lines, [file that lets it go on]
  NODE_EXTRA_CA_CERTS=$folder/data/tls/ca.pem node "$modules/send.mjs" "$1" "$(address "$1")" "$(cat "$2.token")" "$3" expected ${4:+"$4"} >sender.log 2>&1
}
found() { search --sql "SELECT raw FROM events WHERE source = '$1'" | sed 's/^{"raw":\(.*\)}$/\1/' | node -e 'for (const line of require("fs").readFileSync(0, "utf8").split("\n")) if (line) console.log(JSON.parse(line))' | sort; }

if ! search '' >search.log 2>&1 && grep -q 'DuckDB' search.log; then echo 'skipped: there is no DuckDB (scripts/fetch-duckdb)'; exit 77; fi
for input in bulk hec; do
  for name in once twice; do "$program" sender add "$input-$name" --input $input --data data --key-file key >"$input-$name.token" 2>add.log; done
done
serve 127.0.0.1:0 127.0.0.1:0
lines one 5000 >one.txt
lines two 2000 >two.txt
for input in bulk hec; do
  send $input $input-once one.txt || fail "$input: the client says that not all was taken"
  cmp <(sort expected) <(found "$input/$input-once") || fail "$input: not what was sent: $(diff <(sort expected) <(found "$input/$input-once") | head -n 4)"

  rm -f go
  send $input $input-twice two.txt go &
  sender=$!
  for _ in $(seq 600); do [ "$(search --count "source:$input/$input-twice")" -ge 900 ] && break; sleep 0.1; done
  bulk=$(address bulk) hec=$(address hec)
  kill $service; wait $service || fail 'the service did not end well'
  touch go
  sleep 1
  serve "$bulk" "$hec"
  wait $sender || fail "$input over a restart: the client says that not all was taken"
  sender=''
  cmp <(sort expected) <(found "$input/$input-twice" | uniq) || fail "$input over a restart: not what was sent: $(diff <(sort expected) <(found "$input/$input-twice" | uniq) | head -n 4)"
  echo "$input: 5000 of 5000, each once; 2000 of 2000 over a restart, $(($(found "$input/$input-twice" | wc -l) - 2000)) of them sent again"
done
kill $service; wait $service || fail 'the service did not end well'
echo '@elastic/elasticsearch and splunk-logging over TLS: all that was taken is found, byte for byte'
