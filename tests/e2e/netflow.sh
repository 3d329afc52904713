#!/usr/bin/env bash
# NetFlow v5, v9 and IPFIX by softflowd of the system's packages, which reads a capture that captures.py makes: what each direction of each flow has in packets and bytes is what captures.py
# counted itself, each flow is there once, also where the service is started anew between two exporters, and nothing is dropped or missing.
set -euo pipefail
export LC_ALL=C.UTF-8
program=$(realpath "$1")
tree=$(cd "$(dirname "$0")/../.." && pwd)
for tool in softflowd python3; do command -v "$tool" >/dev/null || { echo "skipped: $tool is not installed (scripts/setup test)"; exit 77; }; done

folder=$(mktemp -d)
service=''
finish() {
  [ -z "$service" ] || kill -9 "$service" 2>/dev/null || true
  rm -rf "$folder"
}
trap finish EXIT
cd "$folder"

serve() {  # address
  rm -f ready
  "$program" serve --data data --key-file key --protect none --netflow "$1" --bulk 127.0.0.1:0 --hec 127.0.0.1:0 --syslog 127.0.0.1:0 --syslog-tls 127.0.0.1:0 --api none --ready-file ready 2>>serve.log &
  service=$!
  for _ in $(seq 600); do [ -s ready ] && return; sleep 0.1; done
  cat serve.log; exit 1
}
address() { sed -n 's/.*"netflow":"\([^"]*\)".*/\1/p' ready; }
search() { "$program" search --data data --key-file key "$@"; }
fail() { echo "$@"; tail -n 20 serve.log; exit 1; }
wait_for() {  # number of records
  for _ in $(seq 600); do [ "$(search --count 'source:netflow')" -ge "$1" ] && return; sleep 0.1; done
  fail "there are $(search --count 'source:netflow') records of $1"
}
export_flows() { softflowd -r mix.pcap -n "$(address)" -c none -p none "$@" >softflowd.log 2>&1 || fail "softflowd: $(cat softflowd.log)"; }
compare() {  # file of what is expected, version, both
  search --sql "SELECT raw FROM events WHERE source = 'netflow'" | python3 "$tree/tests/e2e/flows/records.py" "${@:2}" | sort >found
  cmp "$1" found || fail "version ${*:2}: not what the capture holds: $(diff "$1" found | head -n 5)"
}

if ! search '' >search.log 2>&1 && grep -q 'DuckDB' search.log; then echo 'skipped: there is no DuckDB (scripts/fetch-duckdb)'; exit 77; fi
python3 "$tree/tests/e2e/flows/captures.py" mix --sessions 30 --expect all mix.pcap >/dev/null
sort -o all all
grep -v ':' all >v4
serve 127.0.0.1:0

export_flows -v 5
n=$(wc -l <v4)
wait_for "$n"
compare v4 5
export_flows -v 9 -6
n=$((n + $(wc -l <all)))
wait_for "$n"
compare all 9
kill $service; wait $service || fail 'the service did not end well'
serve "$(address)"
export_flows -v 10 -6 -A milli
n=$((n + $(wc -l <all)))
wait_for "$n"
compare all 10
compare all 9
echo "softflowd: $n flows by v5, v9 and IPFIX, over a restart: packets and bytes of each direction are those of the capture, each flow is there once"

export_flows -v 10 -6 -A milli -b
for _ in $(seq 600); do  # how many there are depends on how it pairs directions
  search --sql "SELECT raw FROM events WHERE source = 'netflow'" | python3 "$tree/tests/e2e/flows/records.py" 10 both | sort >found
  [ "$(wc -l <found)" -ge "$(wc -l <all)" ] && break
  sleep 0.1
done
compare all 10 both
echo "softflowd -b: both directions in one record (RFC 5103)"

# What a user asks for.
[ "$(search --count 'source:netflow and destination_port:23 and source_ip:192.0.2.1')" = 4 ] || fail 'flows are not found by address and port'
search --sql "SELECT raw FROM events WHERE source = 'netflow'" | grep -o 'flowStart\\":\\"2026-03-02T08:15:3' >started || fail 'no flow says when it began'
[ "$(search --count 'missedFlows:* or missedDatagrams:*')" = 0 ] || fail 'the sequence of an exporter is misread'
dropped=$("$program" status --json --data data --key-file key | grep -o '"dropped":[0-9]*' | sort -u)
[ "$dropped" = '"dropped":0' ] || fail "something was dropped: $dropped"
kill $service; wait $service || fail 'the service did not end well'
service=''
echo 'NetFlow v5, v9 and IPFIX by softflowd: all that was sent is found, as it was'
