#!/usr/bin/env bash
# The Debian package on a Debian of its own, installed by apt and run by the systemd that it is for: under the whole unit the service is ready, confines its
# processes, takes, stores and searches, reloads or says why not, comes back after a crash and when it hangs, and outlives upgrade, removal and purge.
# Root's verbs leave nothing that the service cannot use.
#
# For root, where TOCSIN_DEBIAN names such a Debian, of which a copy is used and which nothing else needs:
#   debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,procps,curl,ca-certificates bookworm FOLDER
# TOCSIN_PACKAGE may name a package that is there; else one is made of what is built. apt gets from its mirrors what the package depends on. The copy has namespaces of its own, the network included, and ends with this script.
set -euo pipefail
program=$(realpath "$1")
build=$(dirname "$program")
debian=${TOCSIN_DEBIAN:-}
[ "$(id -u)" = 0 ] || { echo 'skipped: not run as root'; exit 77; }
[ -n "$debian" ] && [ -x "$debian/lib/systemd/systemd" ] || { echo 'skipped: TOCSIN_DEBIAN names no Debian with systemd'; exit 77; }
for tool in cpack dpkg-shlibdeps unshare nsenter; do
  command -v $tool >/dev/null || { echo "skipped: $tool is not installed"; exit 77; }
done
cgroups=$(findmnt -n -o TARGET -t cgroup2 | head -1)
[ -n "$cgroups" ] || { echo 'skipped: no cgroup2 is mounted'; exit 77; }
if grep -q '^TOCSIN_SANITIZE:STRING=.' "$build/CMakeCache.txt"; then echo 'skipped: nobody packs a build with sanitizers'; exit 77; fi

folder=$(mktemp -d /var/tmp/tocsin-package-XXXXXX)
root=$folder/root
group=$cgroups/${folder##*/}
booted=
end() {
  if [ -n "$booted" ]; then
    kill -KILL "$booted" 2>/dev/null || true  # with its first process all others of the namespace go
    wait || true
  fi
  find "$group" -depth -type d -exec rmdir {} \; 2>/dev/null || true
  rm -rf "$folder"
}
trap end EXIT
step() { echo "== $1"; }
fail() {
  echo "FAILED: $1"
  if [ -n "$booted" ]; then inside journalctl --no-pager -n 60 -u tocsin || true; fi
  exit 1
}

step 'a package, and a newer one'
if [ -n "${TOCSIN_PACKAGE:-}" ]; then
  cp "$TOCSIN_PACKAGE" "$folder/old.deb"
else
  (cd "$build" && cpack -G DEB -B "$folder" >"$folder/log" 2>&1) || { cat "$folder/log"; exit 1; }
  mv "$folder"/tocsin_*.deb "$folder/old.deb"
fi
dpkg-deb --raw-extract "$folder/old.deb" "$folder/newer"
sed -i 's/^Version: .*/&.1/' "$folder/newer/DEBIAN/control"
dpkg-deb -Zgzip -z1 --build "$folder/newer" "$folder/new.deb" >/dev/null

step 'a bare Debian takes the package and what it depends on'
cp -a "$debian" "$root"
cp "$folder"/*.deb "$root/root/"
rm -rf "$root/var/lib/tocsin"
cat /etc/resolv.conf >"$root/etc/resolv.conf"
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
(chroot "$root" apt-get -qq update && chroot "$root" apt-get -y --no-install-recommends install /root/old.deb) >"$folder/log" 2>&1 || { cat "$folder/log"; exit 1; }
grep 'tocsin: ' "$folder/log"
[ "$(stat -c '%U %a' "$root/etc/tocsin/key")" = 'root 600' ] || fail "the key is not root's alone"
[ "$(chroot "$root" stat -c '%U %a' /var/lib/tocsin)" = 'tocsin 700' ] || fail 'the data folder is not the service'"'"'s alone'
if chroot "$root" ldd /usr/bin/tocsin | grep 'not found'; then fail 'a library is missing'; fi
sha256sum "$root/etc/tocsin/key" >"$folder/key.sum"
# So that a service that hangs is told within the test.
mkdir -p "$root/etc/systemd/system/tocsin.service.d"
printf '[Service]\nWatchdogSec=12\nRestartSec=1\n' >"$root/etc/systemd/system/tocsin.service.d/test.conf"

step 'systemd starts it'
mkdir "$group"
cat >"$folder/boot" <<'BOOT'
set -e
cd "$1"
mount --make-rprivate /
mount --bind "$1" "$1"
cd "$1"
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=755 tmpfs dev
number() { mknod -m 666 "dev/$1" c 1 "$2"; }
number null 3; number zero 5; number full 7; number random 8; number urandom 9
mkdir dev/pts dev/shm .old
mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
mount -t tmpfs tmpfs dev/shm
pivot_root . .old
umount -l /.old
mount --make-rshared /  # as in a machine; credentials come by it
exec env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --system --log-target=journal --show-status=no </dev/null
BOOT
(echo $BASHPID >"$group/cgroup.procs"; exec unshare --mount --pid --uts --ipc --net --cgroup --fork --kill-child bash "$folder/boot" "$root") >"$folder/boot.log" 2>&1 &
launcher=$!
for ((i = 0; i < 100; i++)); do booted=$(pgrep -P $launcher || true); [ -n "$booted" ] && break; sleep 0.1; done
[ -n "$booted" ] || { cat "$folder/boot.log"; exit 1; }
inside() { nsenter --target "$booted" --all --root --wd -- "$@"; }
until_true() {  # WHAT COMMAND...: it becomes true within two minutes
  local what=$1 i
  shift
  for ((i = 0; i < 600; i++)); do "$@" >/dev/null 2>&1 && return; sleep 0.2; done
  fail "$what"
}
property() { inside systemctl show -p "$1" --value tocsin; }
active() { [ "$(property ActiveState)/$(property SubState)" = active/running ]; }
said() { inside journalctl --no-pager -o cat -u tocsin; }
until_true 'the service does not start' active
[ "$(property NRestarts)" = 0 ] || fail 'it needed more than one start'
grep -q 'key in /run/credentials/tocsin.service/tocsin-key' <<<"$(said)" || fail 'its key is not the credential'
main=$(property MainPID)
[ "$(inside ps -o user= -p "$main")" = tocsin ] || fail 'it does not run as its user'

step 'its sandboxes are those that it has without a unit'
grep -q . <<<"$(said | grep 'its sandbox: ')" || fail 'it says nothing of its sandbox'
inside timeout -s TERM 5 tocsin serve --data /tmp/free --key-file /tmp/free.key --bulk 127.0.0.1:0 --hec 127.0.0.1:0 --syslog 127.0.0.1:0 --syslog-tls 127.0.0.1:0 \
  --api none >"$folder/free" 2>&1 || true
sandbox() { sed -n 's/.*its sandbox: /reader /p; s/.*sandbox of the service itself: /service /p; s/.*of that sandbox is missing: /missing /p' | sort -u; }
[ "$(said | sandbox)" = "$(sandbox <"$folder/free")" ] || fail "under the unit: $(said | sandbox); without: $(sandbox <"$folder/free")"
said | sandbox

step 'the first link is in no journal, and root gets one'
if grep -q '#setup=' <<<"$(said)"; then fail 'the link to become an admin is in the journal'; fi
grep -q '^https://127.0.0.1:8443/#setup=' <<<"$(inside tocsin user add anna --role admin)" || fail 'root gets no link'

step 'it takes, stores, shows and searches'
ca=(--cacert /var/lib/tocsin/tls/ca.pem)
grep -qi '<title>' <<<"$(inside curl -sS "${ca[@]}" https://127.0.0.1:8443/)" || [ ! -e "$build/../web/index.html" ] || fail 'there is no console'
token=$(inside tocsin sender add web --input bulk)
post() {
  inside curl -sS -H "Authorization: ApiKey $token" -H 'Content-Type: application/x-ndjson' --data-binary $'{"create":{"_index":"logs"}}\n{"message":"'"$1"$'"}\n' http://127.0.0.1:9200/_bulk |
    grep -q '"errors":false' || fail "the record '$1' was not taken"
}
found() { [ "$(inside tocsin search --format ndjson "message:\"$1\"" | wc -l)" = "$2" ]; }
post first
until_true 'root does not find the record' found first 1
inside sh -c 'tocsin status; tocsin alerts; tocsin verify; tocsin rules list >/dev/null; tocsin key show; tocsin sender list; tocsin user list; tocsin config show >/dev/null
  tocsin sender add log-1 --input syslog >/root/log-1.pem' >"$folder/log" 2>&1 || fail "a verb of root's fails: $(cat "$folder/log")"
inside tocsin backup --output /root/backup >/dev/null || fail 'there is no backup'
api=$(inside tocsin token add test --scope search)
asked=$(inside curl -sS "${ca[@]}" -H "Authorization: Bearer $api" -H 'Content-Type: application/json' -d '{"query":"message:first","format":"ndjson"}' https://127.0.0.1:8443/api/v1/search)
grep -q '"rows":1' <<<"$asked" || fail "the API does not find the record: $asked"
strangers=$(inside find /var/lib/tocsin ! -user tocsin)
[ -z "$strangers" ] || fail "root left what the service cannot use: $strangers"

step 'a reload takes all or nothing, and says so'
inside systemctl reload tocsin || fail 'a reload of what is good fails'
inside sh -c 'mkdir -p /etc/tocsin/rules && printf "title: broken\ndetection: [\n" >/etc/tocsin/rules/broken.yml && printf "rules: [builtin, /etc/tocsin/rules]\n" >>/etc/tocsin/tocsin.yaml'
if inside systemctl reload tocsin 2>/dev/null; then fail 'a reload of a broken rule succeeds'; fi
grep -q 'broken.yml' <<<"$(said)" || fail 'the journal does not say which rule is broken'
active || fail 'a refused reload ended it'
inside rm /etc/tocsin/rules/broken.yml
inside sh -c 'cp /usr/share/doc/tocsin/docs/settings.md /tmp; rm -r /etc/tocsin/rules; sed -i "/^rules:/d" /etc/tocsin/tocsin.yaml'
inside systemctl kill -s HUP --kill-who=main tocsin
until_true 'SIGHUP does nothing' sh -c "[ \$(nsenter --target $booted --all --root --wd -- journalctl --no-pager -o cat -u tocsin | grep -c 'reload') -ge 3 ]"
[ "$(property MainPID)" = "$main" ] || fail 'a reload was a new start'

step 'files that adm may read are followed once the user is in that group'
inside sh -c 'echo "Nov 29 08:00:00 host app: a followed line" >/var/log/followed.log; chown root:adm /var/log/followed.log; chmod 640 /var/log/followed.log
  printf "files: [/var/log/followed.log]\n" >>/etc/tocsin/tocsin.yaml; adduser --quiet tocsin adm; systemctl restart tocsin' || fail 'it does not start with a file'
until_true 'the file is not followed' found 'a followed line' 1

step 'it comes back: killed, its reader or what answers the API killed, what starts those killed, and when it hangs'
main=$(property MainPID)
inside pkill -KILL -x tocsin-ingest || fail 'there is no ingest process'
until_true 'the ingest process does not come back' inside pgrep -x tocsin-ingest
until_true 'it does not listen again' inside curl -sS http://127.0.0.1:9200/
[ "$(property MainPID)" = "$main" ] || fail 'the service ended with what reads the network'
inside pkill -KILL -x tocsin-api || fail 'there is no process for the API'
until_true 'the process of the API does not come back' inside curl -sS "${ca[@]}" https://127.0.0.1:8443/health
[ "$(property MainPID)" = "$main" ] || fail 'the service ended with what answers the API'
inside kill -KILL "$main"
other() { active && [ "$(property MainPID)" != "$main" ]; }
until_true 'it does not come back after a crash' other
main=$(property MainPID)
inside pkill -KILL -x tocsin-starter || fail 'there is no starter'
until_true 'it does not come back without what starts its processes' other
main=$(property MainPID)
inside kill -STOP "$main"  # its watchdog hears nothing now
until_true 'systemd does not end what hangs' other
grep -qi 'watchdog timeout' <<<"$(said)" || fail 'it was another than the watchdog that ended it'
main=$(property MainPID)
sleep 15  # longer than the watchdog waits: a service that has nothing to do is alive
[ "$(property MainPID)" = "$main" ] || fail 'an idle service was taken for dead'
post second
until_true 'after all that nothing is found' found second 1

step 'its key'
if inside tocsin key rotate >"$folder/log" 2>&1; then fail 'a credential was exchanged in place'; fi
grep 'is a systemd credential' "$folder/log" || fail "it is not said what to do: $(cat "$folder/log")"
inside systemctl stop tocsin
inside tocsin key rotate >/dev/null || fail 'the key of a stopped service cannot be exchanged'
inside systemctl start tocsin || fail 'it does not start with another key'
sha256sum "$root/etc/tocsin/key" >"$folder/key.sum"
found first 1 || fail 'another key hides the records'

step 'an upgrade restarts it and keeps data, key and settings'
inside sh -c 'echo "# mine" >>/etc/tocsin/tocsin.yaml'
main=$(property MainPID)
inside dpkg -i /root/new.deb >"$folder/log" 2>&1 || { cat "$folder/log"; fail 'the upgrade fails'; }
until_true 'the upgrade did not restart it' other
grep -q '^# mine' "$root/etc/tocsin/tocsin.yaml" || fail 'the settings were written over'
sha256sum --quiet -c "$folder/key.sum" || fail 'the key is another one'
found first 1 || fail 'the records are gone'

step 'stopped, started, removed, installed again, purged'
inside systemctl stop tocsin
[ "$(property Result)/$(property ExecMainStatus)" = success/0 ] || fail 'it does not stop well'
inside systemctl start tocsin || fail 'it does not start again'
inside dpkg -r tocsin >"$folder/log" 2>&1 || { cat "$folder/log"; fail 'the removal fails'; }
if inside pgrep -x tocsin; then fail 'it runs although it was removed'; fi
[ -e "$root/var/lib/tocsin/state.db" ] && [ -e "$root/etc/tocsin/key" ] || fail 'the removal took the data'
inside dpkg -i /root/new.deb >"$folder/log" 2>&1 || { cat "$folder/log"; fail 'it cannot be installed again'; }
until_true 'it does not start once installed again' active
found second 1 || fail 'the records are gone after the removal'
inside dpkg -P tocsin >"$folder/log" 2>&1 || { cat "$folder/log"; fail 'the purge fails'; }
grep 'tocsin: ' "$folder/log"
[ -e "$root/var/lib/tocsin/state.db" ] && sha256sum --quiet -c "$folder/key.sum" || fail 'the purge took data or key'
[ ! -e "$root/etc/tocsin/tocsin.yaml" ] || fail 'the purge left the settings'
[ -z "$(find "$root/usr" "$root/etc/systemd" -name '*tocsin*' ! -path '*/tocsin.service.d*')" ] || fail 'the purge left files'
echo 'systemd runs the package'
