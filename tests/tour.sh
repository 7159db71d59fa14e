#!/usr/bin/env bash
# Clicks through the window under a virtual display and leaves screenshots in target/tour; then harms it while it is open.
# Needs xvfb, xdotool, x11-utils and imagemagick: LANTU_TOUR=1 make setup installs them.
set -euo pipefail
cd "$(dirname "$0")/.."
out=$PWD/target/tour
lantu=${LANTU:-$PWD/target/release/lantu}
project=${1:-lantu-demo/demo.lantu}
mkdir -p "$out"
. tests/window.sh
[ -f "$project" ] || "$lantu" demo "$(dirname "$project")" --no-window

display 1440x900
open_window "$out/log.txt" "$project" --size 1440x900
settle "${LANTU_SETTLE:-15}"
shot 01-progress
key 2; shot 02-sensors
key 3; shot 03-risk
click 560 400; shot 04-picked
click 130 94 1; xdotool type --delay 60 IfcStair; settle 4; shot 05-search
xdotool mousemove 130 94 click --repeat 3 1; settle 1; xdotool key BackSpace; key Escape 1
xdotool mousemove 700 300; key 1 2
click 500 838 5; shot 06-earlier
click 1290 838 5; shot 07-later
key x 4; shot 08-xray
key x 2; click 1410 22; shot 09-chinese
click 1410 22 2
key t 8; shot 10-top
key Home 8; shot 11-all
xdotool mousemove 700 300; key Next 8; shot 12-next-view
key h 1; click 620 400 3; key h 3; shot 13-hidden
key ctrl+z 3; key ctrl+z 3; shot 14-undone
key m 1; xdotool mousemove 560 420; settle 3; xdotool click 1; settle 2
xdotool mousemove 760 460; settle 3; shot 15-measured
key Escape 1; key Escape 1
xdotool mousemove 700 400 mousedown 3; settle 1; xdotool keydown w; settle 2; xdotool keyup w mouseup 3; settle 4
shot 16-flown

# An icon: while the clock runs nothing is drawn and nothing is freed; what it showed comes back with it.
key space 2
mb=$(resident_mb)
xprop -id "$id" -format _NET_WM_STATE 32a -set _NET_WM_STATE _NET_WM_STATE_HIDDEN
xdotool windowunmap "$id"; settle 2
before=$(ticks); settle 10; used=$(($(ticks) - before))
echo "minimized for 10 s with the clock running: $used hundredths of a CPU second, memory $mb MB, then $(resident_mb) MB"
[ "$used" -lt 20 ] || { echo "a minimized window draws"; exit 1; }
xprop -id "$id" -remove _NET_WM_STATE
xdotool windowmap "$id"; settle 6
before=$(ticks); settle 5
[ "$(ticks)" -gt "$before" ] || { echo "the window stands still after it was minimized"; exit 1; }
key space 1; shot 17-after-minimizing
close_window

# Tiles that are deleted while the window is open: what is there stays, the rest is named, nothing ends.
rm -rf "$out/city"
"$lantu" bench city --objects 40000 --out "$out/city" >/dev/null
# Less memory than the district takes, so that what comes near has to be read.
open_window "$out/deleted.txt" "$out/city/city.lantu" --size 1440x900 --memory 64MB
settle "${LANTU_SETTLE:-15}"
rm -rf "$out/city/city.lantu.d/packs"
xdotool mousemove 700 400; for _ in 1 2; do xdotool click --repeat 5 4; settle 2; done
shot 18-packs-deleted
kill -0 "$window" || { echo "the window ended when its tiles were deleted"; cat "$out/deleted.txt"; exit 1; }
key t 4; key Home 4
kill -0 "$window" || { echo "the window ended when its tiles were deleted"; cat "$out/deleted.txt"; exit 1; }
close_window

# A device that is lost every five seconds, for a minute: the window goes on and shows the scene again.
open_window "$out/faults.txt" "$project" --size 1440x900 --lose-device-every 5
settle "${LANTU_FAULTS:-60}"
shot 19-after-faults
kill -0 "$window" || { echo "the window ended with a lost device"; cat "$out/faults.txt"; exit 1; }
lost=$(grep -c 'making a new one' "$out/faults.txt" || true)
echo "devices lost: $lost"
[ "$lost" -ge 3 ] || { echo "fewer devices were lost than were to be"; exit 1; }
