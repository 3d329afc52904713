#!/usr/bin/env bash
# `tocsin forward` reads a journal with systemd's own journalctl: each entry of it is found, also those that come while it reads, and where it is killed (SIGKILL) in the middle it goes on by the cursor. And its
# inventory says of this machine what the machine says itself. Skipped where there are no tools of systemd or the program cannot search.
set -euo pipefail
export LC_ALL=C.UTF-8
program=$(realpath "$1")
clients=$(cd "$(dirname "$0")/../.." && pwd)/build/clients  # scripts/fetch-clients
tools=$clients/lib/systemd
[ -x "$tools/systemd-journal-remote" ] || { echo 'skipped: systemd-journal-remote is not there (scripts/fetch-clients)'; exit 77; }
command -v journalctl >/dev/null || { echo 'skipped: journalctl is not installed'; exit 77; }
libraries=$clients/usr/lib/$(uname -m)-linux-gnu:/usr/lib/$(uname -m)-linux-gnu/systemd
LD_LIBRARY_PATH=$libraries "$tools/systemd-journal-remote" --version >/dev/null 2>&1 || { echo 'skipped: systemd-journal-remote does not run here'; exit 77; }
folder=$(mktemp -d)
service='' shipper=''
finish() {
  for process in $shipper $service; do kill -9 "$process" 2>/dev/null || true; done
  rm -rf "$folder"
}
trap finish EXIT
cd "$folder"
fail() { echo "$@"; tail -n 20 serve.log ship.log 2>/dev/null; exit 1; }
search() { "$program" search --data data --key-file key "$@"; }
address() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" ready; }

"$program" serve --data data --key-file key --protect none --relp 127.0.0.1:0 --tls-streams yes --tls-senders yes --store-after 0 --bulk 127.0.0.1:0 --hec 127.0.0.1:0 --syslog 127.0.0.1:0 --syslog-tls 127.0.0.1:0 --api none --ready-file ready 2>serve.log &
service=$!
for _ in $(seq 600); do [ -s ready ] && break; sleep 0.1; done
[ -s ready ] || fail 'the service does not begin'
if ! search '' >search.log 2>&1 && grep -q 'DuckDB' search.log; then echo 'skipped: there is no DuckDB (scripts/fetch-duckdb)'; exit 77; fi
code=$("$program" sender add web-1 --enrol --data data --key-file key 2>/dev/null)
"$program" forward --data host --server "$(address relp)" --enrol "$code" 2>enrol.log || fail "not enrolled: $(cat enrol.log)"
ship() { "$program" forward --data host "$@" 2>>ship.log & shipper=$!; }

add_entries() {  # file, first, last
  for i in $(seq "$2" "$3"); do
    printf '__REALTIME_TIMESTAMP=%s\n__MONOTONIC_TIMESTAMP=%s\n_BOOT_ID=%s\n_HOSTNAME=web-01\nSYSLOG_IDENTIFIER=sshd\nNUMBER=%s\nMESSAGE=entry %s: Zürich "quoted"\n\n' \
      "$((1772439330000000 + i))" "$i" bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb "$i" "$i"
  done | LD_LIBRARY_PATH=$libraries "$tools/systemd-journal-remote" --output "$folder/journal/$1.journal" - >>remote.log 2>&1 || fail "no journal was made: $(tail -n 3 remote.log)"
}
numbers() { search --sql "SELECT raw FROM events WHERE source = 'relp/web-1'" | grep -o '\\"NUMBER\\":\\"[0-9]*' | grep -o '[0-9]*$' | sort -n; }
wait_for() {  # how many different ones
  for _ in $(seq 600); do
    [ "$(numbers | uniq | wc -l)" -ge "$1" ] && return
    sleep 0.2
  done
  fail "$(numbers | uniq | wc -l) entries found, not $1"
}
mkdir journal
add_entries one 1 3000
ship --inventory 0 --journal "$folder/journal"
wait_for 100
kill -9 "$shipper"; wait "$shipper" 2>/dev/null || true
add_entries two 3001 4000
ship --inventory 0 --journal "$folder/journal"
wait_for 4000
add_entries three 4001 5000  # while it follows
wait_for 5000
kill "$shipper"; wait "$shipper" || fail 'the shipper did not end well'
cmp <(numbers | uniq) <(seq 5000) || fail 'not the entries that are in the journal'
echo "journalctl: 5000 of 5000 entries, $(($(numbers | wc -l) - 5000)) repeats"

# The inventory.
ship --inventory 60
for _ in $(seq 300); do [ "$(search --count 'source:relp/web-1 and name:kernel_info')" -ge 1 ] && [ "$(search --count 'source:relp/web-1 and name:processes')" -ge 1 ] && break; sleep 0.2; done
"$program" forward --data host --status | grep -q '^inventory ' || fail 'the status does not speak of the inventory'
kill "$shipper"; wait "$shipper" || fail 'the shipper did not end well'
rows() { search --sql "SELECT raw FROM events WHERE source = 'relp/web-1' AND raw LIKE '{\"name\":\"$1\"%'"; }
packages=$(dpkg-query -W -f '${Package}\n' | wc -l)
[ "$(rows deb_packages | wc -l)" = "$packages" ] || fail "$(rows deb_packages | wc -l) packages, not $packages"
[ "$(rows users | wc -l)" = "$(grep -c . /etc/passwd)" ] || fail 'other users than there are'
grep "$(uname -r)" <(rows kernel_info) >/dev/null || fail 'another kernel'
grep "\\\\\"pid\\\\\":\\\\\"$service\\\\\"" <(rows processes) >/dev/null || fail 'the service is not among the processes'
port=$(address relp); port=${port##*:}
grep "\\\\\"port\\\\\":\\\\\"$port\\\\\"" <(rows listening_ports) >/dev/null || fail 'its port is not among those that are listened on'
echo "inventory: $packages packages, $(rows processes | wc -l) processes, $(rows listening_ports | wc -l) listening ports"
kill "$service"; wait "$service" || fail 'the service did not end well'
