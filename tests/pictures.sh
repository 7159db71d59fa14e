#!/usr/bin/env bash
# Makes the tables, plots and pictures of generated districts, the demo and the large screen, in target/pictures.
# LANTU_OBJECTS: sizes of the districts, "10000 100000 1000000" unless said otherwise; 10000000 costs half an hour and
# 1.5 GB on disk. A district that is there is not written again.
# Needs xvfb, xdotool, x11-utils and imagemagick: LANTU_TOUR=1 make setup installs them.
set -euo pipefail
cd "$(dirname "$0")/.."
out=${LANTU_PICTURES:-$PWD/target/pictures}
lantu=${LANTU:-$PWD/target/release/lantu}
demo=${1:-lantu-demo/demo.lantu}
sizes=${LANTU_OBJECTS:-10000 100000 1000000}
mkdir -p "$out"
. tests/window.sh
[ -f "$demo" ] || "$lantu" demo "$(dirname "$demo")" --no-window

# Frames along the three paths under 512 MB: tables, plots of time and memory, twelve pictures of the flight.
for n in $sizes; do
  city=$out/city-$n/city.lantu
  [ -f "$city" ] || "$lantu" bench city --objects "$n" --out "$out/city-$n"
  for path in street overview flight; do
    strip=()
    [ "$path" = flight ] && strip=(--strip "$out/$n-flight-strip.png" --strip-frames 12)
    echo "$n objects, $path"
    "$lantu" bench frames "$city" --path "$path" --frames "${LANTU_FRAMES:-24}" --memory 512MB --compare \
      --csv "$out/$n-$path.csv" --plot "$out/$n-$path.svg" "${strip[@]}" | tee "$out/$n-$path.txt"
  done
  largest=$city; largest_n=$n
done
"$lantu" snapshot "$largest" --out "$out/$largest_n-from-above.png" --size 2560x1440 --memory 1GB

# The demo: a cut with caps, pipes under the ground, long shadows, what is seen through.
picture() { local name=$1; shift; "$lantu" snapshot "$demo" --out "$out/$name.png" --size 1920x1080 "$@"; }
picture section --view building --section z=52 --overlay none
picture xray --xray --view building
picture shadows --view building --time 2026-10-21T16:30 --overlay none
picture transparency --view building --opacity building=0.4 --overlay none

# Measuring, in the window.
display 1440x900
open_window "$out/log.txt" "$demo" --size 1440x900 --view building
settle "${LANTU_SETTLE:-20}"
key m 1; xdotool mousemove 600 400; settle 3; xdotool click 1; settle 2
xdotool mousemove 800 400; settle 3; xdotool click 1; settle 3; shot measured
close_window; close_display

# The large screen: 3840 × 2160, everything three times as large.
display 3840x2160
open_window "$out/log.txt" "$demo" --size 3840x2160 --fullscreen --ui-scale 3
settle $((3 * ${LANTU_SETTLE:-20}))
shot large-screen
