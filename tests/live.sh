#!/usr/bin/env bash
# The demo live under a broker for ten minutes, with screenshots in target/live: the overlay, an alarm that is raised,
# acknowledged and cleared, somebody in the circle of the crane, a sensor that falls silent, a look at the past.
# Needs mosquitto, mosquitto-clients, xvfb, xdotool, x11-utils and imagemagick: LANTU_TOUR=1 make setup installs them.
# LANTU_LIVE_SECONDS: how long, at least 120. LANTU_DEMO: a folder with a demo to copy instead of making one.
set -euo pipefail
cd "$(dirname "$0")/.."
out=$PWD/target/live
lantu=${LANTU:-$PWD/target/release/lantu}
seconds=${LANTU_LIVE_SECONDS:-600}
port=${LANTU_LIVE_PORT:-18833}
mkdir -p "$out"
. tests/window.sh

broker= feed= pump=
end_live() {
  rm -f "$out/running"
  for p in $feed $broker; do kill "$p" 2>/dev/null || true; done
  close_all
}
trap end_live EXIT

rm -rf "$out/demo"
if [ -n "${LANTU_DEMO:-}" ]; then cp -r "$LANTU_DEMO" "$out/demo"; else "$lantu" demo "$out/demo" --no-window >/dev/null; fi
project=$out/demo/demo.lantu

# Three sensors of the demo that now read every two seconds, on the objects that its hourly ones are bound to.
object() { "$lantu" channels "$project" --json | awk -v c="\"$1\"" '$1 == "\"channel\":" && index($2, c) { on = 1 } on && $1 == "\"bound_to\":" { gsub(/[",]/, "", $2); print $2; exit }'; }
{
  echo channel,object,quantity,unit,period_s
  echo "LIVE-strain,$(object YB-01),strain,µε,2"
  echo "LIVE-noise,$(object ZS-01),noise,dB(A),2"
  echo "LIVE-dust,$(object YC-03),dust,µg/m³,2"
} >"$out/live.csv"
"$lantu" import "$project" "$out/live.csv" >/dev/null

# The broker on this machine only.
cat >"$out/mosquitto.conf" <<CONF
listener $port 127.0.0.1
allow_anonymous true
persistence false
CONF
mosquitto=$(command -v mosquitto || echo /usr/sbin/mosquitto)
"$mosquitto" -c "$out/mosquitto.conf" >"$out/mosquitto.log" 2>&1 &
broker=$!
cat >"$out/mapping.toml" <<'TOML'
client_id = "lantu-live"
[[topic]]
filter = "site"
channel = "{/id}"
time = "/t"
value = "/v"
sequence = "/n"
TOML
settle 1
"$lantu" feed "$project" --mqtt "mqtt://127.0.0.1:$port" --mapping "$out/mapping.toml" --json >"$out/feed.json" 2>"$out/feed.log" &
feed=$!
settle 5

# What sensors and people do, by the share of the time that has passed: strain climbs and falls, the noise falls silent,
# a worker walks through the circle of the crane.
at_crane() { awk -F, -v axis="$1" '$1 == "塔吊-1" { print axis == "x" ? $8 : $9 }' "$out/demo/sources/sensors/things.csv"; }
x0=$(at_crane x) y0=$(at_crane y)
began=$(date +%s)
share() { awk -v now="$(date +%s)" -v began="$began" -v all="$seconds" 'BEGIN { printf "%.4f", (now - began) / all }'; }
pump() {
  local n=0 t
  while [ -e "$out/running" ]; do
    t=$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ) n=$((n + 1))
    awk -v s="$(share)" -v t="$t" -v n="$n" -v x0="$x0" -v y0="$y0" 'BEGIN {
      srand(n)
      one = "{\"id\":\"%s\",\"t\":\"" t "\",\"v\":%.2f,\"n\":" n "}\n"
      strain = s < 0.15 ? 60 + 20 * s : s < 0.25 ? 63 + 1000 * (s - 0.15) : s < 0.45 ? 163 : s < 0.5 ? 163 - 2000 * (s - 0.45) : 63
      printf one, "LIVE-strain", strain + 2 * rand()
      if (s < 0.6) printf one, "LIVE-noise", 55 + 4 * rand()
      printf one, "LIVE-dust", 60 + 8 * rand()
      far = 60 - 600 * (s - 0.2); if (far < -60) far = -60; if (s < 0.2) far = 60
      printf one, "工人-07.x", x0 + far; printf one, "工人-07.y", y0 + 4; printf one, "工人-07.z", 42.6
    }'
    sleep 1
  done | mosquitto_pub -h 127.0.0.1 -p "$port" -q 1 -t site -l
}
: >"$out/running"
pump &
pump=$!
until_share() { while awk -v s="$(share)" -v until="$1" 'BEGIN { exit !(s < until) }'; do settle 1; done; }

display 1600x900
open_window "$out/log.txt" "$project" --size 1600x900
settle "${LANTU_SETTLE:-12}"
xdotool mousemove 700 300
key 2 2; key n 3; key 6 4
shot 1-live
until_share 0.3; settle 6; shot 2-alarm-and-somebody-in-the-circle
"$lantu" alarms "$project" --ack LIVE-strain --by "duty officer" --why "crew sent to the girder" >"$out/acknowledged.csv"
settle 4; shot 3-acknowledged
until_share 0.55; settle 12; shot 4-cleared
until_share 0.68; settle 6; shot 5-stale
# The past: the clock leaves the present, and goes back a month.
key n 2; for _ in 1 2 3 4 5 6; do key shift+Left 0.4; done; settle 5; shot 6-past
key n 5; until_share 1; shot 7-present-again
echo "window: $(resident_mb) MB resident, $(ticks) hundredths of a CPU second in $seconds s"
close_window
rm "$out/running"; wait "$pump" || true; pump=
kill -INT "$feed"; wait "$feed" || true; feed=
cat "$out/feed.json"
"$lantu" alarms "$project" --from "$(date -u -d "@$began" +%Y-%m-%dT%H:%M:%SZ)" | tee "$out/alarms.csv"
"$lantu" verify "$project"
