#!/usr/bin/env bash
# Mails and reports on them, by those who make them. Python's email package makes mails and says what is in them: the program finds the same in files, a Maildir and a mailbox. swaks sends
# mails to Postfix, where opendmarc looks at them, and the service follows the Maildir that Postfix fills, over a kill (SIGKILL): each mail is one event, whose fields are what Python reads in the
# file. Postfix runs in a mount namespace of its own, with users of its own, and needs root for that; where it cannot, a sink of 20 lines takes its place, which is said. Skipped without Python.
set -euo pipefail
export LC_ALL=C.UTF-8
program=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
clients=$(cd "$here/../.." && pwd)/build/clients  # scripts/fetch-clients
command -v python3 >/dev/null || { echo 'skipped: there is no python3'; exit 77; }
messages() { python3 "$here/mail/messages.py" "$@"; }
folder=$(mktemp -d)
chmod 755 "$folder"
processes=() service=''
finish() {
  for process in "${processes[@]}" $service; do kill "$process" 2>/dev/null || true; done
  wait
  rm -rf "$folder"
}
trap finish EXIT
cd "$folder"
fail() { echo "$@"; tail -n 20 serve.log maillog swaks.log 2>/dev/null; exit 1; }
fields() { "$program" normalize --format fields "$@"; }

# What Python makes, and finds.
mkdir made
messages make made 400
fields made/*.eml | messages check made/*.eml || fail 'files: not what Python finds'
fields made/maildir | messages check made/*.eml || fail 'a Maildir: not what Python finds'
fields made/mailbox >mailbox.ndjson
[ "$(wc -l <mailbox.ndjson)" -eq "$(fields made/*.eml | wc -l)" ] || fail 'a mailbox: not as many'
gzip -k made/mailbox
cmp <(sed 's/"source":"[^"]*"//' mailbox.ndjson) <(fields made/mailbox.gz | sed 's/"source":"[^"]*"//') || fail 'a mailbox in gzip is another'

# Reports, as Python packs them.
python3 - <<'END'
import gzip, zipfile
row = '<record><row><source_ip>192.0.2.%d</source_ip><count>%d</count><policy_evaluated><disposition>none</disposition><dkim>fail</dkim><spf>pass</spf></policy_evaluated></row><identifiers><header_from>example.org</header_from></identifiers></record>'
xml = '<?xml version="1.0"?>\n<feedback><report_metadata><org_name>r.example</org_name><report_id>7</report_id><date_range><begin>1772323200</begin><end>1772409599</end></date_range></report_metadata>' + ''.join(row % (i % 250, i) for i in range(1000)) + '</feedback>'
open('r.xml', 'w').write(xml)
gzip.open('r.xml.gz', 'wt').write(xml)
with zipfile.ZipFile('r.zip', 'w', zipfile.ZIP_DEFLATED) as out: out.writestr('r.xml', xml)
with gzip.open('bomb.xml.gz', 'wb') as out:
    out.write(b'<feedback><record><x>')
    for _ in range(1024): out.write(b' ' * (1 << 20))
END
for report in r.xml r.xml.gz r.zip; do
  [ "$(fields $report | grep -c '"mail//dmarc"\|"service":"dmarc"')" -eq 1000 ] || fail "$report: not 1000 rows"
done
( ulimit -v 2000000; fields bomb.xml.gz >bomb.log 2>&1 ) && fail 'a bomb was read to its end'
grep -q 'unpacks to more than\|larger than\|longer than' bomb.log || fail "a bomb was not told: $(cat bomb.log)"

# A mail server, and what fills its Maildir.
. "$here/postfix.bash"
run_opendmarc() {  # port
  echo 192.0.2.1 >ignored  # else it passes over what comes from this machine
  printf 'AuthservID mx.example.org\nSyslog false\nFailureReports false\nIgnoreHosts %s/ignored\n' "$folder" >opendmarc.conf
  LD_LIBRARY_PATH=$libraries "$clients/usr/sbin/opendmarc" -f -c opendmarc.conf -p "inet:$1@127.0.0.1" >opendmarc.log 2>&1 &
  processes+=($!)
}
smtp=$(free_port) milter=$(free_port) server=Postfix
if has_postfix; then
  run_opendmarc "$milter"
  run_postfix "$smtp" <<<"smtpd_milters = inet:127.0.0.1:$milter" || fail 'Postfix did not start'
else
  server='a sink of our own (Postfix needs root, and scripts/fetch-clients)'
  mkdir -p box
  messages sink "$smtp" "$folder/box/Maildir" >sink.log 2>&1 &
  processes+=($!)
  for _ in $(seq 100); do [ -s sink.log ] && break; sleep 0.1; done
fi
send() {  # file
  if [ -x "$clients/usr/bin/swaks" ]; then
    PERL5LIB=$clients/usr/share/perl5 perl "$clients/usr/bin/swaks" --server "127.0.0.1:$smtp" --from ann@example.net --to bob@example.org --data - <"$1" >swaks.log 2>&1 || fail "swaks: $1"
  else
    python3 -c 'import smtplib, sys; smtplib.SMTP("127.0.0.1", int(sys.argv[1])).sendmail("ann@example.net", "bob@example.org", open(sys.argv[2], "rb").read())' "$smtp" "$1"
  fi
}
delivered() { find box/Maildir/new -type f 2>/dev/null | wc -l; }

serve() {
  rm -f ready
  "$program" serve --data data --key-file key --protect none --file "$folder/box/Maildir/new" --authserv-id mx.example.org --syslog-tls 127.0.0.1:0 --bulk 127.0.0.1:0 --hec 127.0.0.1:0 --syslog 127.0.0.1:0 --api none --ready-file ready 2>>serve.log &
  service=$!
  for _ in $(seq 600); do [ -s ready ] && return; sleep 0.1; done
  fail 'the service did not start'
}
search() { "$program" search --data data --key-file key "$@"; }
with_search=yes
if ! search '' >search.log 2>&1 && grep -q 'DuckDB' search.log; then with_search=; fi
[ -z "$with_search" ] || serve
count=0
for file in made/000[0-2]?.eml made/0040?.eml; do
  send "$file"
  count=$((count + 1))
  if [ "$count" -eq 15 ] && [ -n "$with_search" ]; then
    sleep 3
    kill -9 "$service"; wait "$service" 2>/dev/null || true
    serve
  fi
done
for _ in $(seq 300); do [ "$(delivered)" -ge "$count" ] && break; sleep 0.1; done
[ "$(delivered)" -eq "$count" ] || fail "$(delivered) of $count were delivered"
fields box/Maildir/new | messages check box/Maildir/new/* || fail 'what was delivered: not what Python finds'
if [ "$server" = Postfix ]; then
  fields --authserv-id mx.example.org box/Maildir/new >believed.ndjson
  [ "$(grep -c '"email.authentication.trust":"verified"' believed.ndjson)" -eq "$count" ] || fail "opendmarc's word is not believed: $(grep -c trust believed.ndjson) $(cat opendmarc.log) $(head -n 20 "$(find box/Maildir/new -type f | head -n 1)")"
  ! fields box/Maildir/new | grep -q '"email.authentication.trust":"verified"' || fail 'a word is believed that nobody named'
  # What Postfix logs of them is understood.
  "$program" sources --format ndjson maillog >sources.log
  "$program" normalize maillog >log.ndjson
  [ "$(grep -c '"class_uid":4009' log.ndjson)" -ge $((2 * count)) ] || fail "of Postfix's log too little is Email Activity: $(grep -o '"class_uid":[0-9]*' log.ndjson | sort | uniq -c)"
fi
if [ -n "$with_search" ]; then
  expected=$(fields box/Maildir/new | wc -l)
  for _ in $(seq 300); do found=$(search --count 'source:file*') && [ "$found" -ge "$expected" ] && break; sleep 0.2; done
  [ "$found" -eq "$expected" ] || fail "the service has $found of $expected mails"
  search --sql "SELECT raw FROM events WHERE source LIKE 'file%'" | sort >kept
  "$program" verify --data data --key-file key >verify.log 2>&1 || true
  ! grep -q 'hello\\nhello\|SGVsbG8' kept || fail "a mail's text was kept"
  kill "$service"; wait "$service" || fail 'the service did not end well'
  service=''
  echo "followed over a kill: $found of $expected, each once"
fi
echo "$count mails by swaks through $server are events with the fields that Python finds"
