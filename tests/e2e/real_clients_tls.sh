#!/usr/bin/env bash
# Senders as they are found in the world, over TLS: rsyslog and syslog-ng with a client certificate and both framings, openssl s_client, curl to _bulk and HEC. What they
# sent is found, once, byte for byte, also where the service is restarted in the middle. Who shows a strange certificate, or that of a sender
# who was removed, leaves nothing behind. Skipped where none of them is there or the program cannot search.
set -euo pipefail
export LC_ALL=C.UTF-8
program=$(realpath "$1")
clients=$(cd "$(dirname "$0")/../.." && pwd)/build/clients  # scripts/fetch-clients
architecture=$(uname -m)-linux-gnu
libraries=$clients/usr/lib/$architecture:$clients/lib/$architecture:$clients/usr/lib/syslog-ng
[ -e "$clients/usr/lib/$architecture/rsyslog/lmnsd_ossl.so" ] && [ -e "$clients/usr/sbin/syslog-ng" ] ||
  { echo 'skipped: rsyslog or syslog-ng is not there (scripts/fetch-clients)'; exit 77; }
for needed in openssl curl; do command -v $needed >/dev/null || { echo "skipped: $needed is not installed"; exit 77; }; done
folder=$(mktemp -d)
service='' rsyslog='' syslog_ng=''
finish() {
  for process in $rsyslog $syslog_ng $service; do kill -9 "$process" 2>/dev/null || true; done
  rm -rf "$folder"
}
trap finish EXIT
cd "$folder"

serve() {  # addresses of syslog_tls, bulk, hec
  rm -f ready
  "$program" serve --data data --key-file key --protect none --tls-http yes --syslog-tls "$1" --bulk "$2" --hec "$3" --syslog 127.0.0.1:0 --api none --ready-file ready 2>>serve.log &
  service=$!
  for _ in $(seq 600); do [ -s ready ] && return; sleep 0.1; done
  cat serve.log; exit 1
}
address() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" ready; }
add() { "$program" sender add "$1" --input "$2" --data data --key-file key 2>add.log; }
search() { "$program" search --data data --key-file key "$@"; }
fail() { echo "$@"; tail -n 20 serve.log rsyslog.log syslog-ng.log 2>/dev/null; exit 1; }
lines() {  # word, number: texts in which any byte that is not kept would show
  for i in $(seq "$2"); do echo "$1 $i: Zürich 東京 \"quoted\" \\back %41 <b> $(printf '%*s' $((i % 50)) '')end"; done
}
wait_for() {  # source, number of records
  local found=0
  for _ in $(seq 600); do
    found=$(search --count "source:$1") && [ "$found" -ge "$2" ] && return
    sleep 0.2
  done
  fail "$1: $found records found, not $2"
}
records_of() {  # source, what goes before each line, file of lines: `expected` and `found`, sorted
  sed "s/^/$2/; s/[\\\\\"]/\\\\&/g; s/.*/{\"raw\":\"&\"}/" "$3" | sort >expected
  search --sql "SELECT raw FROM events WHERE source = '$1'" | sort >found
}
same() {  # the same: these are its records, each once
  wait_for "$1" "$(wc -l <"$3")"
  records_of "$@"
  cmp expected found || fail "$1: not what was sent: $(diff expected found | head -n 4)"
}

if ! search '' >search.log 2>&1 && grep -q 'DuckDB' search.log; then echo 'skipped: there is no DuckDB (scripts/fetch-duckdb)'; exit 77; fi
for name in rsyslog ng ng-counted s_client removed; do add $name syslog >$name.pem; done
bulk_token=$(add curl bulk) hec_token=$(add curl-hec hec)
serve 127.0.0.1:0 127.0.0.1:0 127.0.0.1:0
tls=$(address syslog_tls) bulk=$(address bulk) hec=$(address hec) ca=$folder/data/tls/ca.pem
if grep -rlq 'PRIVATE KEY' data; then fail "a private key lies in clear: $(grep -rl 'PRIVATE KEY' data)"; fi

# openssl, with and without a certificate, and with such as are refused
connect() { openssl s_client -connect "$tls" -CAfile "$ca" -verify_return_error -quiet -no_ign_eof "$@" >client.log 2>&1; }
lines s_client 500 >s_client.txt
connect -cert s_client.pem -key s_client.pem <s_client.txt || fail "openssl: $(cat client.log)"
same syslog/s_client '' s_client.txt
lines nameless 100 >nameless.txt
connect -tls1_2 <nameless.txt || fail "openssl, TLS 1.2: $(cat client.log)"
same syslog '' nameless.txt
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout strange.pem -out strange.crt -subj /CN=s_client -days 1 2>/dev/null
cat strange.crt >>strange.pem
"$program" sender remove removed --data data
sleep 6  # what was removed is believed for five seconds
for pem in strange removed; do lines "$pem" 10 | connect -cert $pem.pem -key $pem.pem || true; done
[ "$(search --count source:syslog)" -eq 100 ] && [ "$(search --count)" -eq 600 ] || fail 'a refused connection left something behind'
grep -q 'syslog_tls refused a connection of 127.0.0.1' serve.log || fail 'a refused connection was not told'
for i in {1..100}; do
  "$program" status --data data --json >status.json
  if grep -q '"refused_connections":2,' status.json; then break; fi
  [ "$i" -lt 100 ] || fail "two connections were refused, and status says $(grep -o '"refused_connections":[0-9]*' status.json)"
  sleep 0.1
done
grep -q '2 connections were refused' <<<"$("$program" status --data data)" || fail 'status does not say that connections were refused'

# curl
lines curl 500 | sed 's/[\\"]/\\&/g; s/.*/{"message":"&"}/' >bulk.txt
sed 's/^/{"create":{"_index":"logs"}}\n/' bulk.txt >bulk.ndjson
sed 's/.*/{"event":&}/' bulk.txt >hec.ndjson
post() { curl -sS --fail-with-body --cacert "$ca" --data-binary "@$1" "${@:2}"; }
post bulk.ndjson -H "Authorization: ApiKey $bulk_token" -H 'Content-Type: application/x-ndjson' "https://$bulk/_bulk" >answer || fail "curl: $(cat answer)"
grep -q '"errors":false' answer || fail "curl: $(head -c 300 answer)"
post hec.ndjson -H "Authorization: Splunk $hec_token" "https://$hec/services/collector" >answer || fail "curl: $(cat answer)"
if post bulk.ndjson "http://$bulk/_bulk" >answer 2>&1; then fail 'without TLS something was taken'; fi
grep -q 'write https://' answer || fail "curl without TLS is told: $(cat answer)"
if curl -sS "https://$bulk/" >answer 2>&1; then fail 'curl believes an authority that nobody gave it'; fi
same bulk/curl '' bulk.txt
same hec/curl-hec '' bulk.txt

# rsyslog (octet counting) and syslog-ng (lines, and octet counting)
head_of='<134>1 2026-07-17T14:18:34Z host app - - - '
cat >rsyslog.conf <<END
global(workDirectory="$folder" DefaultNetstreamDriverCAFile="$ca" DefaultNetstreamDriverCertFile="$folder/rsyslog.pem" DefaultNetstreamDriverKeyFile="$folder/rsyslog.pem")
module(load="imfile" PollingInterval="1")
template(name="exact" type="string" string="$head_of%msg%")
input(type="imfile" File="$folder/rsyslog.txt" Tag="file")
action(type="omfwd" Target="127.0.0.1" Port="${tls##*:}" Protocol="tcp" TCP_Framing="octet-counted" template="exact" StreamDriver="ossl" StreamDriverMode="1"
       StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="localhost" action.resumeRetryCount="-1" action.resumeInterval="1" queue.type="linkedList")
END
lines rsyslog 1000 >rsyslog.txt
LD_LIBRARY_PATH=$libraries "$clients/usr/sbin/rsyslogd" -n -M "$clients/usr/lib/$architecture/rsyslog" -f "$folder/rsyslog.conf" -i "$folder/rsyslog.pid" >rsyslog.log 2>&1 &
rsyslog=$!
cat >syslog-ng.conf <<END
@version: 3.38
options { stats-freq(0); time-reopen(1); };
source file { file("$folder/ng.txt" flags(no-parse) follow-freq(0.2)); };
destination lines { network("127.0.0.1" port(${tls##*:}) transport("tls") persist-name("lines") template("$head_of\$MESSAGE\n")
  tls(ca-file("$ca") cert-file("$folder/ng.pem") key-file("$folder/ng.pem") peer-verify(required-trusted))); };
destination counted { network("127.0.0.1" port(${tls##*:}) transport("tls") persist-name("counted") flags(syslog-protocol) template("\$MESSAGE")
  tls(ca-file("$ca") cert-file("$folder/ng-counted.pem") key-file("$folder/ng-counted.pem") peer-verify(required-trusted))); };
log { source(file); destination(lines); destination(counted); };
END
lines ng 1000 >ng.txt
LD_LIBRARY_PATH=$libraries "$clients/usr/sbin/syslog-ng" -F --no-caps --module-path "$clients/usr/lib/syslog-ng/3.38" -f "$folder/syslog-ng.conf" \
  -R "$folder/ng.persist" -p "$folder/ng.pid" -c "$folder/ng.ctl" >syslog-ng.log 2>&1 &
syslog_ng=$!
same syslog/rsyslog "$head_of" rsyslog.txt
same syslog/ng "$head_of" ng.txt
wait_for syslog/ng-counted 1000

# The service restarts while they send.
for i in $(seq 4); do
  lines "restart $i" 1000 | tee -a rsyslog.txt >>ng.txt
  sleep 0.5
  if [ "$i" -eq 2 ]; then
    kill $service; wait $service || fail 'the service did not end well'
    serve "$tls" "$bulk" "$hec"
  fi
done
# Syslog acknowledges nothing; but a sender's first write into a connection that ended fails, so it sends that line again.
for source in rsyslog ng; do
  for _ in $(seq 300); do [ "$(search --count "\"restart 4 1000:\" source:syslog/$source")" -ge 1 ] && break; sleep 0.2; done
  records_of syslog/$source "$head_of" $source.txt
  strange=$(comm -13 expected <(uniq found) | wc -l) lost=$(comm -23 expected found | wc -l)
  [ "$strange" -eq 0 ] && [ "$lost" -eq 0 ] || fail "syslog/$source over a restart: $lost of 5000 lost, $strange not as they were sent"
  echo "$source over a restart: $lost of 5000 lost"
done
kill $rsyslog $syslog_ng; wait $rsyslog $syslog_ng 2>/dev/null || true
kill $service; wait $service || fail 'the service did not end well'
"$program" verify --data data --key-file key >verify.log 2>&1 || fail "$(cat verify.log)"
echo 'rsyslog, syslog-ng, openssl and curl over TLS: all that was sent is found, byte for byte'
