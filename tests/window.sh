# Shared by scripts that drive the window: a virtual display, one window on it, keys, clicks and screenshots.
# Sourced, not run. The caller sets `out` (folder of screenshots) and `lantu` (the program).
# Needs xvfb, xdotool, x11-utils and imagemagick: LANTU_TOUR=1 make setup installs them.

export DISPLAY=:${LANTU_DISPLAY:-87} XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-/tmp}
server= window=
close_all() {
  [ -n "$window" ] && kill "$window" 2>/dev/null || true
  [ -n "$server" ] && kill "$server" 2>/dev/null || true
}
trap close_all EXIT

# Waits without a process of its own.
settle() { read -rt "${1:-4}" <> <(:) || true; }

# display WIDTHxHEIGHT
display() {
  Xvfb "$DISPLAY" -screen 0 "$1x24" >/dev/null 2>&1 &
  server=$!
  settle 1
}
close_display() { kill "$server" && wait "$server" || true; server=; settle 1; }

# open_window LOG ARGUMENT...: starts `lantu view` and waits until its window is there.
open_window() {
  local log=$1; shift
  "$lantu" --lang en view "$@" 2>"$log" &
  window=$!
  id=
  for _ in $(seq 120); do
    id=$(xdotool search --onlyvisible --name Lantu 2>/dev/null | head -n 1 || true)
    [ -n "$id" ] && break
    kill -0 "$window" || break
    settle 0.5
  done
  [ -n "$id" ] || { echo "no window appeared"; cat "$log"; exit 1; }
  xdotool windowmove "$id" 0 0; xdotool windowfocus "$id"
}
close_window() { kill "$window"; wait "$window" || true; window=; settle 1; }

shot() { import -window root "$out/$1.png"; echo "$out/$1.png"; }
key() { xdotool key "$1"; settle "${2:-3}"; }
click() { xdotool mousemove "$1" "$2" click 1; settle "${3:-4}"; }
# CPU seconds of the window so far, in hundredths (ticks of the clock in /proc).
ticks() { awk '{print $14 + $15}' "/proc/$window/stat"; }
resident_mb() { awk '/VmRSS/ {print int($2 / 1024)}' "/proc/$window/status"; }
