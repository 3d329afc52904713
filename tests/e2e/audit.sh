#!/usr/bin/env bash
# The audit log of a service, by the program and by the verifier in Python: deeds by the command line and the API, a kill -9 between, a proof, an export; then each way to tamper with it, and each is found.
set -euo pipefail
program=$(realpath "$1")
tree=$(cd "$(dirname "$0")/../.." && pwd)
command -v python3 >/dev/null || { echo 'skipped: python3 is not installed'; exit 77; }
. "$tree/tests/e2e/serving.bash"

tocsin() { "$program" "$@" --data data; }
python() { python3 "$tree/tools/audit_verify.py" "$@"; }
has() { grep -qF -- "$2" <<<"$1" || fail "'$2' is not in: $1"; }
both_good() {
  tocsin audit verify --key "$key" "$@" >verify.log 2>&1 || fail "the program finds something: $(cat verify.log)"
  python data/audit --key "$key" "$@" >python.log 2>&1 || fail "the script finds something: $(cat python.log)"
}
both_find() {  # words, options: of a copy in `bad`
  local words=$1; shift
  local code=0
  "$program" audit verify --folder bad --key "$key" "$@" >verify.log 2>&1 || code=$?
  [ $code = 1 ] || fail "the program ends with $code: $(cat verify.log)"
  has "$(cat verify.log)" "$words"
  code=0; python bad --key "$key" "$@" >python.log 2>&1 || code=$?
  [ $code = 1 ] || fail "the script ends with $code: $(cat python.log)"
}
until_in_log() {  # what, how often
  for _ in $(seq 150); do [ "$(tocsin audit show --what "$1" --limit 1000 | wc -l)" = "$2" ] && return; sleep 0.1; done
  fail "$1 is $(tocsin audit show --what "$1" | wc -l) times in the log, not $2"
}

mkdir elsewhere
serve --api 127.0.0.1:0 --audit-copy elsewhere
tocsin user add ada --role admin >/dev/null 2>&1
tocsin user add bob --role analyst >/dev/null 2>&1
"$program" token add ci --scopes events:read --data data >/dev/null 2>&1 || true
until_in_log user.add 2
tocsin audit checkpoint --sign >first || fail 'nothing signs'
key=$(tocsin audit key)
both_good --checkpoint first

# A kill: what was done is in it once, and it goes on.
tocsin user add eve --role analyst >/dev/null 2>&1
kill -9 "$service"; wait "$service" 2>/dev/null || true
tocsin user remove eve >/dev/null 2>&1
both_good --checkpoint first
serve --api 127.0.0.1:0 --audit-copy elsewhere
until_in_log user.remove 1
until_in_log user.add 3
until_in_log service.start 2
cp -r data/audit older
tocsin user role bob --role responder >/dev/null 2>&1
until_in_log user.role 1
tocsin audit checkpoint --sign >second
both_good --checkpoint second
has "$(tocsin status 2>&1 || true)" 'leaves'
stop
both_good --checkpoint "elsewhere/$(ls elsewhere)"
has "$(tocsin audit show --what user)" 'user.add ada; role admin'

number=$(tocsin audit show --what user.remove | awk '{print $1}')
tocsin audit prove "$number" --since first >proof || fail 'no proof'
has "$("$program" audit verify --proof proof --key "$key")" 'user.remove'
python --proof proof --key "$key" >/dev/null || fail 'the script does not take the proof'
sed 's/eve/ada/' proof >false-proof
! "$program" audit verify --proof false-proof --key "$key" >/dev/null || fail 'a false proof holds'
! python --proof false-proof --key "$key" >/dev/null || fail 'a false proof holds'

tocsin audit export --output out >/dev/null
"$program" audit verify --folder out --key "$key" --checkpoint second >/dev/null || fail 'the export does not hold'

# Tampering, each with a copy.
leaves=bad/leaves-0000000000000000.ndjson
spoil() { rm -rf bad; cp -r out bad; }
last=elsewhere/$(ls elsewhere)
spoil; sed -i '$d' $leaves; both_find 'its end was cut off' --checkpoint "$last"
spoil; sed -i '$d' $leaves; rm bad/checkpoints; both_find 'its end was cut off' --checkpoint "$last"
spoil; sed -i '2d' $leaves; both_find 'leaves were taken out' --checkpoint "$last"
spoil; sed -i '2{h;d};3{G}' $leaves; both_find 'taken out, put in or exchanged' --checkpoint "$last"
spoil; sed -i 's/"user.add"/"user.odd"/' $leaves; both_find 'are not those that were signed' --checkpoint "$last"
rm -rf bad; cp -r older bad; both_find 'replaced by an older copy' --checkpoint "$last"
spoil; python3 - "$leaves" <<'PYTHON'
import sys
lines = open(sys.argv[1]).read().splitlines()
line = lines[-1]
at = line.index('"logged":"') + 10
lines[-1] = line[:at] + "2001" + line[at + 4:]
open(sys.argv[1], "w").write("\n".join(lines) + "\n")
PYTHON
both_find 'the clock was set back' --checkpoint "$last"
# Two heads: the service, with its key, goes on from the older copy.
rm -rf data/audit; cp -r older data/audit; sed -i '$d' data/audit/checkpoints
serve --api 127.0.0.1:0
tocsin user add mallory --role analyst >/dev/null 2>&1
until_in_log user.add 4
stop
rm -rf bad; cp -r data/audit bad
both_find 'two heads' --checkpoint second
echo 'good'
