#!/usr/bin/env bash
# The conformance suite of the Model Context Protocol (@modelcontextprotocol/conformance of the npm registry, in the version and with the digests of tests/e2e/mcp/package-lock.json): what
# needs no test_* fixture against `tocsin serve --mcp act`, over its TLS; the rest against mcp_fixture, which is the same server with such tools beside its own. docs/mcp.md has the table.
set -euo pipefail
program=$(realpath "$1")
fixture=$(dirname "$program")/tests/mcp_fixture
tree=$(cd "$(dirname "$0")/../.." && pwd)
for tool in npm node; do command -v "$tool" >/dev/null || { echo "skipped: $tool is not installed"; exit 77; }; done
[ -x "$fixture" ] || { echo "$fixture is not built"; exit 1; }

modules=$tree/build/mcp
mkdir -p "$modules"
cp "$tree"/tests/e2e/mcp/* "$modules"
locked=$(sha256sum <"$modules/package-lock.json")
if [ "$(cat "$modules/made" 2>/dev/null || true)" != "$locked" ]; then
  (cd "$modules" && npm ci --ignore-scripts --no-audit --no-fund --silent) || { echo 'skipped: npm could not fetch the suite'; exit 77; }
  echo "$locked" >"$modules/made"
fi

folder=$(mktemp -d)
service='' proxy='' other='' served=''
finish() {
  for process in $proxy $other $service $served; do kill "$process" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$folder"
}
trap finish EXIT
cd "$folder"
fail() { echo "FAILED: $*"; tail -n 20 ./*.log 2>/dev/null | cut -c1-400; exit 1; }
wait_for() { for _ in $(seq 600); do if "$@" >/dev/null 2>&1; then return; fi; sleep 0.1; done; fail "waited in vain for: $*"; }
address() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" ready; }

# The suite exits 0 where no check failed; a warning is told, and is no pass.
passes() {  # url, scenario
  node "$modules/node_modules/@modelcontextprotocol/conformance/dist/index.js" server --url "$1" --scenario "$2" -o "results-$2" 9>&- >"suite-$2.log" 2>&1 || fail "$2: $(grep -h errorMessage -r "results-$2" | head -n 5)"
  local checks
  checks=$(cat "results-$2"/*/checks.json)
  case $checks in *'"SUCCESS"'*) ;; *) fail "$2: no check passed" ;; esac
  case $checks in *'"FAILURE"'* | *'"WARNING"'*) fail "$2: $(grep -h errorMessage -r "results-$2" | head -n 5)" ;; esac
  echo "passed: $2"
}

"$program" serve --data data --key-file key --bulk 127.0.0.1:0 --hec 127.0.0.1:0 --syslog 127.0.0.1:0 --syslog-tls 127.0.0.1:0 --api 127.0.0.1:0 --mcp act --ready-file ready >serve.log 2>&1 &
service=$!
wait_for test -s ready
token=$("$program" token add model --scope alerts:read --scope search --scope rules:read --scope status:read --scope incidents:write --data data 2>token.log)
NODE_EXTRA_CA_CERTS=$folder/data/tls/ca.pem node "$modules/proxy.mjs" "https://$(address api)" "$token" 0 >proxy.log 2>&1 &
proxy=$!
wait_for grep -q mcp proxy.log
product=$(head -n 1 proxy.log)
for scenario in server-initialize ping logging-set-level tools-list resources-list prompts-list dns-rebinding-protection server-sse-multiple-streams; do passes "$product" $scenario; done

mkfifo stdin
"$fixture" <stdin >fixture.out 2>fixture.log &
served=$!
exec 9>stdin
wait_for grep -q http fixture.out
read -r url secret <fixture.out
node "$modules/proxy.mjs" "$url" "$secret" 0 >other.log 2>&1 9>&- &  # else the fixture never sees the end of its input
other=$!
wait_for grep -q mcp other.log
tested=$(head -n 1 other.log)
for scenario in completion-complete tools-call-simple-text tools-call-image tools-call-audio tools-call-embedded-resource tools-call-mixed-content tools-call-with-logging tools-call-error \
  tools-call-with-progress tools-call-sampling tools-call-elicitation json-schema-2020-12 elicitation-sep1034-defaults elicitation-sep1330-enums resources-read-text resources-read-binary \
  resources-templates-read resources-subscribe resources-unsubscribe prompts-get-simple prompts-get-with-args prompts-get-embedded-resource prompts-get-with-image server-sse-polling; do passes "$tested" $scenario; done
exec 9>&-
wait "$served" || fail 'the fixture did not end well'
served=''
