#!/usr/bin/env bash
# Log-in through a real provider of OpenID Connect (oidc-provider, of the npm registry, in the versions and with the digests of tests/e2e/oidc/package-lock.json) by curl in place of a
# browser: who has a role comes in with it, who has none is told why, nothing is good twice, and without the provider a password still is.
set -euo pipefail
program=$1
tree=$(cd "$(dirname "$0")/../.." && pwd)
for tool in npm node curl; do command -v "$tool" >/dev/null || { echo "skipped: $tool is not installed"; exit 77; }; done

modules=$tree/build/oidc
mkdir -p "$modules"
cp "$tree"/tests/e2e/oidc/* "$modules"
locked=$(sha256sum <"$modules/package-lock.json")
if [ "$(cat "$modules/made" 2>/dev/null || true)" != "$locked" ]; then
  (cd "$modules" && npm ci --ignore-scripts --no-audit --no-fund --silent) || { echo 'skipped: npm could not fetch oidc-provider'; exit 77; }
  echo "$locked" >"$modules/made"
fi

folder=$(mktemp -d)
service='' provider=''
trap 'kill $service $provider 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$folder"' EXIT
fail() { echo "FAILED: $*" >&2; tail -n 20 "$folder"/*.log >&2; exit 1; }
is() { [ "$2" = "$3" ] || fail "$1: '$2', not '$3'"; }
wait_for() { for _ in $(seq 1 600); do if "$@" >/dev/null 2>&1; then return; fi; sleep 0.1; done; fail "waited in vain for: $*"; }
free_port() { node -e "const s = require('net').createServer().listen(0, '127.0.0.1', () => { console.log(s.address().port); s.close(); })"; }

port=$(free_port)
issuer_port=$(free_port)
url=https://127.0.0.1:$port
printf 'a secret of/this client+more\n' >"$folder/secret"
cat >"$folder/tocsin.yaml" <<END
listen: {bulk: 127.0.0.1:0, hec: 127.0.0.1:0, syslog: 127.0.0.1:0, syslog_tls: 127.0.0.1:0, api: 127.0.0.1:$port}
api:
  url: $url
oidc:
  issuer: http://localhost:$issuer_port
  client_id: tocsin
  client_secret_file: $folder/secret
  name: Test ID
  roles: {soc: analyst, soc-admins: admin}
END

start_provider() {  # the algorithm of its tokens
  node "$modules/provider.mjs" "$issuer_port" "$url/api/v1/login/oidc/callback" "$1" >"$folder/provider.log" 2>&1 &
  provider=$!
  wait_for grep -q ready "$folder/provider.log"
}
start_service() {
  rm -f "$folder/ready"
  "$program" serve --config "$folder/tocsin.yaml" --data "$folder/data" --key-file "$folder/key" --ready-file "$folder/ready" >"$folder/service.log" 2>&1 &
  service=$!
  wait_for test -s "$folder/ready"
}
stop() { kill "$1"; wait "$1" 2>/dev/null || true; }

# A browser: follows, keeps cookies, and says where it ended.
browse() { curl -sS --noproxy '*' --cacert "$folder/data/tls/ca.pem" -b "$jar" -c "$jar" -L --max-redirs 10 -o "$folder/page" -w '%{url_effective}' "$@"; }
hop() { curl -sS --noproxy '*' -b "$jar" -c "$jar" -o /dev/null -w '%{redirect_url}' "$@"; }
begin() { jar=$folder/jar-$1; rm -f "$jar"; }
# There, through the provider's two pages, and back; `where` says where it ended. With --keep the last step is left out, and `back` is where it would have led.
log_in() {  # name
  where=$(browse "$url/api/v1/login/oidc")
  case $where in *"/interaction/"*) ;; *) return ;; esac
  where=$(browse -d prompt=login -d "login=$1" -d password=x "$where")
  if [ "${2:-}" = --keep ]; then
    back=$(hop -d prompt=consent "$where")
    while [ -n "$back" ] && [ "${back#"$url"}" = "$back" ]; do back=$(hop "$back"); done
    return
  fi
  case $where in *"/interaction/"*) where=$(browse -d prompt=consent "$where") ;; esac
}
role() { browse "$url/api/v1/me" >/dev/null; sed -n 's/.*"role":"\([a-z]*\)".*/\1/p; s/.*"code":"\([a-z_]*\)".*/\1/p' "$folder/page"; }
status() { curl -sS --noproxy '*' --cacert "$folder/data/tls/ca.pem" -b "$jar" -o /dev/null -w '%{http_code}' "$url$1"; }

"$program" config check --config "$folder/tocsin.yaml" >/dev/null
start_provider RS256
start_service
is 'the ways in' "$(curl -sS --noproxy '*' --cacert "$folder/data/tls/ca.pem" "$url/api/v1/login")" '{"provider":{"name":"Test ID","roles_claim":"groups"}}'

begin grace; log_in grace
is 'an analyst ends at' "$where" "$url/"
is 'her role' "$(role)" analyst
is 'she may not see users' "$(status /api/v1/users)" 403
is 'she sees alerts' "$(status /api/v1/alerts)" 200

begin linus; log_in linus
is 'an admin ends at' "$where" "$url/"
is 'he may see users' "$(status /api/v1/users)" 200
browse "$url/api/v1/audit" >/dev/null
grep -q '"action":"login","object":"linus","detail":"by the provider"' "$folder/page" || fail 'the log-in is not in the audit log'

begin eve; log_in eve
is 'without a group' "$where" "$url/#refused=no_role"
is 'nobody is logged in' "$(role)" log_in
begin ghost; log_in ghost
is 'without the claim' "$where" "$url/#refused=no_claim"

# The same answer twice, in the same browser, with the cookie that it had; then its code in another log-in.
begin twice; log_in grace --keep
case $back in "$url/api/v1/login/oidc/callback?"*) ;; *) fail "no way back: '$back'" ;; esac
cp "$jar" "$folder/jar-before"
is 'the first time' "$(browse "$back")" "$url/"
cp "$folder/jar-before" "$jar"
is 'the second time' "$(browse "$back")" "$url/#refused=used"
begin strange
is 'in another browser' "$(browse "$back")" "$url/#refused=stale"
code=$(sed 's/.*[?&]code=\([^&]*\).*/\1/' <<<"$back")
begin_with_state() {
  begin "$1"
  state=$(curl -sS --noproxy '*' --cacert "$folder/data/tls/ca.pem" -c "$jar" -o /dev/null -w '%{redirect_url}' "$url/api/v1/login/oidc" | sed 's/.*[?&]state=\([^&]*\).*/\1/')
}
begin_with_state unnamed
is 'from nobody, where the provider names itself' "$(browse "$url/api/v1/login/oidc/callback?code=$code&state=$state")" "$url/#refused=untrusted"
begin_with_state other
sleep 1.1  # trouble is told once a second
is 'its code in another log-in' "$(browse "$url/api/v1/login/oidc/callback?code=$code&state=$state&iss=http://localhost:$issuer_port")" "$url/#refused=code"
grep -q 'invalid_grant' "$folder/service.log" || fail 'the reason is not told'

# Its keys and their kind change; the service asks again after its start.
for algorithm in ES256 PS256; do
  stop "$provider"; stop "$service"
  start_provider "$algorithm"; start_service
  begin "$algorithm"; log_in grace
  is "with $algorithm" "$where" "$url/"
  is "her role with $algorithm" "$(role)" analyst
done

# Without the provider.
stop "$provider"; stop "$service"; provider=''
start_service
begin down; log_in grace
is 'without the provider' "$where" "$url/#refused=unreachable"
grep -q "log-in through the provider: http://localhost:$issuer_port: cannot be connected to" "$folder/service.log" || fail 'it is not told that the provider is down'
link=$("$program" user add ada --role admin --data "$folder/data" --config "$folder/tocsin.yaml")
case $link in "$url/#setup="*) ;; *) fail "the link has another address: $link" ;; esac
send() { curl -sS --noproxy '*' --cacert "$folder/data/tls/ca.pem" -c "$jar" -o /dev/null -w '%{http_code}' -H 'Content-Type: application/json' -d "$2" "$url$1"; }
is 'a password is set' "$(send /api/v1/setup "{\"token\":\"${link#*#setup=}\",\"password\":\"correct horse battery\"}")" 201
is 'a password still is good' "$(send /api/v1/login '{"user":"ada","password":"correct horse battery"}')" 200
is 'but not for her' "$(send /api/v1/login '{"user":"grace","password":"correct horse battery"}')" 401
echo 'log-in through a real provider: all as it has to be'
