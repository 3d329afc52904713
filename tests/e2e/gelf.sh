#!/usr/bin/env bash
# GELF by gelf-pro of the npm registry, in the version and with the digest of tests/e2e/gelf_otlp_clients/package-lock.json: over UDP (zlib as it comes, gzip and nothing by its own
# hook, in chunks where that is needed), TCP and TLS with a client certificate. Each text that it sent is found byte for byte, once, also where the service is started anew in the middle.
set -euo pipefail
export LC_ALL=C.UTF-8
program=$(realpath "$1")
tree=$(cd "$(dirname "$0")/../.." && pwd)
for tool in npm node; do command -v "$tool" >/dev/null || { echo "skipped: $tool is not installed"; exit 77; }; done
modules=$tree/build/gelf_otlp_clients
. "$tree/tests/e2e/gelf_otlp_clients/fetch.sh"

. "$tree/tests/e2e/serving.bash"
send() { node "$modules/gelf.mjs" "$@" >sender.log 2>&1; }
found() { search --sql "SELECT raw FROM events WHERE source = '$1'" | sed 's/^{"raw":\(.*\)}$/\1/' | node -e 'for (const line of require("fs").readFileSync(0, "utf8").split("\n")) if (line) console.log(JSON.parse(line))' | sort; }
wait_for() {  # source, number
  for _ in $(seq 600); do [ "$(search --count "source:$1")" -ge "$2" ] && return; sleep 0.1; done
}
restart() {  # on the same ports
  local gelf tls
  gelf=$(address gelf_tcp) tls=$(address gelf_tls)
  kill $service; wait $service || fail 'the service did not end well'
  serve --tls-senders yes --gelf "$gelf" --gelf-tls "$tls"
}
compare() {  # what it is, file of what was sent, source, most that may be there twice
  cmp <(sort "$2") <(found "$3" | { [ "$4" = 0 ] && cat || uniq; }) || fail "$1: not what was sent: $(diff <(sort "$2") <(found "$3") | cut -c1-200 | head -n 4)"
}

needs_search
"$program" sender add shop --input gelf --data data --key-file key >shop.pem 2>add.log
serve --tls-senders yes --gelf 127.0.0.1:0 --gelf-tls 127.0.0.1:0
restart  # UDP and TCP have the same port now

# One after the other: nothing tells a sender of datagrams to wait.
for packing in zlib gzip none; do send udp $packing "$(address gelf_udp)" 300 9000 plain || fail "udp, $packing: the client says that not all was sent"; done
send tcp none "$(address gelf_tcp)" 300 9000 plain || fail 'tcp: the client says that not all was sent'
wait_for gelf 1200
compare 'udp and tcp' plain gelf 0
send tls none "$(address gelf_tls)" 200 9000 shop data/tls/ca.pem shop.pem || fail 'tls: the client says that not all was sent'
wait_for gelf/shop 200
compare tls shop gelf/shop 0
echo 'gelf-pro: 900 over UDP (zlib, gzip, unpacked; one of eight in chunks), 300 over TCP, 200 over TLS: all found, byte for byte, each once'

# Over a restart. Who sends datagrams does not know of one, so it pauses; over TCP it goes on and tries again.
send udp zlib "$(address gelf_udp)" 400 9000 plain '' '' go &
sender=$!
wait_for gelf 1400
restart
touch go
wait $sender || fail 'udp over a restart: the client says that not all was sent'
wait_for gelf 1600
compare 'udp over a restart' plain gelf 0
send tcp none "$(address gelf_tcp)" 2000 3000 plain &
sender=$!
wait_for gelf 2200
restart
wait $sender || fail 'tcp over a restart: the client says that not all was sent'
sender=''
wait_for gelf 3600
compare 'tcp over a restart' plain gelf 1
echo "over a restart: 400 of 400 over UDP, 2000 of 2000 over TCP, $(($(found gelf | wc -l) - 3600)) of them twice"
[ "$(search --count "source:gelf and message:*Zürich*")" -ge 3600 ] || fail 'the message is not found under its name'
dropped=$("$program" status --json --data data --key-file key | grep -o '"dropped":[0-9]*' | sort -u)
[ "$dropped" = '"dropped":0' ] || fail "something was dropped: $dropped"
kill $service; wait $service || fail 'the service did not end well'
echo 'gelf-pro over UDP, TCP and TLS: all that was sent is found, byte for byte'
