# For gelf.sh and otlp.sh, which read it: fetches the clients into $modules, in the versions and with the digests of package-lock.json; skips the test where they cannot be had.
mkdir -p "$modules"
cp "$tree"/tests/e2e/gelf_otlp_clients/* "$modules"
locked=$(sha256sum <"$modules/package-lock.json")
if [ "$(cat "$modules/made" 2>/dev/null || true)" != "$locked" ]; then
  (cd "$modules" && npm ci --ignore-scripts --no-audit --no-fund --silent) || { echo 'skipped: npm could not fetch the clients'; exit 77; }
  echo "$locked" >"$modules/made"
fi
