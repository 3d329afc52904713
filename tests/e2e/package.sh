#!/usr/bin/env bash
# The Debian package: it builds from what is built, holds what it should, depends on what the program loads, and its program runs from where the package
# puts it: with its console, and with the DuckDB that lies beside it. Its unit and its settings are good, the latter also with everything in them that
# is commented out. Skipped where there are no tools for packages. How it is installed and run by systemd: package_systemd.sh.
set -euo pipefail
program=$(realpath "$1")
source=$(cd "$(dirname "$0")/../.." && pwd)
build=$(dirname "$program")
for tool in cpack dpkg-deb dpkg-shlibdeps curl; do
  command -v $tool >/dev/null || { echo "skipped: $tool is not installed"; exit 77; }
done
if grep -q '^TOCSIN_SANITIZE:STRING=.' "$build/CMakeCache.txt"; then echo 'skipped: nobody packs a build with sanitizers'; exit 77; fi
folder=$(mktemp -d)
service=
trap '[ -z "$service" ] || kill -9 "$service" 2>/dev/null; rm -rf "$folder"' EXIT
(cd "$build" && cpack -G DEB -B "$folder" >"$folder/log" 2>&1) || { cat "$folder/log"; exit 1; }
package=$(echo "$folder"/tocsin_*.deb)
[ -e "$package" ] || { echo 'there is no package'; cat "$folder/log"; exit 1; }

fail() { echo "$1"; dpkg-deb --info "$package"; dpkg-deb --contents "$package"; exit 1; }
contents=$(dpkg-deb --contents "$package")
for path in usr/bin/tocsin usr/lib/systemd/system/tocsin.service usr/lib/systemd/system/tocsin-forward.service etc/tocsin/tocsin.yaml etc/tocsin/forward.yaml usr/share/doc/tocsin/copyright usr/share/doc/tocsin/README.md \
  usr/share/doc/tocsin/changelog.gz usr/share/doc/tocsin/docs/settings.md usr/share/doc/tocsin/api/openapi.json; do
  grep -q " \./$path\$" <<<"$contents" || fail "the package has no $path"
done
if grep -v '^[^ ]* root/root ' <<<"$contents"; then fail 'these files of the package are not root'"'"'s'; fi
for needed in libc6 libssl3 libsodium23 adduser; do
  grep -qw "$needed" <<<"$(dpkg-deb --field "$package" Depends)" || fail "the package does not depend on $needed"
done
[ "$(dpkg-deb --ctrl-tarfile "$package" | tar -t | sed 's|^\./||' | grep -v '^$' | sort | tr '\n' ' ')" = 'conffiles control md5sums postinst postrm prerm ' ] ||
  fail 'the package has other scripts than it should'
for script in postinst prerm postrm; do
  dpkg-deb --ctrl-tarfile "$package" | tar -xO ./$script | sh -n || fail "$script is no script"
done

# The service from where the package puts it, with nothing of the build around it.
dpkg-deb --extract "$package" "$folder/root"
tocsin() { env -i "$folder/root/usr/bin/tocsin" "$@"; }
data=(--data "$folder/data" --key-file "$folder/key")
ports=()
for port in bulk hec syslog syslog-tls api; do ports+=("--$port" 127.0.0.1:0); done
env -i "$folder/root/usr/bin/tocsin" serve "${data[@]}" "${ports[@]}" --ready-file "$folder/ready" 2>"$folder/said" &
service=$!
for ((i = 0; i < 600; i++)); do [ -s "$folder/ready" ] && break; kill -0 $service 2>/dev/null || break; sleep 0.1; done
[ -s "$folder/ready" ] || fail "the program of the package does not serve: $(cat "$folder/said")"
address() { grep -o "\"$1\":\"[^\"]*" "$folder/ready" | cut -d'"' -f4; }
page=$(curl -sS --cacert "$folder/data/tls/ca.pem" "https://$(address api)/" || true)
if [ -e "$source/build/web/index.html" ]; then
  [ "$page" = "$(cat "$source/build/web/index.html")" ] || fail "the program of the package has another console than build/web: $page"
else
  echo 'not checked: the console, of which there is none (scripts/build-console)'
fi
token=$(tocsin sender add web --input bulk --data "$folder/data")
curl -sS -o "$folder/answer" -H "Authorization: ApiKey $token" -H 'Content-Type: application/x-ndjson' \
  --data-binary $'{"create":{"_index":"logs"}}\n{"message":"a line of the package"}\n' "http://$(address bulk)/_bulk"
grep -q '"errors":false' "$folder/answer" || fail "the record was not taken: $(cat "$folder/answer")"
kill -TERM $service
wait $service || fail "the service did not end well: $(cat "$folder/said")"
service=
if [ -e "$folder/root/usr/lib/tocsin/libduckdb.so" ]; then
  ls "$folder"/data/segments/*/*.parquet >/dev/null 2>&1 || fail "nothing was stored: $(cat "$folder/said")"
  found=$(tocsin search "${data[@]}" --count '' 2>&1) || fail "the program of the package does not search: $found"
  [ "$(grep -c '1' <<<"$found")" -ge 1 ] || fail "the search did not find the record: $found"
else
  grep -q 'DUCKDB_LIBRARY:FILEPATH=.*NOTFOUND' "$build/CMakeCache.txt" || fail 'the build has DuckDB, the package has none'
  echo 'not checked: DuckDB, of which there is none (scripts/fetch-duckdb)'
fi

sed 's/^#\([ a-z_]*:\|  \)/\1/' "$source/packaging/tocsin.yaml" >"$folder/all.yaml"
grep -q '^  api:' "$folder/all.yaml" || { echo 'nothing is commented out in the settings'; exit 1; }
for settings in "$source/packaging/tocsin.yaml" "$folder/all.yaml"; do
  "$program" config check --config "$settings" || { cat "$settings"; exit 1; }
done

if command -v systemd-analyze >/dev/null; then
  sed "s|/usr/bin/tocsin|$folder/root/usr/bin/tocsin|" "$source/packaging/tocsin.service" >"$folder/tocsin.service"
  verified=$(systemd-analyze verify --man=no "$folder/tocsin.service" 2>&1) || { echo "the unit is not good: $verified"; exit 1; }
  if grep tocsin.service <<<"$verified"; then echo 'the unit is not all understood'; exit 1; fi
  exposure=$(systemd-analyze security --offline=yes "$folder/tocsin.service" | sed -n 's/.*Overall exposure level for [^ ]*: \([0-9]*\)\.\([0-9]\).*/\1\2/p')
  [ -n "$exposure" ] && [ "$exposure" -le 15 ] || { echo "the unit is exposed: ${exposure:-unknown} of 100"; exit 1; }
  # The groups of system calls that it names are known to the oldest systemd that it is for.
  for group in $(grep '^SystemCallFilter=' "$source/packaging/tocsin.service" | grep -o '@[a-z-]*'); do
    systemd-analyze syscall-filter "$group" >/dev/null || { echo "systemd does not know $group"; exit 1; }
  done
else
  echo 'not checked: the unit (systemd-analyze is not installed)'
fi
echo "the package is good: $(dpkg-deb --field "$package" Depends)"
