#!/usr/bin/env bash
# The journal by systemd's own tools: systemd-journal-remote makes a journal of a made-up export, systemd-journal-upload sends it, over loopback and over TLS with a client certificate, and journalctl says what is in it. Each
# entry is found, with every field as it is in the journal, also where the service is started anew in the middle; a saved export is scanned as what was uploaded. Skipped where they are not there.
set -euo pipefail
export LC_ALL=C.UTF-8
program=$(realpath "$1")
tree=$(cd "$(dirname "$0")/../.." && pwd)
clients=$tree/build/clients  # scripts/fetch-clients
tools=$clients/lib/systemd
[ -x "$tools/systemd-journal-upload" ] || { echo 'skipped: systemd-journal-upload is not there (scripts/fetch-clients)'; exit 77; }
for needed in journalctl node curl; do command -v $needed >/dev/null || { echo "skipped: $needed is not installed"; exit 77; }; done
libraries=$clients/usr/lib/$(uname -m)-linux-gnu:/usr/lib/$(uname -m)-linux-gnu/systemd
LD_LIBRARY_PATH=$libraries "$tools/systemd-journal-upload" --version >/dev/null 2>&1 || { echo 'skipped: systemd-journal-upload does not run here'; exit 77; }
. "$tree/tests/e2e/serving.bash"
upload() { LD_LIBRARY_PATH=$libraries "$tools/systemd-journal-upload" --file "$folder/one.journal" "$@" >>upload.log 2>&1; }

# Entries with texts in which any byte that is not kept would show, data with line feeds and bytes that are no text, a name that comes twice.
node -e '
  const data = (name, bytes) => { const size = Buffer.alloc(8); size.writeBigUInt64LE(BigInt(bytes.length)); return Buffer.concat([Buffer.from(name + "\n"), size, bytes, Buffer.from("\n")]); };
  const parts = [];
  for (let i = 1; i <= Number(process.argv[1]); ++i) {
    parts.push(Buffer.from(`__REALTIME_TIMESTAMP=${1772439330000000 + i}\n__MONOTONIC_TIMESTAMP=${i}\n_BOOT_ID=${"b".repeat(32)}\n_MACHINE_ID=${"a".repeat(32)}\n_HOSTNAME=web-01\nPRIORITY=6\nSYSLOG_IDENTIFIER=sshd\nSYSLOG_FACILITY=4\n_UID=0\nNUMBER=${i}\n`));
    const text = `Accepted publickey for user${i}: Zürich 東京 "quoted" \\back = ${"x".repeat(i % 50)}`;
    if (i % 5 === 0) parts.push(data("MESSAGE", Buffer.from(text + "\nsecond line\n\nfourth")));
    else if (i % 7 === 0) parts.push(data("MESSAGE", Buffer.concat([Buffer.from(text), Buffer.from([255, 0, 254])])));
    else parts.push(Buffer.from(`MESSAGE=${text}\n`));
    if (i % 3 === 0) parts.push(Buffer.from("TAG=one\nTAG=two\n"));
    parts.push(Buffer.from("\n"));
  }
  process.stdout.write(Buffer.concat(parts));
' 20000 >made.export
LD_LIBRARY_PATH=$libraries "$tools/systemd-journal-remote" --output "$folder/one.journal" - <made.export >remote.log 2>&1 || fail "no journal was made: $(tail -n 3 remote.log)"
# As journalctl tells them: what it writes as a list of bytes is text with its bytes beside it here. --all: it leaves out long ones otherwise.
journalctl --file one.journal -o json --all --no-pager >journal.ndjson
entries=$(wc -l <journal.ndjson)
[ "$entries" = 20000 ] || fail "there are $entries entries in the journal"
cat >same.mjs <<'END'
// Of each line: cursor and fields, in one order, data as base64.
import { readFileSync } from 'node:fs';
const plain = (value) => (Array.isArray(value) && value.every((one) => typeof one === 'number') ? Buffer.from(value).toString('base64') : Array.isArray(value) ? value.map(plain) : Buffer.from(value).toString('base64'));
const lines = readFileSync(0, 'utf8').split('\n').filter(Boolean).map((line) => {
  const fields = JSON.parse(process.argv[2] === 'raw' ? JSON.parse(line).raw : line);
  const out = {};
  for (const name of Object.keys(fields).sort()) {
    if (name.endsWith('.base64') || ['__MONOTONIC_TIMESTAMP', '__SEQNUM', '__SEQNUM_ID'].includes(name)) continue;
    out[name] = [fields[name + '.base64'] ?? plain(fields[name])].flat().sort();
  }
  return JSON.stringify(out);
});
console.log(lines.sort().join('\n'));
END
node same.mjs <journal.ndjson >expected
found() { search --sql "SELECT raw FROM events WHERE source = '$1'" | node same.mjs raw; }

needs_search
serve --journal 127.0.0.1:0
upload --url "http://$(address journal)" --save-state="$folder/state" --follow=no || fail 'the uploader says that not all was taken'
cmp expected <(found journal) || fail "not what is in the journal: $(diff expected <(found journal) | cut -c1-300 | head -n 4)"
grep -q 'LAST_CURSOR=' state || fail 'the uploader wrote down no cursor'
[ "$(search --count 'source:journal and host:web-01 and program:sshd and message:*user19999:*')" = 1 ] || fail 'host, program and message are not found under their names'
echo "systemd-journal-upload: $entries of $entries, each once, every field as journalctl has it"
stop

# Over TLS with a certificate, on with the service, which goes away in the middle. A request that had no answer is sent again whole.
"$program" sender add web-01 --input journal --data data --key-file key >web-01.pem 2>add.log
serve --journal 127.0.0.1:0 --tls-http yes --tls-senders yes
journal=$(address journal)
upload --url "https://$journal" --key web-01.pem --cert web-01.pem --trust data/tls/ca.pem --save-state="$folder/tls-state" --follow=no &
sender=$!
for _ in $(seq 600); do [ "$(search --count 'source:journal/web-01')" -ge 1000 ] && break; sleep 0.05; done
stop
wait $sender && again=no || again=yes
serve --journal "$journal" --tls-http yes --tls-senders yes
[ $again = no ] || upload --url "https://$journal" --key web-01.pem --cert web-01.pem --trust data/tls/ca.pem --save-state="$folder/tls-state" --follow=no || fail 'over a restart: the uploader says that not all was taken'
sender=''
cmp expected <(found journal/web-01 | uniq) || fail "over a restart: not what is in the journal: $(diff expected <(found journal/web-01 | uniq) | cut -c1-300 | head -n 4)"
echo "over TLS and a restart (interrupted: $again): $entries of $entries, $(($(found journal/web-01 | wc -l) - entries)) of them sent again"
if curl -s --cacert data/tls/ca.pem -H 'Content-Type: application/vnd.fdo.journal' --data-binary @made.export "https://$journal/upload" >/dev/null; then fail 'who shows no certificate was let in'; fi
stop

# Saved, packed or not, and as journalctl's JSON: the same events.
journalctl --file one.journal -o export --no-pager >saved.export
gzip -k saved.export
cat >rule.yml <<'END'
title: Key Accepted
id: 0b4f7a55-5b0d-4f6c-8c39-2a2d3c0f7d01
logsource: {product: linux, service: sshd}
detection:
  selection: {NUMBER|startswith: '19', message: '*'}
  condition: selection
level: low
END
for file in saved.export saved.export.gz journal.ndjson; do
  "$program" scan --rules rule.yml --format ndjson --output alerts "$file" >scan.log 2>&1 || true
  echo "$file: $(wc -l <alerts) alerts"
  wc -l <alerts >>counts
done
[ "$(sort -u counts | wc -l)" = 1 ] && [ "$(head -n 1 counts)" -ge 1000 ] || fail 'a saved export gives other alerts than journalctl JSON'
echo 'the journal: every entry is found, with every field, by upload and from files'
