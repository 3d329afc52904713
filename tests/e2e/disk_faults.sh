#!/usr/bin/env bash
# Disks that fail, on the real system: a small one (tmpfs) that fills up while a client sends, and system calls that fail (strace's fault injection). The
# service stops acknowledging, says so, goes on by itself; what was acknowledged is found, once, with the alerts of a scan; nothing is damaged, and the ledger
# adds up. TOCSIN_FAULTS sets at how many calls of 1 to 500 a failure is tried (20), TOCSIN_FAULT_SECONDS when no further one is begun (300).
# Skipped where mount (as root or in a namespace of one's own) or ptrace is not allowed, or the program cannot search.
set -euo pipefail
program=$(realpath "$1")
scenario=$(cd "$(dirname "$0")/../.." && pwd)/content/scenarios/intrusion/windows.ndjson
faults=${TOCSIN_FAULTS:-20} seconds=${TOCSIN_FAULT_SECONDS:-300}
command -v curl >/dev/null || { echo 'skipped: curl is not installed'; exit 77; }
if [ "$(id -u)" != 0 ] && [ -z "${IN_NAMESPACE:-}" ] && unshare -rm true 2>/dev/null; then
  IN_NAMESPACE=1 exec unshare -rm bash "$0" "$@"
fi
folder=$(mktemp -d)
service='' mounted=''
finish() {
  [ -z "$service" ] || kill -9 "$service" 2>/dev/null || true
  [ -z "$mounted" ] || umount -l "$folder/data" 2>/dev/null || true
  rm -rf "$folder"
}
trap finish EXIT
cd "$folder"
fail() { echo "failed: $*"; cat status.json serve.log 2>/dev/null | tail -20; exit 1; }

serve() {  # words before the program; then it is ready, or has said why not
  rm -f ready
  "$@" "$program" serve --data data --key-file key --bulk 127.0.0.1:0 --hec 127.0.0.1:0 --syslog 127.0.0.1:0 --syslog-tls 127.0.0.1:0 --api none --store-after 1 --keep-free 2MB \
    --ready-file ready 2>serve.log &
  service=$!
  for _ in $(seq 1200); do
    [ -s ready ] && bulk=$(sed -n 's/.*"bulk":"\([^"]*\)".*/\1/p' ready) && [ -n "$bulk" ] && return 0
    if ! kill -0 "$service" 2>/dev/null; then
      local code=0
      wait "$service" || code=$?
      service=''
      [ $code -lt 128 ] || fail "it died of signal $((code - 128))"
      return 1
    fi
    # A failing call may be the one that should have written the addresses.
    if grep -q '^tocsin: ready: ' serve.log; then stop || true; return 1; fi
    sleep 0.05
  done
  fail 'the service does not get ready'
}
stop() {
  local process=$service
  service=''
  # Under strace it is the program that is told: strace passes nothing on.
  local told=$process
  [ "$(cat "/proc/$process/comm" 2>/dev/null)" != strace ] || told=$(pgrep -P "$process" || echo "$process")
  kill -TERM "$told" 2>/dev/null || true
  wait "$process" || return $?
}
lines=$(wc -l <"$scenario")
sent=0 refused=0
: >acknowledged
batch() {  # sends five events: 0 if all are safe, 1 if none is
  : >body; : >events
  for _ in 1 2 3 4 5; do
    sed -n "$((sent % lines + 1))s/^{/{\"serial\":$sent,/p" "$scenario" >>events
    sent=$((sent + 1))
  done
  sed 's/^/{"create":{"_index":"logs"}}\n/' events >body
  curl -s -m 60 -H "Authorization: ApiKey $token" -H 'Content-Type: application/x-ndjson' --data-binary @body "http://$bulk/_bulk" >answer || fail 'no answer'
  if grep -q '"errors":false' answer; then cat events >>acknowledged; return 0; fi
  [ "$(grep -o '"status":429' answer | wc -l)" -eq 5 ] || fail "an answer is neither yes nor no: $(head -c 500 answer)"
  refused=$((refused + 5))
  return 1
}
number() { grep -o "\"$1\":[0-9]*" status.json | head -1 | sed 's/.*://'; }  # of the first source, which is the client
status() { "$program" status --json --data data --key-file key >status.json || fail 'no status'; }
wait_for() {  # a condition
  for _ in $(seq 600); do "$@" && return 0; sleep 0.1; done
  fail "waited in vain: $*"
}
says_full() { status; grep -q '"trouble":".*\(full\|No space left\)' status.json; }
says_nothing() { status; grep -q '"trouble":null' status.json; }
pairs() { grep -v '"events":' "$1" | sed -n 's/.*"rule":{"id":"\([^"]*\)".*"index":\([0-9]*\).*/\1 \2/p' | sort; }

judge() {  # what is there, once no service runs
  "$program" verify --data data --key-file key >verify.out || fail "$(cat verify.out)"
  "$program" search --data data --key-file key --sql "SELECT record_values(raw, 'serial')[1] AS n FROM events ORDER BY CAST(split_part(id, ':', 2) AS BIGINT)" |
    sed 's/[^0-9]//g' >found
  sed 's/^{"serial":\([0-9]*\),.*/\1/' acknowledged >expected
  cmp -s found expected || fail "acknowledged were $(wc -l <expected) records, found are $(wc -l <found): $(diff expected found | head -5)"
  "$program" scan --format ndjson acknowledged >scanned 2>/dev/null || true
  "$program" alerts --format ndjson --limit 1000000 --data data >alerts
  pairs scanned >scanned.pairs; pairs alerts >alerts.pairs
  cmp -s scanned.pairs alerts.pairs || fail "alerts are not those of a scan: $(diff scanned.pairs alerts.pairs | head -5)"
  status
  [ "$(number stored)" -eq "$(wc -l <expected)" ] || fail "the ledger says $(number stored) stored, not $(wc -l <expected)"
}

full_disk() {
  mkdir data
  if ! mount -t tmpfs -o size=24m none data 2>mount.log; then echo "skipped: a tmpfs cannot be mounted: $(cat mount.log)"; return 77; fi
  mounted=1
  token=$("$program" sender add shipper --input bulk --data data)
  serve || fail 'it does not start'
  for _ in 1 2 3 4 5 6; do batch || fail 'an empty disk is said to be full'; done
  # Somebody else fills the disk to its last byte, while the client goes on.
  dd if=/dev/zero of=data/filler bs=64k 2>/dev/null & local filler=$!
  local no=0
  for _ in $(seq 200); do
    batch || no=$((no + 1))
    [ "$no" -lt 5 ] || break
  done
  wait "$filler" && fail 'the disk did not get full'
  [ "$no" -ge 5 ] || fail 'it goes on acknowledging on a full disk'
  wait_for says_full
  wait_for grep -q 'full\|No space left' serve.log
  rm data/filler
  wait_for batch
  for _ in 1 2 3 4 5 6; do batch || fail 'it does not go on'; done
  wait_for says_nothing
  stop || fail 'it did not stop as it should'
  judge
  status
  [ "$(number refused)" -eq "$refused" ] || fail "the ledger says $(number refused) refused, and $refused were"
  [ -s alerts.pairs ] || fail 'there are no alerts'
  echo "a full disk: $(wc -l <expected) records acknowledged, $refused refused, all are found, $(wc -l <alerts.pairs) alerts"
  umount data
  mounted=''
  rm -rf data
}

# One failure, or twenty in a row, at the n-th call of each thread.
failing_call() {  # n, error
  local last=$1 code
  [ $(($1 % 2)) -eq 0 ] || last=$(($1 + 20))
  if ! serve strace -f -qq -o /dev/null -e trace=write,pwrite64,fdatasync,fsync,openat -e signal=none \
    -e "inject=write,pwrite64,fdatasync,fsync,openat:error=$2:when=$1..$last"; then
    starts_refused=$((starts_refused + 1))
    [ -s serve.log ] || [ "$1" -lt 100 ] || fail "call $1: it ended without a word"
  else
    for _ in $(seq $((6 + $1 / 2))); do batch || true; done
    code=0
    stop || code=$?
    [ $code -lt 128 ] || fail "call $1 ($2): it died of signal $((code - 128))"
  fi
  serve || fail "call $1 ($2): it does not start again"
  wait_for batch
  stop || fail "call $1 ($2): it did not stop as it should"
  judge
}

failing_calls() {
  if ! command -v strace >/dev/null || ! strace -o /dev/null -e inject=fsync:error=EIO:when=1 true 2>strace.log; then echo "skipped: strace cannot be used: $(head -1 strace.log 2>/dev/null)"; return 77; fi
  rm -rf data; mkdir data
  sent=0 refused=0 starts_refused=0
  : >acknowledged
  token=$("$program" sender add shipper --input bulk --data data)
  local begun=$SECONDS tried=0 i n error
  for i in $(seq 0 $((faults - 1))); do
    [ $((SECONDS - begun)) -lt "$seconds" ] || break
    # Most of what can fail fails early; asked for all 500, it tries each.
    if [ "$faults" -ge 500 ]; then n=$((1 + i * 500 / faults)); else n=$((1 + 500 * i * i / (faults * faults))); fi
    error=ENOSPC
    [ $((tried % 2)) -eq 0 ] || error=EIO
    failing_call "$n" "$error"
    tried=$((tried + 1))
  done
  [ -s alerts.pairs ] || fail 'there are no alerts'
  echo "failing calls: $tried of $faults tried ($starts_refused starts refused); $(wc -l <expected) records acknowledged, $refused refused, all are found, $(wc -l <alerts.pairs) alerts"
}

mkdir -p probe/journal
if ! "$program" search --data probe --key-file key '' >search.log 2>&1 && grep -q 'DuckDB' search.log; then
  echo 'skipped: there is no DuckDB (scripts/fetch-duckdb)'; exit 77
fi
ran=0
for part in full_disk failing_calls; do
  code=0
  $part || code=$?
  [ $code -eq 0 ] && ran=1
  [ $code -eq 0 ] || [ $code -eq 77 ] || exit $code
done
[ $ran -eq 1 ] || exit 77
