# What the tests of inputs by real clients share: a folder of their own, and the service in it. Read by `. serving.bash` once $program is said; the working folder is that folder then, and whatever runs at the
# end is killed: put the process of a client into $sender while it runs.
folder=$(mktemp -d)
service='' sender=''
finish() {
  for process in $sender $service; do kill -9 "$process" 2>/dev/null || true; done
  rm -rf "$folder"
}
trap finish EXIT
cd "$folder"

serve() {  # options: the input that is tested; all others listen where nobody knows
  rm -f ready
  "$program" serve --data data --key-file key --protect none --bulk 127.0.0.1:0 --hec 127.0.0.1:0 --syslog 127.0.0.1:0 --syslog-tls 127.0.0.1:0 --api none --ready-file ready "$@" 2>>serve.log &
  service=$!
  for _ in $(seq 600); do [ -s ready ] && return; sleep 0.1; done
  cat serve.log; exit 1
}
stop() {
  kill "$service"
  wait "$service" || fail 'the service did not end well'
}
address() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" ready; }  # of an input
search() { "$program" search --data data --key-file key "$@"; }
fail() { echo "$@"; tail -n 20 ./*.log 2>/dev/null; exit 1; }
needs_search() {
  if ! search '' >search.log 2>&1 && grep -q 'DuckDB' search.log; then echo 'skipped: there is no DuckDB (scripts/fetch-duckdb)'; exit 77; fi
}
