#!/usr/bin/env bash
# Installs what Lantu needs and this machine lacks, on Debian and its relatives. Elsewhere it says what to install.
set -euo pipefail

packages=(
  build-essential pkg-config cmake    # C parts of zstd and SQLite
  libsqlite3-dev                      # project files; the same library that GDAL uses
  libgdal-dev gdal-bin proj-data      # rasters, vectors, coordinates; gdal-bin only for tests
  libvulkan1 mesa-vulkan-drivers      # software Vulkan where there is no GPU
  mosquitto mosquitto-clients openssl # a broker for tests of feeds, who speaks to it, and its certificates
  libx11-6 libx11-xcb1 libxcursor1 libxi6 libxrandr2 libxkbcommon0 libxkbcommon-x11-0   # opened by the window at run time
)
[ -n "${LANTU_TOUR:-}" ] && packages+=(xvfb xdotool x11-utils imagemagick)

command -v cargo >/dev/null || { echo "Rust is missing: install it from https://rustup.rs, then run this again." >&2; exit 1; }

if ! command -v dpkg-query >/dev/null; then
  if pkg-config --exists gdal 2>/dev/null; then exit 0; fi
  echo "This is not a Debian system. Install GDAL 3.4 or newer with headers and a Vulkan driver; README.md has the package names." >&2
  exit 1
fi

missing=()
for p in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing+=("$p")
done
[ ${#missing[@]} -eq 0 ] && exit 0

sudo=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "Run as root: apt-get install ${missing[*]}" >&2; exit 1; }
  sudo=(sudo)
fi
echo "Installing: ${missing[*]}"
"${sudo[@]}" apt-get update -qq
"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
