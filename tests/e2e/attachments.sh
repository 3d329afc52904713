#!/usr/bin/env bash
# Attachments, with a service, its API and the command line: what is attached comes back whole and is on no disk as it is; who may not does not; a kill in the middle of an upload leaves nothing, and nothing that was acknowledged
# is lost; a backup has them.
set -euo pipefail
program=$(realpath "$1")
tree=$(cd "$(dirname "$0")/../.." && pwd)
for needed in curl python3 sha256sum; do command -v $needed >/dev/null || { echo "skipped: $needed is not installed"; exit 77; }; done
. "$tree/tests/e2e/serving.bash"

printf 'title: Runs a word\nid: 11111111-0000-4000-8000-000000000001\nlogsource:\n  product: windows\n  category: process_creation\ndetection:\n  selection:\n    CommandLine|contains: word-noisy\n  condition: selection\nlevel: high\n' >rule.yml
tocsin() { "$program" "$@" --data data; }
keyed() { tocsin "$@" --key-file key; }
has() { grep -qF -- "$2" <<<"$1" || fail "'$2' is not in: $1"; }
are() { [ "$1" = "$2" ] || fail "$3: $1, not $2"; }
up() { serve --rules rule.yml --api 127.0.0.1:0; api="https://$(address api)/api/v1/incidents"; }
ask() { curl -s --cacert data/tls/ca.pem -o answer -w '%{http_code}' -H "Authorization: Bearer $writer" "$@" || true; }
contents() { find data/attachments -type f ! -name lock | wc -l; }

up
token=$("$program" sender add web --input bulk --data data 2>add.log) || fail 'no token'
line() { printf '{"create":{"_index":"logs"}}\n{"Channel":"Microsoft-Windows-Sysmon/Operational","Provider_Name":"Microsoft-Windows-Sysmon","EventID":1,"Computer":"%s","UtcTime":"2026-03-02 10:00:00.000","Image":"C:\\\\x.exe","CommandLine":"run word-noisy","User":"CORP\\\\%s"}\n' "$1" "$1"; }
{ line ws-07; line srv-02; } | curl -s -H "Authorization: ApiKey $token" -H 'Content-Type: application/x-ndjson' --data-binary @- "http://$(address bulk)/_bulk" >answer
for _ in $(seq 150); do [ "$(tocsin alerts --format ndjson 2>/dev/null | wc -l)" = 2 ] && break; sleep 0.1; done
mapfile -t incidents < <(tocsin incidents --format ndjson 2>/dev/null | python3 -c 'import json,sys
for line in sys.stdin: print(json.loads(line)["id"])')
are "${#incidents[@]}" 2 incidents
writer=$(tocsin token add writer --scope incidents:write --scope alerts:read 2>/dev/null); reader=$(tocsin token add reader --scope attachments:read 2>/dev/null)

# The command line.
python3 -c 'import sys,random; sys.stdout.buffer.write(b"MZ word-of-malware " + random.Random(7).randbytes(200000))' >sample.exe
hash=$(sha256sum sample.exe | cut -d' ' -f1)
has "$(keyed case attach "${incidents[0]}" sample.exe --comment 'from the mail')" "attached sample.exe (200019 bytes, SHA-256 $hash)"
if grep -rqa word-of-malware data; then fail 'the content is on the disk as it is'; fi
first=$(tocsin case attachments "${incidents[0]}" --format ndjson | python3 -c 'import json,sys; print(json.loads(sys.stdin.readline())["act"])')
keyed case attachment "${incidents[0]}" "$first" --output back.exe >/dev/null
cmp sample.exe back.exe || fail 'not what was attached'
are "$(stat -c %a back.exe)" 600 'mode of what came back'
if keyed case attachment "${incidents[0]}" "$first" --output back.exe >/dev/null 2>said; then fail 'it was replaced'; fi
has "$(cat said)" 'is there already'
if tocsin case undo "$first" >/dev/null 2>said; then fail 'it was taken back'; fi
has "$(cat said)" 'tocsin case detach'

# The API: a larger one than the service would hold, in chunks and with a length; who may, and how it comes back.
python3 -c 'import sys,random; sys.stdout.buffer.write(random.Random(8).randbytes(6000000))' >large.bin
are "$(ask --data-binary @large.bin -H 'Content-Type: application/octet-stream' "$api/${incidents[1]}/attachments?name=large.bin&comment=a%20disk")" 201 'upload with a length'
second=$(python3 -c 'import json; print(json.load(open("answer"))["number"])')
are "$(ask -T large.bin -X POST -H 'Transfer-Encoding: chunked' "$api/${incidents[1]}/attachments?name=cod%E2%80%AEfdp.exe")" 201 'upload in chunks'
has "$(cat answer)" '"name":"cod_fdp.exe"'
are "$(ask "$api/${incidents[1]}/attachments/$second")" 403 'a reader without the scope'
are "$(curl -s --cacert data/tls/ca.pem -o answer -D head -w '%{http_code}' -H "Authorization: Bearer $reader" "$api/${incidents[1]}/attachments/$second")" 200 download
cmp large.bin answer || fail 'not what was uploaded'
for wanted in 'Content-Type: application/octet-stream' 'Content-Disposition: attachment; filename="large.bin.quarantined"' 'X-Content-Type-Options: nosniff' "Content-Security-Policy: sandbox; default-src 'none'" "X-Tocsin-SHA256: $(sha256sum large.bin | cut -d' ' -f1)"; do has "$(tr -d '\r' <head)" "$wanted"; done
are "$(curl -s --cacert data/tls/ca.pem -o answer -w '%{http_code}' -H "Authorization: Bearer $reader" --data-binary x "$api/${incidents[1]}/attachments?name=x")" 403 'a writer without the scope'
are "$(ask --data-binary x "$api/${incidents[1]}/attachments")" 400 'no name'
are "$(ask --data-binary x "$api/ffffffffffff/attachments?name=x")" 404 'no incident'
truncate -s 70000000 huge.bin
are "$(ask --data-binary @huge.bin "$api/${incidents[1]}/attachments?name=huge")" 413 'too large'
has "$(cat answer)" 'larger than 64 MiB'
are "$(ask -T huge.bin -X POST -H 'Transfer-Encoding: chunked' -H 'Expect:' "$api/${incidents[1]}/attachments?name=huge")" 413 'too large, in chunks'
has "$(cat answer)" 'larger than 64 MiB'
are "$(contents)" 3 'contents'

# A kill while one comes: what was acknowledged stays, what was not goes.
curl -s --cacert data/tls/ca.pem -o answer --limit-rate 500K -H "Authorization: Bearer $writer" --data-binary @large.bin "$api/${incidents[1]}/attachments?name=half" &
sender=$!
for _ in $(seq 100); do [ -n "$(find data/attachments -name '*.new' -size +100k)" ] && break; sleep 0.1; done
are "$(contents)" 4 'contents while one comes'
kill -9 "$service"; wait "$service" 2>/dev/null || true; wait "$sender" || true; sender=''
up
are "$(contents)" 3 'contents after the kill'
are "$(ask "$api/${incidents[1]}")" 200 'the incident'
are "$(python3 -c 'import json; print(len(json.load(open("answer"))["attachments"]))')" 2 'attachments after the kill'
keyed case attachment "${incidents[1]}" "$second" --output after.bin >/dev/null; cmp large.bin after.bin || fail 'changed by the kill'

# A merge takes them along, and a removal finds them there.
tocsin case merge "${incidents[1]}" "${incidents[0]}" >/dev/null
are "$(tocsin case attachments "${incidents[1]}" --format ndjson | wc -l)" 3 'attachments after the merge'
are "$(ask -X DELETE "$api/${incidents[1]}/attachments/$first?why=done")" 200 removal
are "$(ask -X DELETE "$api/${incidents[1]}/attachments/$first")" 404 'removal again'
has "$(cat answer)" "its SHA-256 was $hash"
has "$(tocsin case attachments "${incidents[1]}" --format table)" '(removed by token writer)'
are "$(contents)" 2 'contents after the removal'

# A backup has what the service has, and gives it back; the key is exchanged meanwhile.
"$program" key rotate --data data --key-file key >/dev/null 2>rotate.log || fail 'no exchange of the key'
"$program" backup --output copy --data data --key-file key >/dev/null 2>backup.log || fail 'no backup'
stop
"$program" restore --from copy --data restored >/dev/null 2>restore.log || fail 'not restored'
"$program" case attachment "${incidents[1]}" "$second" --output restored.bin --data restored --key-file key >/dev/null || fail 'not in the backup'
cmp large.bin restored.bin || fail 'changed by the backup'
has "$("$program" verify --data restored --key-file key)" 'good: 2 attachments'
# What is damaged is not handed out.
for content in restored/attachments/????????????????????????????????; do printf x | dd of="$content" bs=1 seek=5000 conv=notrunc 2>/dev/null; done
if "$program" case attachment "${incidents[1]}" "$second" --output bad.bin --data restored --key-file key >/dev/null 2>said; then fail 'damage was handed out'; fi
has "$(cat said)" 'is damaged'
if "$program" verify --data restored --key-file key >said; then fail 'damage is not found'; fi
are "$(grep -c 'wrong: restored/attachments/' said)" 2 'attachments that are damaged'
[ ! -e bad.bin ] || fail 'a damaged file was written'
echo "attachments: $(stat -c %s large.bin) bytes and $(stat -c %s sample.exe) back, whole"
