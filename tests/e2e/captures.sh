#!/usr/bin/env bash
# Captures by captures.py, in every format and link: each gives the same flows, and those are what captures.py counted itself; rules of Zeek's log sources fire on them, the same with any number of
# threads. Where tshark is installed, its conversations, Community IDs, names of DNS and TLS, hosts of HTTP and JA3 are compared, too.
set -euo pipefail
export LC_ALL=C.UTF-8
program=$(realpath "$1")
tree=$(cd "$(dirname "$0")/../.." && pwd)
command -v python3 >/dev/null || { echo 'skipped: python3 is not installed (scripts/setup test)'; exit 77; }

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
fail() { echo "$@"; exit 1; }
capture() { python3 "$tree/tests/e2e/flows/captures.py" mix "$@"; }
records() { "$program" normalize --format fields "$1" | python3 "$tree/tests/e2e/flows/lines.py" "${@:2}"; }

capture --sessions 20 --expect counted mix.pcap >made
flows=$(sed 's/[^0-9]//g' made)
records mix.pcap conn >conn
[ "$(records mix.pcap paths | grep -c '^conn$')" = "$flows" ] || fail "there are not $flows flows"
cmp <(sort counted) <(sort conn) || fail "not what was sent: $(diff <(sort counted) <(sort conn) | head -n 5)"
records mix.pcap all >all
for format in pcap pcap-be pcap-ns pcapng; do
  for link in ethernet vlan qinq raw sll sll2 null; do
    capture --sessions 20 --format $format --link $link other.pcap >made
    records other.pcap all | sed 's/, "vlan": [0-9]*//' | cmp - all || fail "$format, $link: other flows"
  done
done
echo "$flows flows, the same in 28 formats and links, as they were sent"

gzip -k mix.pcap
records mix.pcap.gz all | cmp - all || fail 'a capture that is packed gives other flows'
head -c 20000 mix.pcap >cut.pcap
if "$program" normalize --format fields cut.pcap >/dev/null 2>cut.log; then fail 'a capture that was cut passes for a whole one'; fi
grep -q 'capture: ends inside .*, at byte 199[0-9][0-9]; everything before was read' cut.log || fail "it is not said where a capture ends: $(cat cut.log)"

cat >rule.yml <<'END'
title: A name that is not there
id: 6f1f2c0e-0f0b-4d0c-8d93-0f6a55a0c001
logsource: {product: zeek, service: dns}
detection:
  selection: {query|startswith: missing, rcode_name: NXDOMAIN}
  condition: selection
level: high
---
title: Telnet that nobody answers
id: 6f1f2c0e-0f0b-4d0c-8d93-0f6a55a0c002
logsource: {product: zeek, service: conn}
detection:
  selection: {id.resp_p: 23, conn_state: S0}
  condition: selection
level: high
---
title: A page of ours
id: 6f1f2c0e-0f0b-4d0c-8d93-0f6a55a0c003
logsource: {category: proxy}
detection:
  selection: {cs-host|endswith: .example.org, c-useragent: probe/1.0}
  condition: selection
level: high
END
mkdir two && cp mix.pcap other.pcap two
"$program" scan --rules rule.yml --threads 1 --format ndjson two >one_thread 2>/dev/null || true
for threads in 2 5; do
  "$program" scan --rules rule.yml --threads $threads --format ndjson two 2>/dev/null | cmp - one_thread || fail "with $threads threads other alerts"
done
[ "$(wc -l <one_thread)" = 120 ] || fail "$(wc -l <one_thread) alerts, not 3 for each of 40 sessions"
echo 'rules of Zeek fire on flows, DNS and HTTP, the same with any number of threads'

if ! command -v tshark >/dev/null; then echo 'tshark is not installed: not compared with it'; exit 0; fi
read_by() { tshark -r mix.pcap "$@" 2>/dev/null; }
same() { cmp <(sort -u "$1") <(sort -u "$2") || fail "$3: not what tshark says: $(diff <(sort -u "$1") <(sort -u "$2") | head -n 5)"; }
read_by --enable-protocol communityid -T fields -e communityid >theirs
records mix.pcap community >ours
same ours theirs 'Community IDs'
for protocol in tcp udp; do
  [ "$(read_by -q -z conv,$protocol | grep -c '<->')" = "$(records mix.pcap protocols | grep -c "^$protocol\$")" ] || fail "conversations of $protocol"
done
read_by -Y 'dns.flags.response == 0' -T fields -e dns.qry.name -e dns.qry.type >theirs
records mix.pcap dns >ours
cmp <(sort ours) <(sort theirs) || fail "DNS: $(diff <(sort ours) <(sort theirs) | head -n 5)"
read_by -Y 'http.request' -T fields -e http.host -e http.request.uri >theirs
records mix.pcap http >ours
cmp <(sort ours) <(sort theirs) || fail "HTTP: $(diff <(sort ours) <(sort theirs) | head -n 5)"
read_by -Y 'tls.handshake.type == 1' -T fields -e tls.handshake.extensions_server_name -e tls.handshake.ja3 >theirs
records mix.pcap ssl >ours
cmp <(sort ours) <(sort theirs) || fail "TLS: $(diff <(sort ours) <(sort theirs) | head -n 5)"
echo 'tshark says the same: conversations, Community IDs, DNS, HTTP, TLS and JA3'
