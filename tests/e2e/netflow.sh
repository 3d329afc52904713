#!/usr/bin/env bash
# NetFlow v5, v9 and IPFIX by softflowd and pmacct of the system's packages, which read a capture that captures.py makes: what each direction of each flow has in packets and bytes is what captures.py
# counted itself, each flow is there once, also where the service is started anew between two exporters, and nothing is dropped or missing. At last pmacct listens to an interface on which tcpreplay plays the capture.
set -euo pipefail
export LC_ALL=C.UTF-8
program=$(realpath "$1")
tree=$(cd "$(dirname "$0")/../.." && pwd)
for tool in softflowd pmacctd tcpreplay python3; do command -v "$tool" >/dev/null || { echo "skipped: $tool is not installed (scripts/setup test)"; exit 77; }; done

. "$tree/tests/e2e/serving.bash"
wait_for() {  # number of records
  for _ in $(seq 600); do [ "$(search --count 'source:netflow')" -ge "$1" ] && return; sleep 0.1; done
  fail "there are $(search --count 'source:netflow') records of $1"
}
export_flows() { softflowd -r mix.pcap -n "$(address netflow)" -c none -p none "$@" >softflowd.log 2>&1 || fail "softflowd: $(cat softflowd.log)"; }
compare() {  # file of what is expected, version, both
  search --sql "SELECT raw FROM events WHERE source = 'netflow'" | python3 "$tree/tests/e2e/flows/records.py" "${@:2}" | sort >found
  cmp "$1" found || fail "version ${*:2}: not what the capture holds: $(diff "$1" found | head -n 5)"
}

needs_search
python3 "$tree/tests/e2e/flows/captures.py" mix --sessions 30 --expect all mix.pcap >/dev/null
sort -o all all
grep -v ':' all >v4
serve --netflow 127.0.0.1:0

export_flows -v 5
n=$(wc -l <v4)
wait_for "$n"
compare v4 5
export_flows -v 9 -6
n=$((n + $(wc -l <all)))
wait_for "$n"
compare all 9
kill $service; wait $service || fail 'the service did not end well'
serve --netflow "$(address netflow)"
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

meter() {  # version, what it reads, more options of timeout
  cat >pmacctd.conf <<CONF
daemonize: false
$2
aggregate: src_host, dst_host, src_port, dst_port, proto, tos, tcpflags
plugins: nfprobe[x]
nfprobe_receiver[x]: $(address netflow)
nfprobe_version[x]: $1
nfprobe_timeouts[x]: tcp=2:tcp.rst=2:tcp.fin=2:udp=2:icmp=2:general=2:expint=1
CONF
  timeout 60 pmacctd -f pmacctd.conf >pmacctd.log 2>&1 || true  # it ends as one that lost its plugin; what came is what counts
}
for version in 5 9 10; do
  rm -rf data
  serve --netflow 127.0.0.1:0
  expected=all; [ $version != 5 ] || expected=v4
  meter $version "pcap_savefile: $folder/mix.pcap"
  wait_for "$(wc -l <$expected)"
  compare $expected $version
  kill $service; wait $service || fail 'the service did not end well'
done
echo 'pmacct: v5, v9 and IPFIX, packets and bytes of each direction are those of the capture, each flow is there once'
service=''

# A network of its own, where there is leave to make one.
live() {
  ip link set lo up
  ip link add played type veth peer name heard
  for end in played heard; do echo 1 >/proc/sys/net/ipv6/conf/$end/disable_ipv6; ip link set $end mtu 9000 up; done
  rm -rf data
  serve --netflow 127.0.0.1:0
  meter 10 'pcap_interface: heard' &
  local listening=$!
  for _ in $(seq 100); do grep -q 'Exporting flows' pmacctd.log 2>/dev/null && break; sleep 0.1; done
  sleep 1
  timeout 30 tcpreplay -i played --pps 1000 mix.pcap >tcpreplay.log 2>&1 || fail "tcpreplay: $(cat tcpreplay.log)"
  wait_for "$(wc -l <all)"
  compare all 10
  kill -INT $listening 2>/dev/null; wait $listening || true
  kill $service; wait $service || fail 'the service did not end well'
  service=''
  echo 'tcpreplay and pmacct on an interface: the flows are those of the capture'
}
if unshare -n ip link add played type veth peer name heard 2>/dev/null; then
  export -f live serve address search fail wait_for compare meter
  program=$program tree=$tree folder=$folder timeout -k 5 120 unshare -n bash -euo pipefail -c live
else
  echo 'not tried: tcpreplay, as no network of its own can be made here'
fi
echo 'NetFlow v5, v9 and IPFIX by softflowd and pmacct: all that was sent is found, as it was'
