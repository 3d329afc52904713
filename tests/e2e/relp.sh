#!/usr/bin/env bash
# rsyslog's omrelp, plain on loopback and over TLS with a client certificate. What it sent is found byte for byte, once; where the service is stopped, and once more killed
# (SIGKILL), in the middle, all of it all the same, and at most what was not acknowledged twice. Skipped where rsyslog is not there or the program cannot search.
set -euo pipefail
export LC_ALL=C.UTF-8
program=$(realpath "$1")
tree=$(cd "$(dirname "$0")/../.." && pwd)
clients=$tree/build/clients  # scripts/fetch-clients
architecture=$(uname -m)-linux-gnu
libraries=$clients/usr/lib/$architecture:$clients/lib/$architecture
[ -e "$clients/usr/lib/$architecture/rsyslog/omrelp.so" ] || { echo 'skipped: rsyslog with omrelp is not there (scripts/fetch-clients)'; exit 77; }
. "$tree/tests/e2e/serving.bash"
lines() {  # word, number: texts in which any byte that is not kept would show
  for i in $(seq "$2"); do echo "$1 $i: Zürich 東京 \"quoted\" \\back %41 <b> $(printf '%*s' $((i % 50)) '')end"; done
}
send_file() {  # file that is followed, [what omrelp needs for TLS]
  rm -rf work && mkdir work
  cat >rsyslog.conf <<END
global(workDirectory="$folder/work")
module(load="imfile" PollingInterval="1")
module(load="omrelp")
template(name="exact" type="string" string="%msg%")
input(type="imfile" File="$1" Tag="file")
action(type="omrelp" target="127.0.0.1" port="${relp##*:}" template="exact" windowSize="64" timeout="60" action.resumeRetryCount="-1" action.resumeInterval="1" queue.type="linkedList" ${2:-})
END
  LD_LIBRARY_PATH=$libraries "$clients/usr/sbin/rsyslogd" -n -M "$clients/usr/lib/$architecture/rsyslog" -f "$folder/rsyslog.conf" -i "$folder/rsyslog.pid" >>rsyslog.log 2>&1 &
  sender=$!
}
stop_rsyslog() {
  kill "$sender"
  wait "$sender" 2>/dev/null || true
  sender=''
}
wait_for() {  # query, number of records
  local found=0
  for _ in $(seq 600); do
    found=$(search --count "$1") && [ "$found" -ge "$2" ] && return
    sleep 0.2
  done
  fail "$1: $found records found, not $2"
}
expected() { sed 's/[\\"]/\\&/g; s/.*/{"raw":"&"}/' "$1" | sort; }
found() { search --sql "SELECT raw FROM events WHERE source = '$1'" | sort; }
same() {  # source, file of lines: these are its records, each once
  wait_for "source:$1" "$(wc -l <"$2")"
  cmp <(expected "$2") <(found "$1") || fail "$1: not what was sent: $(diff <(expected "$2") <(found "$1") | head -n 4)"
}
over_restarts() {  # source, file, options of serve: lines are written without a pause while the service goes and comes
  local again
  (for i in $(seq 40); do lines "restart $i" 100 >>"$2"; sleep 0.2; done) &
  local writer=$!
  wait_for "\"restart 3 \" source:$1" 1
  stop; serve --relp "$relp" "${@:3}"
  wait_for "\"restart 12 \" source:$1" 1
  kill -9 "$service"; wait "$service" 2>/dev/null || true; serve --relp "$relp" "${@:3}"
  wait $writer
  for _ in $(seq 300); do cmp -s <(expected "$2") <(found "$1" | uniq) && break; sleep 0.2; done
  cmp <(expected "$2") <(found "$1" | uniq) || fail "$1 over restarts: $(diff <(expected "$2") <(found "$1" | uniq) | head -n 4)"
  again=$(($(found "$1" | wc -l) - $(wc -l <"$2")))
  echo "$1: $(wc -l <"$2") of $(wc -l <"$2") over a stop and a kill of the service, $again of them sent again"
}

needs_search

serve --relp 127.0.0.1:0
relp=$(address relp)
lines plain 5000 >plain.txt
send_file "$folder/plain.txt"
same relp plain.txt
over_restarts relp plain.txt
stop_rsyslog
stop

"$program" sender add shipper --input relp --data data --key-file key >shipper.pem 2>add.log
serve --relp 127.0.0.1:0 --tls-streams yes --tls-senders yes
relp=$(address relp) ca=$folder/data/tls/ca.pem
lines secret 5000 >secret.txt
send_file "$folder/secret.txt" "tls=\"on\" tls.caCert=\"$ca\" tls.myCert=\"$folder/shipper.pem\" tls.myPrivKey=\"$folder/shipper.pem\" tls.authMode=\"name\" tls.permittedPeer=[\"localhost\"]"
same relp/shipper secret.txt
over_restarts relp/shipper secret.txt --tls-streams yes --tls-senders yes
stop_rsyslog
lines stranger 10 >stranger.txt
send_file "$folder/stranger.txt"
for _ in $(seq 100); do grep -q 'relp refused a connection of 127.0.0.1' serve.log && break; sleep 0.2; done
grep -q 'relp refused a connection of 127.0.0.1' serve.log || fail 'a refused connection was not told'
stop_rsyslog
[ "$(search --count 'stranger')" -eq 0 ] || fail 'a refused connection left something behind'
stop
"$program" verify --data data --key-file key >verify.log 2>&1 || fail "$(cat verify.log)"
echo 'rsyslog over RELP, plain and over TLS: all that was sent is found, byte for byte'
