#!/usr/bin/env bash
# OTLP/HTTP by the exporters of OpenTelemetry for logs, JSON and protobuf, in the versions and with the digests of tests/e2e/gelf_otlp_clients/package-lock.json, with gzip and without, over TLS. Of each log
# record that an exporter says was taken, what is to be kept is found byte for byte, once; where the service is started anew in the middle, all of it all the same, and at most what
# was exported again twice.
set -euo pipefail
export LC_ALL=C.UTF-8
program=$(realpath "$1")
tree=$(cd "$(dirname "$0")/../.." && pwd)
for tool in npm node; do command -v "$tool" >/dev/null || { echo "skipped: $tool is not installed"; exit 77; }; done
modules=$tree/build/gelf_otlp_clients
. "$tree/tests/e2e/gelf_otlp_clients/fetch.sh"

. "$tree/tests/e2e/serving.bash"
send() { NODE_EXTRA_CA_CERTS=$folder/data/tls/ca.pem node "$modules/otlp.mjs" "$1" "$2" "https://$(address otlp)/v1/logs" "$(cat "$3.token")" "$4" "$3.expected" >sender.log 2>&1; }
found() { search --sql "SELECT raw FROM events WHERE source = 'otlp/$1'" | sed 's/^{"raw":\(.*\)}$/\1/' | node -e 'for (const line of require("fs").readFileSync(0, "utf8").split("\n")) if (line) console.log(JSON.stringify(JSON.parse(line)))' | sort; }

needs_search
for name in once json proto; do "$program" sender add $name --input otlp --data data --key-file key >$name.token 2>add.log; done
serve --tls-http yes --otlp 127.0.0.1:0
for encoding in json proto; do
  for compression in none gzip; do send $encoding $compression once 1000 || fail "$encoding, $compression: the exporter says that not all was taken"; done
done
cmp <(sort once.expected) <(found once) || fail "not what was sent: $(diff <(sort once.expected) <(found once) | head -n 4)"
[ "$(search --count 'source:otlp/once and host:web-01 and user:ann and source_ip:203.0.113.7 and process:sshd')" = 1000 ] || fail 'lines that were read from files are not parsed'
[ "$(search --count 'source:otlp/once and host:web-01 and user:user*')" = 3000 ] || fail 'user and host of the others are not found'
echo 'OTLP: 4000 of 4000 by both exporters, with and without gzip, each once'

for encoding in json proto; do
  send $encoding gzip $encoding 20000 &
  sender=$!
  for _ in $(seq 600); do [ "$(search --count "source:otlp/$encoding")" -ge 1000 ] && break; sleep 0.1; done
  otlp=$(address otlp)
  kill $service; wait $service || fail 'the service did not end well'
  sleep 0.5
  serve --tls-http yes --otlp "$otlp"
  wait $sender || fail "$encoding over a restart: the exporter says that not all was taken"
  sender=''
  cmp <(sort $encoding.expected) <(found $encoding | uniq) || fail "$encoding over a restart: not what was sent: $(diff <(sort $encoding.expected) <(found $encoding | uniq) | head -n 4)"
  echo "$encoding over a restart: 20000 of 20000, $(($(found $encoding | wc -l) - 20000)) of them sent again"
done
kill $service; wait $service || fail 'the service did not end well'
echo 'the exporters of OpenTelemetry: all that was taken is found, byte for byte'
