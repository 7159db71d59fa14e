#!/usr/bin/env bash
# Pictures of the demo at work, in target/works: each overlay at three dates, a map of readings and one of risk over the
# ground, pipes under the translucent ground beside an excavation; in the window Gantt chart, earned value, register, proposals of a survey.
# Needs xvfb, xdotool, x11-utils and imagemagick: LANTU_TOUR=1 make setup installs them.
set -euo pipefail
cd "$(dirname "$0")/.."
out=${LANTU_PICTURES:-$PWD/target/works}
lantu=${LANTU:-$PWD/target/release/lantu}
demo=${1:-lantu-demo/demo.lantu}
mkdir -p "$out"
. tests/window.sh
[ -f "$demo" ] || "$lantu" demo "$(dirname "$demo")" --no-window

# Light of the morning on every day, so that only what is shown differs.
picture() {
  local name=$1; shift
  "$lantu" --lang en snapshot "$demo" --out "$out/$name.png" --sidecar "$out/$name.json" --size "${LANTU_SIZE:-1600x900}" --legend "$@"
}
for date in 2026-06-10 2026-09-15 2027-02-10; do
  for overlay in progress sensor risk; do
    picture "$overlay-$date" --view demo --overlay $overlay --time "${date}T10:00"
  done
done
for date in 2026-06-10 2026-09-15 2027-02-10; do
  picture "progress-and-risk-$date" --view demo --overlay progress --outline risk --time "${date}T10:00"
done
above=(--eye 455600,4428250,420 --target 455600,4428540,42)
picture heat-noise "${above[@]}" --overlay none --heat noise --time 2026-09-15T10:00
picture heat-noise-variance "${above[@]}" --overlay none --heat noise --heat-variance --time 2026-09-15T10:00
picture heat-cells "${above[@]}" --overlay risk --heat risk --time 2026-09-15T10:00
picture utilities --eye 455560,4428468,78 --target 455600,4428525,40 --ground-opacity 0.3 --overlay risk --time 2026-06-10T10:00
"$lantu" --lang en asbuilt "$demo" --csv --out "$out/asbuilt.csv"
"$lantu" --lang en risk "$demo" --time 2026-09-15T10:00 > "$out/register.txt"
"$lantu" --lang en progress "$demo" --time 2026-09-15 > "$out/progress.txt"

display 1600x1000
open_window "$out/log.txt" "$demo" --size 1600x1000
settle "${LANTU_SETTLE:-15}"
key b 5; shot gantt
# The tabs beside it, from the left: schedule, earned value, risks.
key r 6; shot register
key ctrl+k 2; xdotool type --delay 60 "earned value"; settle 2; key Return 5; shot earned-value
key ctrl+k 2; xdotool type --delay 60 "proposals of a survey"; settle 2; key Return 8; shot survey
key b 3; key b 3
key 8 8; shot heat-dust
key 8 8; shot heat-in-the-window
