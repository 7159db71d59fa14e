#!/usr/bin/env bash
# Runs every test with plain `cargo test` and ends with one line over all binaries.
set -uo pipefail
cd "$(dirname "$0")/.."
mkdir -p target
log=target/test.log
export LANTU_SKIP_LOG="$PWD/target/skips.log"
: > "$LANTU_SKIP_LOG"
if [ -n "${CI:-}" ] && [ -d "${LANTU_CORPUS:-../shared/data}" ]; then export LANTU_REQUIRE_CORPUS=1; fi

cargo test --workspace --locked --no-fail-fast 2>&1 | tee "$log"
status=${PIPESTATUS[0]}

sort -u "$LANTU_SKIP_LOG" -o "$LANTU_SKIP_LOG"
skipped=$(wc -l < "$LANTU_SKIP_LOG")
[ "$skipped" -gt 0 ] && { echo "Skipped:"; sed 's/^/  /' "$LANTU_SKIP_LOG"; }
awk -v skipped="$skipped" '
  /^test result:/ { for (i = 1; i < NF; i++) { if ($(i+1) ~ /^passed/) p += $i; if ($(i+1) ~ /^failed/) f += $i } }
  END { printf "%d passed, %d failed, %d skipped\n", p - skipped > 0 ? p - skipped : p, f, skipped }' "$log"
exit "$status"
