#!/usr/bin/env bash
# A real database of countries (@ip-location-db/geo-whois-asn-country-mmdb, from npm): each of 300 made-up public addresses in an export is in the country that mmdblookup, which is libmaxminddb's own, says, with the same
# network in the alert; also where there is no /proc; a cut file is refused with its name; and any cut of it, or other bytes within it, end no scan.
set -euo pipefail
export LC_ALL=C.UTF-8
program=$(realpath "$1")
tree=$(cd "$(dirname "$0")/../.." && pwd)
for tool in npm mmdblookup python3; do command -v "$tool" >/dev/null || { echo "skipped: $tool is not installed (scripts/setup test)"; exit 77; }; done
modules=$tree/build/geo_databases
mkdir -p "$modules"
cp "$tree"/tests/e2e/geo_databases/* "$modules"
locked=$(sha256sum <"$modules/package-lock.json")
if [ "$(cat "$modules/made" 2>/dev/null || true)" != "$locked" ]; then
  (cd "$modules" && npm ci --ignore-scripts --no-audit --no-fund --silent) || { echo 'skipped: npm could not fetch the database'; exit 77; }
  echo "$locked" >"$modules/made"
fi
database=$modules/node_modules/@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
fail() { echo "$@"; exit 1; }

python3 - >addresses <<'END'
import ipaddress, random
random.seed(7)
found = []
while len(found) < 300:
    address = ipaddress.ip_address(random.getrandbits(32)) if len(found) % 2 else ipaddress.ip_address((0x2a << 120) | random.getrandbits(120) if len(found) % 4 else (0x2001 << 112) | random.getrandbits(112))
    if address.is_global: found.append(str(address))
print('\n'.join(found))
END
while read -r address; do
  printf '{"Channel":"Microsoft-Windows-Sysmon/Operational","Provider_Name":"Microsoft-Windows-Sysmon","EventID":3,"Computer":"pc","UtcTime":"2026-11-24 09:00:01.000","DestinationIp":"%s"}\n' "$address"
done <addresses >log.ndjson
"$program" normalize --format ecs --geo "$database" log.ndjson 2>said >events || fail "normalize: $(head -n 3 said)"
python3 -c '
import json, sys
for line in sys.stdin:
    end = json.loads(line)["destination"]
    print(end["ip"], end.get("geo", {}).get("country_iso_code", "-"))' <events >found
while read -r address; do
  country=$({ mmdblookup --file "$database" --ip "$address" country_code 2>/dev/null || true; } | sed -n 's/.*"\(..\)".*/\1/p')  # it fails where there is none
  echo "$address ${country:--}"
done <addresses >wanted
cmp wanted found || fail "not what mmdblookup says: $(diff wanted found | head -n 5)"
[ "$(grep -vc ' -$' found)" -ge 50 ] || fail "too few of the addresses are anywhere: $(grep -vc ' -$' found)"

cat >rule.yml <<'END'
title: Connection
logsource: {product: windows, category: network_connection}
detection: {s: {EventID: 3}, condition: s}
END
"$program" scan --rules rule.yml --geo "$database" --format ndjson log.ndjson 2>/dev/null >alerts
python3 - alerts <<'END'
import ipaddress, json, sys
count = 0
for line in open(sys.argv[1]):
    for one in json.loads(line).get('enrichments', []):
        assert ipaddress.ip_address(one['value']) in ipaddress.ip_network(one['source']['record']), one
        count += 1
assert count >= 50, count
END

# Without /proc the copy is a file that has no name once it is in use.
if [ "$(id -u)" -eq 0 ] && unshare -m mount -t tmpfs none /proc 2>/dev/null; then
  mkdir room
  unshare -m sh -c "mount -t tmpfs none /proc && TMPDIR=room '$program' scan --rules rule.yml --geo '$database' log.ndjson" >without_proc 2>/dev/null || fail 'a scan without /proc failed'
  cmp alerts without_proc || fail 'without /proc alerts are others'
  [ -z "$(ls room)" ] || fail "left behind: $(ls room)"
fi

size=$(stat -c %s "$database")
for bytes in 0 1000 $((size / 2)) $((size - 1)); do
  head -c "$bytes" "$database" >cut.mmdb
  status=0
  "$program" scan --rules rule.yml --geo cut.mmdb log.ndjson >out 2>said || status=$?
  [ "$status" = 2 ] && grep -q '^tocsin: cut.mmdb: ' said || fail "cut at $bytes: exit $status, $(head -n 3 said)"
done
for seed in 1 2 3 4 5 6 7 8; do
  python3 - "$database" "$seed" <<'END'
import random, sys
random.seed(int(sys.argv[2]))
data = bytearray(open(sys.argv[1], 'rb').read())
for _ in range(1 if int(sys.argv[2]) % 2 else 1000): data[random.randrange(len(data))] = random.randrange(256)
open('bad.mmdb', 'wb').write(data)
END
  status=0
  "$program" scan --rules rule.yml --geo bad.mmdb log.ndjson >out 2>said || status=$?
  [ "$status" = 0 ] || [ "$status" = 2 ] || fail "bytes changed with seed $seed: exit $status, $(head -n 3 said)"
done
echo "$(grep -vc ' -$' found) of 300 addresses are somewhere, all where mmdblookup says"
