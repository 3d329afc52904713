#!/usr/bin/env bash
# How long does a search take for who asks the API? Starts `tocsin serve` on FOLDER as bench_load left it (FOLDER/data, FOLDER/key) and asks each search RUNS
# times (50) by curl, over one connection with TLS that stays open; prints median, 90 %, and what was found, and the load of the machine before and after. Then counts two of them
# once more, from the records, by grep. Fails if those differ; no time passes or fails.
#
#   bench/search_api.sh PROGRAM FOLDER [RUNS]
set -euo pipefail
program=$1 folder=$2 runs=${3:-50}
data=(--data "$folder/data" --key-file "$folder/key")
ready=$folder/ready
rm -f "$ready"
"$program" serve "${data[@]}" --bulk 127.0.0.1:0 --hec 127.0.0.1:0 --syslog 127.0.0.1:0 --syslog-tls 127.0.0.1:0 --api 127.0.0.1:0 --ready-file "$ready" 2> "$folder/serve.err" &
service=$!
trap 'kill $service; wait $service || true' EXIT
until [[ -s $ready ]]; do sleep 0.1; done
url=https://$(sed 's/.*"api":"\([^"]*\)".*/\1/' "$ready")/api/v1/search
authority=$(sed 's/.*"authority":"\([^"]*\)".*/\1/' "$ready")
token=$("$program" token add "bench-$$-$(date +%s)" --scope search --data "$folder/data" | tail -1)

# ask BODY COUNT: the answers' times in seconds, one a line; the last answer is in $folder/answer
ask() {
  local urls=()
  for ((i = 0; i < $2; ++i)); do urls+=("$url" -o "$folder/answer"); done
  curl -sS --cacert "$authority" -H "Authorization: Bearer $token" -H 'Content-Type: application/json' -w '%{time_total}\n' -d "$1" "${urls[@]}"
}

measure() {
  ask "$2" $((runs + 2)) | tail -n "$runs" | sort -n > "$folder/times"
  awk -v name="$1" '{ t[NR] = $1 * 1000 } END { printf "%-34s median %6.1f ms  90 %% %6.1f ms", name, t[int((NR + 1) / 2)], t[int(NR * 0.9)] }' "$folder/times"
  printf '   %s\n' "$(head -c 90 "$folder/answer")"
  grep -q '"complete":true' "$folder/answer" || grep -q '"cut":true' "$folder/answer" || { cat "$folder/answer"; exit 1; }
}

echo "load before: $(cut -d' ' -f1-3 /proc/loadavg)"
measure 'rare value, counted' '{"query":"event_code:4720","count":1}'
measure 'rare value, its events' '{"query":"event_code:4720"}'
measure 'common value, counted' '{"query":"event_code:4688","count":1}'
measure 'common value, 100 of its events' '{"query":"event_code:4688 | limit 100"}'
measure 'two fields, counted' '{"query":"event_code:1 and image:*\\powershell.exe","count":1}'
measure 'count by host' '{"query":"| count by host"}'
measure 'count by event_code' '{"query":"| count by event_code"}'
measure 'SQL, counted' '{"sql":"SELECT count(*) AS n FROM events WHERE event_code = '"'4688'"'"}'
echo "load after: $(cut -d' ' -f1-3 /proc/loadavg)"

for code in 4720 4688; do
  ask '{"query":"event_code:'$code'","count":1}' 1 > "$folder/times"
  found=$(sed 's/{"rows":\[\([0-9]*\)\].*/\1/' "$folder/answer")
  counted=$("$program" search "${data[@]}" --format ndjson '| fields raw' | { grep -c "\\\\\"EventID\\\\\":$code[,}]" || true; })
  echo "event_code $code: the search counts $found, grep $counted"
  [[ $found == "$counted" ]]
done
