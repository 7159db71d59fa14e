#!/usr/bin/env bash
# Opens real models of other people in the window, one of each kind, and takes a screenshot of each, in target/gallery.
# Models come from LANTU_CORPUS; what is not there is named and left out.
# Needs xvfb, xdotool, x11-utils and imagemagick: LANTU_TOUR=1 make setup installs them.
set -euo pipefail
cd "$(dirname "$0")/.."
out=${LANTU_GALLERY:-$PWD/target/gallery}
lantu=${LANTU:-$PWD/target/release/lantu}
corpus=${LANTU_CORPUS:-../shared/data}/ifc/files
mkdir -p "$out"
. tests/window.sh

# project NAME FILE...: a project with models, which are left in their local coordinates if they wait for their place.
project() {
  local name=$1 file source n
  local lantu_file=$out/$name/$name.lantu
  shift
  rm -rf "${out:?}/$name" && mkdir "$out/$name"
  "$lantu" new --crs EPSG:4548 "$lantu_file" >/dev/null
  for file; do
    source=$(basename "$file" .ifc)
    "$lantu" import "$lantu_file" --source "$source" "$file" >>"$out/$name/import.txt" 2>&1 || [ $? = 3 ]
    n=$("$lantu" placement "$lantu_file" "$source" | awk '/^ *[0-9]+ no_georeference/ { print $1; exit }')
    [ -z "$n" ] || "$lantu" placement "$lantu_file" "$source" --accept "$n" >>"$out/$name/import.txt"
  done
}

display 1600x900
open() {
  local name=$1; shift
  open_window "$out/$name/log.txt" "$out/$name/$name.lantu" --size 1600x900
  settle "${LANTU_SETTLE:-10}"
  "$@"
  shot "$name"
  echo "$name: $(resident_mb) MB resident, $(ticks) hundredths of a CPU second"
  close_window
}

# one NAME FILE...: a kind of model, of one file or of several that belong together.
one() {
  local name=$1 file files=()
  shift
  for file; do
    if [ ! -f "$corpus/$file.ifc" ]; then echo "$name: $file.ifc is not there, left out"; return; fi
    files+=("$corpus/$file.ifc")
  done
  project "$name" "${files[@]}"
  open "$name"
}
one bridge suspension-footbridge-rc1
one road-with-stations openroads-test2-rc4
one railway acca-rail-track-09
one tunnel tunnel-fixed-reference-slow
one ducts hvac-mech-ports
one building-with-services duplex-a-revit duplex-electrical
# Services are inside: seen through the building.
[ ! -d "$out/building-with-services" ] ||
  "$lantu" snapshot "$out/building-with-services/building-with-services.lantu" --fit --size 1600x900 \
    --opacity duplex-a-revit=0.2 --out "$out/building-with-services-inside.png"

# 60 MB: models of the corpus beside each other, as one file.
models=()
for name in duplex-a-revit duplex-electrical institute-var2-archicad11 fzk-haus-adt-ifc2xfinal schependomlaan-linden-frames; do
  [ -f "$corpus/$name.ifc" ] && models+=("$corpus/$name.ifc")
done
if [ ${#models[@]} -gt 0 ]; then
  cargo run --quiet --release -p lantu-ifc --example assemble_ifc -- "$out/sixty-megabytes.ifc" 60 "${models[@]}"
  project sixty-megabytes "$out/sixty-megabytes.ifc"
  open sixty-megabytes
else
  echo "sixty-megabytes: none of its models is there, left out"
fi
