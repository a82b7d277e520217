#!/bin/sh
# Renders the sample pictures from scenes/ (needs povray, povray-includes and ffmpeg).
# Usage: render.sh [NAME...]   without a name: all four. THREADS=n sets the number of threads.
set -eu
cd "$(dirname "$0")/scenes"
threads=${THREADS:-1}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

[ $# -gt 0 ] || set -- airplane ship truck automobile
for name; do
  case $name in
    airplane) width=1080 ;;
    *) width=960 ;;
  esac
  if ! povray "+I$name.pov" "+O$scratch/$name.png" +W$width +H720 +A0.08 +AM2 +R3 "+WT$threads" -D -V \
      2> "$scratch/$name.log"; then
    cat "$scratch/$name.log" >&2
    exit 1
  fi
  ffmpeg -v error -y -i "$scratch/$name.png" -vf eq=contrast=1.06:saturation=1.08,vignette=angle=PI/16 -pix_fmt yuvj420p -q:v 3 -bitexact "../../$name.jpg"
done
