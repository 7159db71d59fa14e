#!/usr/bin/env bash
# Clicks through the window under a virtual display and leaves screenshots in target/tour.
# Needs xvfb, xdotool and imagemagick: LANTU_TOUR=1 make setup installs them.
set -euo pipefail
cd "$(dirname "$0")/.."
out=$PWD/target/tour
lantu=${LANTU:-$PWD/target/release/lantu}
project=${1:-lantu-demo/demo.lantu}
mkdir -p "$out"
[ -f "$project" ] || "$lantu" demo "$(dirname "$project")" --no-window

export DISPLAY=:${LANTU_DISPLAY:-87} XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-/tmp}
Xvfb "$DISPLAY" -screen 0 1440x900x24 >/dev/null 2>&1 &
server=$!
"$lantu" --lang en view "$project" --size 1440x900 2>"$out/log.txt" &
window=$!
trap 'kill "$window" "$server" 2>/dev/null || true' EXIT

for _ in $(seq 60); do
  id=$(xdotool search --name Lantu 2>/dev/null | head -n 1 || true)
  [ -n "$id" ] && break
  read -rt 0.5 <> <(:) || true
done
[ -n "$id" ] || { echo "no window appeared"; cat "$out/log.txt"; exit 1; }
xdotool windowmove "$id" 0 0; xdotool windowfocus "$id"

settle() { read -rt "${1:-4}" <> <(:) || true; }
shot() { import -window root "$out/$1.png"; echo "$out/$1.png"; }
key() { xdotool key "$1"; settle "${2:-3}"; }

settle "${LANTU_SETTLE:-15}"
shot 01-progress
key 2; shot 02-sensors
key 3; shot 03-risk
xdotool mousemove 560 400 click 1; settle 4; shot 04-picked
xdotool mousemove 130 94 click 1; settle 1; xdotool type --delay 60 IfcStair; settle 4; shot 05-search
xdotool mousemove 130 94 click --repeat 3 1; settle 1; xdotool key BackSpace; key Escape 1
xdotool mousemove 700 300; key 1 2
xdotool mousemove 500 838 click 1; settle 5; shot 06-earlier
xdotool mousemove 1290 838 click 1; settle 5; shot 07-later
key x 4; shot 08-xray
key x 2; xdotool mousemove 1388 22 click 1; settle 4; shot 09-chinese
key t 8; shot 10-top
key Home 8; shot 11-all
xdotool mousemove 700 300; key Next 8; shot 12-next-view
key h 1; xdotool mousemove 620 400 click 1; settle 3; key h 3; shot 13-hidden
key ctrl+z 3; key ctrl+z 3; shot 14-undone
key m 1; xdotool mousemove 560 420; settle 3; xdotool click 1; settle 2
xdotool mousemove 760 460; settle 3; shot 15-measured
key Escape 1; key Escape 1
xdotool mousemove 700 400 mousedown 3; settle 1; xdotool keydown w; settle 2; xdotool keyup w mouseup 3; settle 4
shot 16-flown
kill "$window"; wait "$window" || true

# A device that is lost every five seconds: the window goes on and shows the scene again.
"$lantu" --lang en view "$project" --size 1440x900 --lose-device-every 5 2>"$out/faults.txt" &
window=$!
settle "${LANTU_FAULTS:-60}"
shot 17-after-faults
kill -0 "$window" || { echo "the window ended with a lost device"; cat "$out/faults.txt"; exit 1; }
echo "devices lost: $(grep -c 'making a new one' "$out/faults.txt" || true)"
