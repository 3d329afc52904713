#!/usr/bin/env bash
# The console's own tests (web/src/console.test.ts), and that it can be built from what its lock file names.
set -euo pipefail
command -v npm >/dev/null || { echo 'skipped: npm is not installed'; exit 77; }
exec "$(dirname "$0")/../../scripts/build-console" --test
