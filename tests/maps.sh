#!/usr/bin/env bash
# Pictures of rasters, layers, city models and places, in target/maps: the demo's ground in two epochs, what was dug and
# filled, pipes under a translucent ground, names out of a table in GBK, a drone's orthophoto, a city with a scan of
# points, and the places that a model may have. Files of other people come from LANTU_CORPUS; what is not there is named
# and left out.
# Needs xvfb, xdotool, x11-utils and imagemagick: LANTU_TOUR=1 make setup installs them.
set -euo pipefail
cd "$(dirname "$0")/.."
out=${LANTU_PICTURES:-$PWD/target/maps}
lantu=${LANTU:-$PWD/target/release/lantu}
demo=${1:-lantu-demo/demo.lantu}
corpus=${LANTU_CORPUS:-../shared/data}
mkdir -p "$out"
. tests/window.sh
[ -f "$demo" ] || "$lantu" demo "$(dirname "$demo")" --no-window
sources=$(dirname "$demo")/sources

picture() { local name=$1 project=$2; shift 2; "$lantu" snapshot "$project" --out "$out/$name.png" --size 1600x900 "$@"; }
# new NAME CRS FILE...: a project of its own with these files.
new() {
  local project=$out/$1/$1.lantu crs=$2; shift 2
  rm -rf "$(dirname "$project")" && mkdir -p "$(dirname "$project")"
  "$lantu" new "$project" --crs "$crs" >/dev/null
  "$lantu" import "$project" "$@" 2>&1 | tee "${project%.lantu}.txt" || [ "${PIPESTATUS[0]}" = 3 ]
}

# Two epochs, and what lies between them: a pit of 2 000 m³ and a heap of 600 m³.
pit=(--eye 455520,4428350,100 --target 455502,4428416,42 --overlay none)
picture swipe "$demo" --swipe block_5cm,block_5cm_epoch2 "${pit[@]}"
picture cut-and-fill "$demo" --cut-fill dsm_0.5m,dsm_0.5m_epoch2 --cut-fill-sigma 0.03,0.03 --legend \
  --eye 455560,4428330,170 --target 455540,4428460,42 --overlay none --hide trees
picture contours "$demo" --contours 0.5 --hillshade 0.4 --eye 455600,4428400,260 --target 455600,4428500,42 --overlay none
picture pipes "$demo" --xray --hide trees --eye 455560,4428420,75 --target 455600,4428500,40 --overlay none

# A Shapefile in GBK that does not say so: the names of manholes.
new gbk EPSG:4548 "$sources/terrain/dtm_0.5m.tif" "$sources/ortho/block_5cm.tif" "$sources/vector/manholes.shp"
"$lantu" style "$out/gbk/gbk.lantu" manholes --label 类型
picture gbk-names "$out/gbk/gbk.lantu" --labels --eye 455550,4428455,75 --target 455530,4428500,42

# A drone's orthophoto, on a hillside that is made up: its own terrain is not published.
drone=$corpus/gis/ortho/pix4d_alpha_nodata.tif
if [ -f "$drone" ]; then
  awk 'BEGIN {
    print "ncols 60\nnrows 66\nxllcorner 297440\nyllcorner 9050390\ncellsize 5"
    for (j = 0; j < 66; j++) { for (i = 0; i < 60; i++) printf "%.2f ", 20 + 12 * sin(i / 11) * cos(j / 9) + j / 3; print "" }
  }' >"$out/hillside.asc"
  new drone EPSG:32750 "$drone"
  "$lantu" import "$out/drone/drone.lantu" "$out/hillside.asc" --crs EPSG:32750
  picture drone "$out/drone/drone.lantu" --contours 5 --eye 297580,9050250,190 --target 297590,9050540,30
else
  echo "drone: $drone is not there, left out"
fi

# A city model, and a scan of points that is moved beside it: the header of its copy says meters of the city's system.
city=$corpus/gis/cityjson/delft.json scan=$corpus/gis/points/autzen_trim.laz
if [ -f "$city" ] && [ -f "$scan" ] && command -v python3 >/dev/null; then
  python3 - "$scan" "$out/scan.laz" <<'PYTHON'
import struct, sys
data = bytearray(open(sys.argv[1], "rb").read())
numbers = lambda at, n: list(struct.unpack_from("<%dd" % n, data, at))
scale, offset, box = numbers(131, 3), numbers(155, 3), numbers(179, 6)
foot, corner = 0.3048, [85150.0, 447430.0, 0.0]
moved = [corner[k] + (offset[k] - box[2 * k + 1]) * foot for k in range(3)]
span = [v for k in range(3) for v in (corner[k] + (box[2 * k] - box[2 * k + 1]) * foot, corner[k])]
struct.pack_into("<3d", data, 131, *[s * foot for s in scale])
struct.pack_into("<3d", data, 155, *moved)
struct.pack_into("<6d", data, 179, *span)
open(sys.argv[2], "wb").write(data)
PYTHON
  new city EPSG:28992 "$city"
  "$lantu" import "$out/city/city.lantu" "$out/scan.laz" --crs EPSG:28992
  picture city-and-points "$out/city/city.lantu" --eye 85120,447230,190 --target 85140,447560,10
else
  echo "city: $city or $scan or python3 is not there, left out"
fi

# A model without a place, and where it may stand.
house=$corpus/ifc/files/fzk-haus-adt-ifc2xfinal.ifc
if [ -f "$house" ]; then
  new ghosts EPSG:4548 "$sources/terrain/dtm_0.5m.tif" "$sources/ortho/district_50cm.tif" "$sources/vector/buildings.geojson" "$house"
  display 1600x900
  open_window "$out/ghosts/log.txt" "$out/ghosts/ghosts.lantu" --size 1600x900
  settle "${LANTU_SETTLE:-15}"
  # The sign beside the layer that waits.
  click 193 733 6; shot ghosts
  close_window
else
  echo "ghosts: $house is not there, left out"
fi
