#!/usr/bin/env bash
# The connector that sends mail, with a real Postfix: over STARTTLS with a certificate that is checked, in dry run and for real; what Python reads in the mailbox is what the playbook said. A mail that the service was killed over (SIGKILL)
# is there once, and the run shows it as unknown until a person has looked. As root it is never skipped: Postfix comes with scripts/fetch-clients.
set -euo pipefail
export LC_ALL=C.UTF-8
program=$(realpath "$1")
tree=$(cd "$(dirname "$0")/../.." && pwd)
clients=$tree/build/clients
for needed in python3 openssl pgrep; do command -v $needed >/dev/null || { echo "skipped: $needed is not installed"; exit 77; }; done
[ "$(id -u)" -eq 0 ] || { echo 'skipped: Postfix needs root'; exit 77; }
. "$tree/tests/e2e/serving.bash"
chmod 755 "$folder"
processes=()
finish_service=$(declare -f finish | tail -n +2)
finish() { for process in "${processes[@]}"; do kill "$process" 2>/dev/null || true; done; finish_all; }
eval "finish_all() $finish_service"
. "$tree/tests/e2e/postfix.bash"
has_postfix || fail 'there is no Postfix (scripts/fetch-clients), or no mount namespace'
tocsin() { "$program" "$@" --data data; }
has() { grep -qF -- "$2" <<<"$1" || fail "'$2' is not in: $1"; }
run_of() { sed -n 's/^run \([0-9]*\) has begun.*/\1/p' <<<"$1"; }
status_of() { tocsin runs show "$1" --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["status"])'; }
becomes() {  # run, status
  for _ in $(seq 200); do [ "$(status_of "$1")" = "$2" ] && return; sleep 0.1; done
  tocsin runs show "$1"; fail "run $1 is $(status_of "$1"), not $2"
}
delivered() { find box/Maildir/new -type f 2>/dev/null | wc -l; }
has_mails() { for _ in $(seq 100); do [ "$(delivered)" -ge "$1" ] && break; sleep 0.1; done; sleep 0.3; [ "$(delivered)" -eq "$1" ] || fail "$(delivered) mails were delivered, not $1"; }

openssl req -x509 -newkey rsa:2048 -nodes -keyout mx.key -out mx.pem -days 3 -subj /CN=localhost -addext subjectAltName=DNS:localhost 2>openssl.log
smtp=$(free_port)
run_postfix "$smtp" <<END || fail 'Postfix did not start'
smtpd_tls_security_level = encrypt
smtpd_tls_cert_file = $folder/mx.pem
smtpd_tls_key_file = $folder/mx.key
smtpd_end_of_data_restrictions = check_recipient_access inline:{{slow@example.org = sleep 4}}
END
cat >connectors.yml <<END
mail: {host: localhost, port: $smtp, ca_file: $folder/mx.pem, from: tocsin@example.org, recipients: ['@example.org']}
END
mkdir books
book() { python3 "$tree/tests/e2e/connector_playbook.py" "$@"; }
text=$'A host sends to 192.0.2.7 – please look.\n.\nA line with a dot alone, and more behind it.'
book tell 1 mail send to='bob@example.org, ann@example.org' subject='Ungewöhnlich: ws5' "text=$text" >books/tell.json
book slow 2 mail send to=slow@example.org subject=slow text=plain >books/slow.json
book far 3 mail send to=mallory@example.net subject=far text=far >books/far.json
book two 4 mail send to=bob@example.org subject=$'two\r\nBcc: mallory@example.net' text=two >books/two.json
serve --playbook books --connectors connectors.yml
for one in tell slow far two; do tocsin playbook enable $one >/dev/null; done

# Dry: asked up to the recipients, and nothing sent.
run=$(run_of "$(tocsin playbook run tell)"); becomes "$run" succeeded
has "$(tocsin runs show "$run")" "localhost:$smtp would take it, from tocsin@example.org for bob@example.org, ann@example.org"
has_mails 0
# For real: one for each recipient, as it was said.
run=$(run_of "$(tocsin playbook run tell --real)"); becomes "$run" succeeded
has "$(tocsin runs show "$run")" "took <$run."
has_mails 2
python3 - box/Maildir/new "$text" "$run" <<'END' || fail 'the mail is not what was said'
import email, email.policy, pathlib, sys
for file in pathlib.Path(sys.argv[1]).iterdir():
    mail = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    assert mail["Subject"] == "Ungewöhnlich: ws5", mail["Subject"]
    assert mail["To"] == "bob@example.org, ann@example.org" and mail["From"] == "Tocsin <tocsin@example.org>", mail["To"]
    assert mail["Message-ID"].startswith(f"<{sys.argv[3]}.") and mail["Message-ID"].endswith("@example.org>") and mail["Auto-Submitted"] == "auto-generated" and mail["Date"].datetime
    assert mail.get_content().replace("\r\n", "\n").rstrip("\n") == sys.argv[2], mail.get_content()
    assert not mail.defects, mail.defects
END
grep -q 'TLS connection established\|using TLSv1' <(grep -h Received -A 3 box/Maildir/new/*) || grep -q 'ESMTPS' box/Maildir/new/* || fail 'not over TLS'
# To nobody else, and with no header that was not meant.
run=$(run_of "$(tocsin playbook run far --real)"); becomes "$run" failed
has "$(tocsin runs show "$run")" 'let nothing be sent to mallory@example.net'
run=$(run_of "$(tocsin playbook run two --real)"); becomes "$run" failed
has "$(tocsin runs show "$run")" 'the subject has a line end'
has_mails 2
# Killed while Postfix holds the answer back: it delivers, nobody sends it again, and a person is asked.
run=$(run_of "$(tocsin playbook run slow --real)")
sleep 1.5
kill -9 "$service"; wait "$service" 2>/dev/null || true
serve --playbook books --connectors connectors.yml
has_mails 3
has "$(tocsin runs show "$run")" unknown
action=$(tocsin runs show "$run" --json | python3 -c 'import json,sys; print(*[one["action"] for one in json.load(sys.stdin)["action_list"] if one["state"] == "unknown"])')
tocsin runs done "$run" "$action" --why 'it is in the mailbox' >/dev/null
becomes "$run" succeeded
# The same over a kill of the process that acts alone.
run=$(run_of "$(tocsin playbook run slow --real)")
sleep 1.5
kill -9 $(pgrep -x tocsin-actions -P "$(pgrep -d, -P "$service")") || fail 'no process that acts'
has_mails 4
for _ in $(seq 100); do grep -q unknown <<<"$(tocsin runs show "$run")" && break; sleep 0.1; done
has "$(tocsin runs show "$run")" unknown
stop
# A certificate that nobody vouches for is not believed, and the mail stays.
openssl req -x509 -newkey rsa:2048 -nodes -keyout other.key -out other.pem -days 3 -subj /CN=localhost -addext subjectAltName=DNS:localhost 2>openssl.log
sed -i "s|mx.pem|other.pem|" connectors.yml
serve --playbook books --connectors connectors.yml
run=$(run_of "$(tocsin playbook run tell --real)"); becomes "$run" failed
has "$(tocsin runs show "$run")" 'its certificate is not believed'
has_mails 4
stop
echo 'mail by a real Postfix: dry, sent as said, to nobody else, once over kills, and to no stranger'
