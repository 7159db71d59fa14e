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
# A binary that does not build or crashes reports no result of its own: it is at least one failure.
awk -v skipped="$skipped" -v status="$status" '
  /^test result:/ { for (i = 1; i < NF; i++) { if ($(i+1) ~ /^passed/) p += $i; if ($(i+1) ~ /^failed/) f += $i } }
  END {
    if (status != 0 && f == 0) f = 1
    # A skipped test returns early, which the harness counts as passed.
    printf "%d passed, %d failed, %d skipped\n", (p > skipped ? p - skipped : 0), f, skipped
  }' "$log"
exit "$status"
