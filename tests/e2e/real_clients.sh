#!/usr/bin/env bash
# Senders as they are found in the world: logger (util-linux) and rsyslog, over UDP, TCP in both framings, and _bulk. What they sent is
# found, once; with the service killed in the middle, what rsyslog sends to _bulk is found at least once. Skipped where rsyslog is not installed or
# the program cannot search.
set -euo pipefail
program=$(realpath "$1")
clients=$(cd "$(dirname "$0")/../.." && pwd)/build/clients  # scripts/fetch-clients
libraries=usr/lib/$(uname -m)-linux-gnu
[ -e "$clients/usr/sbin/rsyslogd" ] || clients=/
[ -e "$clients/usr/sbin/rsyslogd" ] && [ -e "$clients/$libraries/rsyslog/omelasticsearch.so" ] ||
  { echo 'skipped: rsyslog is not there (scripts/fetch-clients)'; exit 77; }
command -v logger >/dev/null || { echo 'skipped: logger is not installed'; exit 77; }
folder=$(mktemp -d)
service='' shipper=''
finish() {
  for process in $shipper $service; do kill -9 "$process" 2>/dev/null || true; done
  rm -rf "$folder"
}
trap finish EXIT
cd "$folder"
token=$("$program" sender add shipper --input bulk --data data)

serve() {  # addresses of bulk and syslog
  rm -f ready
  "$program" serve --data data --key-file key --protect none --bulk "$1" --hec 127.0.0.1:0 --syslog "$2" --syslog-tls 127.0.0.1:0 --api 127.0.0.1:0 --ready-file ready 2>serve.log &
  service=$!
  for _ in $(seq 300); do [ -s ready ] && return; sleep 0.1; done
  cat serve.log; exit 1
}
address() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" ready; }
count() {
  local status=0 found
  found=$("$program" search --data data --key-file key --count "$1" 2>search.log) || status=$?
  [ $status -eq 0 ] || { cat search.log >&2; exit 1; }
  echo "$found"
}
wait_for() {  # query, number: at least so many are found
  for _ in $(seq 300); do
    [ "$(count "$1")" -ge "$2" ] && return
    sleep 0.1
  done
  echo "'$1': $(count "$1") found, not $2"; cat rsyslog.log serve.log 2>/dev/null; exit 1
}
expect() {  # query, number: exactly so many are found
  wait_for "$1" "$2"
  [ "$(count "$1")" -eq "$2" ] || { echo "'$1': $(count "$1") found, more than $2"; exit 1; }
}

if ! "$program" search --data data --key-file key '' >search.log 2>&1 && grep -q 'DuckDB' search.log; then
  echo 'skipped: there is no DuckDB (scripts/fetch-duckdb)'; exit 77
fi
serve 127.0.0.1:0 127.0.0.1:0
bulk=$(address bulk) tcp=$(address syslog_tcp) udp=$(address syslog_udp)

for i in $(seq 100); do echo "number $i of logger, ü \"quoted\" \\back"; done >lines
logger -n 127.0.0.1 -P "${tcp##*:}" -T --rfc5424 -t over-tcp-5424 -f lines
logger -n 127.0.0.1 -P "${tcp##*:}" -T --rfc3164 -t over-tcp-3164 -f lines
logger -n 127.0.0.1 -P "${tcp##*:}" -T --octet-count --rfc5424 -t counted -f lines
logger -n 127.0.0.1 -P "${udp##*:}" -d -t datagrams -f lines
for tag in over-tcp-5424 over-tcp-3164 counted datagrams; do expect "$tag \"of logger, ü \"\"quoted\"\" \\back\"" 100; done

cat >rsyslog.conf <<END
global(workDirectory="$folder")
module(load="imfile" PollingInterval="1") module(load="omelasticsearch")
template(name="event" type="list") {
  constant(value="{") property(name="timereported" dateFormat="rfc3339" format="jsonf" outname="@timestamp")
  constant(value=",") property(name="hostname" format="jsonf" outname="host")
  constant(value=",") property(name="msg" format="jsonf" outname="message") constant(value="}")
}
input(type="imfile" File="$folder/in.log" Tag="file")
action(type="omfwd" Target="127.0.0.1" Port="${tcp##*:}" Protocol="tcp" TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format")
action(type="omfwd" Target="127.0.0.1" Port="${tcp##*:}" Protocol="tcp" template="RSYSLOG_ForwardFormat")
action(type="omelasticsearch" server="127.0.0.1" serverport="${bulk##*:}" bulkmode="on" searchIndex="logs" searchType="" uid="shipper" pwd="$token"
       template="event" action.resumeRetryCount="-1" action.resumeInterval="1" queue.type="linkedList" queue.size="100000")
END
for i in $(seq 1000); do echo "first part, line $i."; done >in.log
LD_LIBRARY_PATH=$clients/$libraries "$clients/usr/sbin/rsyslogd" -n -M "$clients/$libraries/rsyslog" -f "$folder/rsyslog.conf" \
  -i "$folder/rsyslog.pid" >rsyslog.log 2>&1 &
shipper=$!
expect '"first part, line" source:syslog' 2000
expect '"first part, line" source:bulk/shipper' 1000

for i in $(seq 3000); do echo "second part, line $i."; [ $((i % 300)) -eq 0 ] && sleep 0.1; done >>in.log &
writer=$!
sleep 0.4
kill -9 $service; wait $service 2>/dev/null || true
serve "$bulk" "$tcp"
wait $writer
wait_for '"second part, line" source:bulk/shipper' 3000
for _ in $(seq 100); do
  distinct=$("$program" search --data data --key-file key --sql "SELECT count(DISTINCT record_values(raw, 'message')[1]) AS n FROM events
    WHERE source = 'bulk/shipper' AND contains(raw, 'second part')")
  [ "$distinct" = '{"n":3000}' ] && break
  sleep 0.2
done
[ "$distinct" = '{"n":3000}' ] || { echo "of 3000 lines, over a kill, were found: $distinct"; exit 1; }
kill $shipper; wait $shipper 2>/dev/null || true
kill $service; wait $service
echo 'logger and rsyslog: all that was sent is found'
