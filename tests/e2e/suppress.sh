#!/usr/bin/env bash
# Suppression and rules on trial, with a service and the command line: what is suppressed is in no list and no incident, is counted, and comes back; it cannot hide what was judged an attack; a kill changes nothing; a rule in shadow
# reaches nobody until it is promoted, and so does one that comes in later.
set -euo pipefail
program=$(realpath "$1")
tree=$(cd "$(dirname "$0")/../.." && pwd)
for needed in curl python3; do command -v $needed >/dev/null || { echo "skipped: $needed is not installed"; exit 77; }; done
. "$tree/tests/e2e/serving.bash"

mkdir rules trial
rule() {  # file, id, level, word
  printf 'title: %s\nid: %s\nstatus: test\nlogsource:\n  product: windows\n  category: process_creation\ndetection:\n  selection:\n    CommandLine|contains: %s\n  condition: selection\nlevel: %s\n' "Runs $4" "$2" "$4" "$3" >"$1"
}
noisy=11111111-0000-4000-8000-000000000001 grave=11111111-0000-4000-8000-000000000002 worst=11111111-0000-4000-8000-000000000003 trial=11111111-0000-4000-8000-000000000004 chatty=11111111-0000-4000-8000-000000000005
rule rules/noisy.yml $noisy medium word-noisy
rule rules/grave.yml $grave high word-grave
rule rules/worst.yml $worst critical word-worst
rule rules/chatty.yml $chatty high word-chatty
rule trial/trial.yml $trial medium word-trial
number=0
send() {  # host, word, how many: processes, each a minute after the one before
  for _ in $(seq "${3:-1}"); do
    number=$((number + 1))
    when=$(printf '2026-03-02 %02d:%02d:00.000' $((number / 60)) $((number % 60)))
    printf '{"create":{"_index":"logs"}}\n{"Channel":"Microsoft-Windows-Sysmon/Operational","Provider_Name":"Microsoft-Windows-Sysmon","EventID":1,"Computer":"%s","UtcTime":"%s","Image":"C:\\\\x\\\\%s.exe","CommandLine":"run %s %s","User":"CORP\\\\u-%s"}\n' \
      "$1" "$when" "$number" "$2" "$number" "$1"
  done >batch
  curl -s -H "Authorization: ApiKey $token" -H 'Content-Type: application/x-ndjson' --data-binary @batch "http://$(address bulk)/_bulk" >answer || fail 'nothing takes the events'
}
tocsin() { "$program" "$@" --data data; }
alerts() { tocsin alerts --format ndjson "$@" 2>/dev/null | wc -l; }
all_are() {  # so many alerts are stored
  for _ in $(seq 150); do [ "$(alerts --suppressed)" = "$1" ] && return; sleep 0.1; done
  fail "$(alerts --suppressed) alerts are stored, $1 were to be"
}
has() { grep -qF -- "$2" <<<"$1" || fail "'$2' is not in: $1"; }
are() { [ "$1" = "$2" ] || fail "$3: $1, not $2"; }
id_of() { tocsin alerts --format ndjson --suppressed 2>/dev/null | python3 -c 'import json,sys
for line in sys.stdin:
  alert = json.loads(line)
  if alert["rule"]["id"] == sys.argv[1] and any(entity["value"] == sys.argv[2] for entity in alert["entities"]): print(alert["id"]); break' "$1" "$2"; }

serve --rules rules --shadow-rules trial --new-rules shadow
token=$("$program" sender add web --input bulk --data data 2>add.log) || fail 'no token'
send ws-07 word-noisy; send ws-08 word-noisy
all_are 2
made=$(tocsin suppress add --alert "$(id_of $noisy ws-07)" --for 7d --owner ada --reason 'an agent of ours')
has "$made" "suppression 1: alerts of rule $noisy about host ws-07, up to high reach nobody until"
send ws-07 word-noisy 5; send ws-08 word-noisy; send ws-07 word-grave
all_are 9
are "$(alerts)" 4 'alerts that reach people'
has "$(tocsin alerts 2>&1 >/dev/null)" '5 alerts are suppressed (--suppressed shows them)'
has "$(tocsin alerts --format table --suppressed)" '(suppressed: 1)'
has "$(tocsin incidents --format table)" '5 alerts are suppressed and in no incident'
count() { tocsin incidents --format ndjson | python3 -c 'import json,sys; print(sum(json.loads(line)["alert_count"] for line in sys.stdin))'; }
are "$(count)" 4 'alerts in incidents'
has "$(tocsin suppress list --format ndjson)" '"hidden":{"alerts":5,"hosts":1,'
has "$(tocsin suppress show 1 --format table)" 'hid 5 alerts on 1 host, 2026-03-02T00:03:00.000000Z to 2026-03-02T00:07:00.000000Z'

# A kill changes nothing, and incidents are the same bytes.
tocsin incidents --format ndjson >before.ndjson
kill -9 "$service"; wait "$service" 2>/dev/null || true
serve --rules rules --shadow-rules trial --new-rules shadow
all_are 9
tocsin incidents --format ndjson | cmp before.ndjson - || fail 'incidents changed by a kill'
send ws-07 word-noisy
all_are 10
are "$(alerts)" 4 'alerts that reach people, after the kill'

# It is taken back: as if it had never been.
has "$(tocsin suppress remove 1 --why 'it was not the agent')" 'suppression 1 is taken back: 6 alerts it hid reach people again'
are "$(alerts)" 10 'alerts that reach people, after it was taken back'
are "$(count)" 10 'alerts in incidents, after it was taken back'
has "$(tocsin suppress list --format table)" 'taken back: it was not the agent'

# A true positive: no suppression hides it, and nothing about its machine is hidden.
tocsin verdict give "$(id_of $grave ws-07)" --as true-positive >/dev/null
if said=$(tocsin suppress add --about host=ws-07 --for 1d --owner ada --reason 'too many' 2>&1); then fail "a true positive would be hidden: $said"; fi
has "$said" 'was judged a true positive'
has "$(tocsin suppress add --rule $noisy --for 1d --owner ada --reason 'everywhere')" 'suppression 2'
send ws-07 word-noisy; send ws-08 word-noisy 2
all_are 13
are "$(alerts)" 11 'alerts that reach people: that about the attacked machine does'
has "$(tocsin suppress show 2 --format ndjson)" '"broke_through":{"level":0,"watched":1}'
# Somebody finds a hidden one, and says what it is: the suppression is taken back by that.
hidden=$(tocsin alerts --format ndjson --suppressed 2>/dev/null | grep -vFf <(tocsin alerts --format ndjson 2>/dev/null) | head -n 1 | sed 's/.*"id":"\([0-9a-f]\{32\}\)".*/\1/')
tocsin verdict give "$hidden" --as true-positive >/dev/null
are "$(alerts)" 13 'alerts that reach people, after one that was hidden was judged a true positive'
has "$(tocsin suppress show 2 --format table)" 'was judged a true positive'

# What breaks through by its level; windows.
tocsin suppress add --about host=ws-20 --for 1d --owner ada --reason 'a test machine' >/dev/null
send ws-20 word-noisy; send ws-20 word-grave; send ws-20 word-worst
all_are 16
are "$(alerts)" 15 'alerts that reach people: graver than medium'
tocsin suppress add --rule $chatty --about host --window 10 --for 1d --owner ada --reason 'the first will do' >/dev/null
send ws-30 word-chatty 12; send ws-31 word-chatty
all_are 29
are "$(alerts)" 18 'alerts that reach people: the first of each window'
for wrong in '--for 91d --rule x' '--for 0d --rule x' '--for 1d' '--for 1d --about host' '--for 1d --about nothing=x' '--for 1d --rule x --level-max critical'; do
  if tocsin suppress add $wrong --owner ada --reason x >/dev/null 2>&1; then fail "taken: $wrong"; fi
done

# On trial.
send ws-40 word-trial 3
all_are 32
are "$(alerts)" 18 'alerts that reach people: none of a rule in shadow'
has "$(tocsin alerts 2>&1 >/dev/null)" '3 alerts are of rules in shadow'
has "$(tocsin rules shadow --since 3650d --format ndjson)" '"promoted":false,"alerts":3,"per_day":3.00,"hosts":1,'
tocsin rules promote $trial >/dev/null
send ws-40 word-trial
all_are 33
are "$(alerts)" 19 'alerts that reach people, after the promotion'
has "$(tocsin rules shadow --since 3650d --format table)" '(promoted)'
tocsin rules demote $trial >/dev/null
send ws-40 word-trial
all_are 34
are "$(alerts)" 19 'alerts that reach people, back in shadow'

# A rule that comes in later begins on trial; one that was changed goes on, and what is promoted reaches people.
fresh=11111111-0000-4000-8000-000000000006
rule rules/fresh.yml $fresh high word-fresh
rule rules/grave.yml $grave high word-graver
has "$(tocsin reload 2>&1)" 'one rule that is new reaches nobody yet'
send ws-50 word-fresh; send ws-50 word-graver
all_are 36
are "$(alerts)" 20 'alerts that reach people: not of the new rule, but of the changed one'
kill -9 "$service"; wait "$service" 2>/dev/null || true
serve --rules rules --shadow-rules trial --new-rules shadow
send ws-50 word-fresh
all_are 37
are "$(alerts)" 20 'alerts that reach people: not of the new rule, after a kill'
tocsin rules promote $fresh >/dev/null
send ws-50 word-fresh
all_are 38
are "$(alerts)" 21 'alerts that reach people, after the new rule was promoted'
stop
echo "suppression and shadow: $(alerts) of $(alerts --suppressed) alerts reach people"
