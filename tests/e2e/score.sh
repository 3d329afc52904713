#!/usr/bin/env bash
# tocsin score as a user meets it: made-up alerts in each of the three forms say the same; the columns of labels in the file that is scored are never read; the order of its lines, the packing and a kept model
# change not a byte; what `tocsin scan --format ocsf` writes can be scored; bad lines are named and the rest is scored.
set -euo pipefail
export LC_ALL=C.UTF-8
program=$(realpath "$1")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
fail() { echo "$@"; exit 1; }
score() { "$program" score "$@"; }

# Six days of alerts of one seed: nine rules on five hosts; one hour in ten is an attack, in which other rules fire too.
make() {  # seed
  awk -v seed="$1" '
    function random(n) { state = (state * 1103515245 + 12345) % 2147483648; return int(state / 65536) % n }
    BEGIN {
      state = seed; now = 1700000000
      print "time,name,ip,host,short,time_label,event_label"
      for (i = 0; i < 4000; ++i) {
        now += random(120) + (random(60) == 0 ? random(20000) : 0)
        attack = int((now - 1700000000) / 3600) % 10 == 3
        rule = attack && random(3) == 0 ? "X-Bad" random(2) : "F" random(3) "-r" random(3)
        printf "%d,\"A, \"\"name\"\"\",192.0.2.%d,host%d,%s,%s,-\n", now, random(5), random(5), rule, attack ? "step" int((now - 1700000000) / 3600) : "false_positive"
      }
    }'
}
for seed in 1 2 3 4; do make "$seed" >"$seed.csv"; done
train=(--train 1.csv --train 2.csv --train 3.csv)
score --format ait --alerts 4.csv "${train[@]}" >wanted 2>said || fail "score ended with $?: $(cat said)"
[ ! -s said ] || fail "it said: $(cat said)"
groups=$(tail -n +2 4.csv | awk -F, '{print int($1 / 300), $(NF-3), $(NF-2)}' | sort -u | wc -l)
[ "$(wc -l <wanted)" = "$groups" ] || fail "$(wc -l <wanted) lines for $groups groups"
grep -qE '^\{"rule":"[^"]+","host":"host[0-4]","start":[0-9]+00,"alerts":[0-9]+,"confidence":0\.[0-9e-]+,"evidence":\[\{"name":"' wanted || fail "not the shape that is promised: $(head -n 1 wanted)"

# Labels of what is scored are not read, wherever they stand or if they are nonsense.
sed '1s/,time_label,event_label$//; 2,$s/,[^,]*,-$//' 4.csv >without_labels.csv
sed 's/,\(false_positive\|step[0-9]*\),-$/,nonsense,"x"/' 4.csv >other_labels.csv
for file in without_labels other_labels; do
  score --format ait --alerts "$file.csv" "${train[@]}" | cmp - wanted || fail "$file: other scores"
done
{ head -n 1 4.csv; tail -n +2 4.csv | sort -t, -k5; } >sorted.csv
gzip -k sorted.csv
score --format ait --alerts sorted.csv.gz --train 3.csv --train 1.csv --train 2.csv | cmp - wanted || fail 'the order of lines or files decides something'

# A kept model gives the same.
score --format ait "${train[@]}" --save-model model.json || fail "no model was kept"
score --format ait --alerts 4.csv --model model.json --output again || fail "the model could not be used"
cmp again wanted || fail 'a kept model scores otherwise'
if score --format ait --alerts 4.csv --model 1.csv >/dev/null 2>said; then fail 'a file of alerts was taken for a model'; fi
grep -q 'no model' said || fail "it said: $(cat said)"

# The same alerts as OCSF and as ECS.
for seed in 1 2 3 4; do
  tail -n +2 "$seed.csv" | awk -F, '{
    good = $(NF-1) == "false_positive"
    printf "{\"class_uid\":2004,\"time\":%d123,\"finding_info\":{\"title\":\"t\",\"analytic\":{\"name\":\"%s\"}},\"device\":{\"hostname\":\"%s\"},\"verdict_id\":%d}\n", $1, $(NF-2), $(NF-3), good ? 1 : 2 > "'"$seed"'.ocsf"
    printf "{\"_source\":{\"@timestamp\":%d123,\"kibana.alert.rule.name\":\"%s\",\"host\":{\"name\":\"%s\"},\"kibana.alert.workflow_reason\":\"%s\"}}\n", $1, $(NF-2), $(NF-3), good ? "false_positive" : "true_positive" > "'"$seed"'.ecs"
  }'
done
for format in ocsf ecs; do
  score --format "$format" --alerts 4.$format --train 1.$format --train 2.$format --train 3.$format | cmp - wanted || fail "$format: other scores"
done

# What scan writes is something to score.
cat >rule.yml <<'END'
title: Door Opened
logsource: {product: windows, category: process_creation}
detection: {s: {Image|endswith: '\door.exe'}, condition: s}
END
for minute in 01 02 31; do
  printf '{"Channel":"Microsoft-Windows-Sysmon/Operational","Provider_Name":"Microsoft-Windows-Sysmon","EventID":1,"Computer":"ws-07","UtcTime":"2026-11-24 09:%s:01.000","Image":"C:\\\\door.exe"}\n' "$minute"
done >log.ndjson
"$program" scan --rules rule.yml --format ocsf log.ndjson >found.ocsf 2>/dev/null
score --format ocsf --alerts found.ocsf >scored 2>said || fail "scan's alerts: $(cat said)"
grep -q 'nothing was taught' said || fail "without anything to learn from it said: $(cat said)"
[ "$(wc -l <scored)" = 2 ] || fail "scan's alerts: $(cat scored)"
grep -q '"rule":"Door Opened","host":"ws-07","start":1795510800,"alerts":2,"confidence":0.0243' scored || fail "scan's alerts: $(cat scored)"

# Bad lines, missing files.
{ cat 4.csv; echo 'x,n,i,h,s,l,-'; head -c 20000000 /dev/zero | tr '\0' 'y'; echo; } >bad.csv
code=0; score --format ait --alerts bad.csv "${train[@]}" >scored 2>said || code=$?
[ "$code" = 3 ] || fail "bad lines ended with $code"
cmp scored wanted || fail 'bad lines changed the others'
grep -q 'bad.csv: line 4002: .x. is no time' said && grep -q 'line 4003: it is longer than' said && grep -q '2 of 4002 alerts could not be read' said || fail "of bad lines it said: $(cat said)"
code=0; score --format ait --alerts missing.csv "${train[@]}" >scored 2>said || code=$?
[ "$code" = 3 ] || fail "a missing file ended with $code"
code=0; score --format ait --alerts 4.csv --train missing.csv --output none 2>said || code=$?
[ "$code" = 2 ] && [ ! -e none ] || fail "a missing file to learn from ended with $code"
