#!/bin/sh
# A folder of pictures, sounds and films in as many encodings as this machine's ffmpeg, ImageMagick and sox offer, whole,
# cut short and with bytes changed, to run headless over:
#   tests/tools/make_media_folder.sh /tmp/media && build/release/bin/perceiverscope --headless /tmp/media
# What a program can't write is left out and counted; what is there already stays, so that a broken run can go on.
set -eu
out=${1:?folder}
mkdir -p "$out"
made=0 missing=0

# make NAME COMMAND...: the command writes $out/NAME.
make() {
  name=$1; shift
  if [ -s "$out/$name" ] || "$@" > /dev/null 2>&1 && [ -s "$out/$name" ]; then made=$((made + 1)); else rm -f "$out/$name"; missing=$((missing + 1)); fi
}
has() { command -v "$1" > /dev/null; }
ff() { ffmpeg -nostdin -v error -y "$@"; }

if has ffmpeg; then
  ff -f lavfi -i "testsrc2=d=3:s=176x144:r=25" -f lavfi -i "sine=440:d=3" -c:v ffv1 -c:a pcm_s16le "$out/.film.mkv"
  ff -f lavfi -i "sine=440:d=6,volume=0.5" -f lavfi -i "anoisesrc=d=6:a=0.1" -filter_complex amix=inputs=2 "$out/.sound.wav"
  for codec in libx264 libx265 libvpx libvpx-vp9 mpeg4 libxvid mpeg2video mpeg1video mjpeg ffv1 huffyuv utvideo prores_ks dnxhd \
               dvvideo flv h263 h261 msmpeg4v2 msmpeg4 wmv1 wmv2 libtheora cinepak qtrle rawvideo svq1 snow gif png jpeg2000 \
               libwebp zmbv flashsv asv1 ffvhuff msvideo1 rpza smc vc2 speedhq cfhd magicyuv; do
    fast=; case $codec in libvpx*) fast="-cpu-used 8 -deadline realtime" ;; esac
    for box in mp4 mov mkv webm avi mpg ts ogv flv wmv 3gp mxf gif nut; do
      make "video-$codec.$box" ff -i "$out/.film.mkv" -t 0.4 -c:v "$codec" $fast -an "$out/video-$codec.$box"
    done
  done
  for size in 1x1 2x2 17x3 3x401; do make "size-$size.mkv" ff -f lavfi -i "testsrc=d=0.4:s=$size:r=10" -c:v ffv1 "$out/size-$size.mkv"; done
  for pixels in gray yuv422p yuv444p yuv420p10le yuva420p rgb24 gbrp monow pal8; do
    make "pixels-$pixels.mkv" ff -i "$out/.film.mkv" -t 0.4 -c:v ffv1 -pix_fmt "$pixels" -an "$out/pixels-$pixels.mkv"
    make "pixels-$pixels.mov" ff -i "$out/.film.mkv" -t 0.4 -c:v libx264 -pix_fmt "$pixels" -an "$out/pixels-$pixels.mov"
  done
  make av1.mp4 ff -i "$out/.film.mkv" -frames:v 4 -c:v libaom-av1 -cpu-used 8 -an "$out/av1.mp4"
  make with-sound.mp4 ff -i "$out/.film.mkv" -c:v libx264 -c:a aac "$out/with-sound.mp4"
  make fragmented.mp4 ff -i "$out/.film.mkv" -c:v libx264 -c:a aac -movflags frag_keyframe+empty_moov "$out/fragmented.mp4"
  make turned.mp4 ff -i "$out/.film.mkv" -c:v libx264 -metadata:s:v rotate=90 "$out/turned.mp4"
  make one-frame.mp4 ff -i "$out/.film.mkv" -frames:v 1 -c:v libx264 -an "$out/one-frame.mp4"
  make animated.webp ff -i "$out/.film.mkv" -t 1 -loop 0 -an "$out/animated.webp"
  make animated.png ff -i "$out/.film.mkv" -t 1 -f apng -an "$out/animated.png"
  for codec in pcm_s16le pcm_s16be pcm_u8 pcm_s24le pcm_s32le pcm_f32le pcm_f64le pcm_alaw pcm_mulaw adpcm_ima_wav adpcm_ms adpcm_g722 \
               flac alac libmp3lame mp2 aac ac3 eac3 libvorbis vorbis libopus opus wmav1 wmav2 libspeex libgsm wavpack tta truehd dca \
               g723_1 nellymoser ra_144 libtwolame libcodec2 sbc aptx; do
    for box in wav aiff au flac mp3 ogg opus m4a mka webm wv tta caf ac3 wma avi voc w64 spx; do
      make "audio-$codec.$box" ff -i "$out/.sound.wav" -t 2 -strict -2 -c:a "$codec" "$out/audio-$codec.$box"
    done
  done
  for rate in 8000 11025 22050 96000 192000; do make "rate-$rate.wav" ff -i "$out/.sound.wav" -ar "$rate" "$out/rate-$rate.wav"; done
  for channels in 2 6 8; do make "channels-$channels.flac" ff -i "$out/.sound.wav" -ac "$channels" "$out/channels-$channels.flac"; done
  make short.wav ff -i "$out/.sound.wav" -t 0.001 "$out/short.wav"
  for ending in jpg png bmp tiff webp gif ppm pgm tga sgi pcx jp2 dpx exr xbm jxl avif qoi; do
    make "frame.$ending" ff -i "$out/.film.mkv" -frames:v 1 -update 1 "$out/frame.$ending"
  done
fi

if has convert; then
  convert -size 200x150 plasma:fractal "$out/.picture.png"
  for ending in jpg png gif bmp tiff webp ppm ico jp2 heic avif svg psd xcf pdf; do
    make "magick.$ending" convert "$out/.picture.png" "$out/magick.$ending"
  done
  for space in Gray CMYK Lab; do make "space-$space.jpg" convert "$out/.picture.png" -colorspace "$space" "$out/space-$space.jpg"; done
  for space in Gray CMYK Lab; do make "space-$space.tiff" convert "$out/.picture.png" -colorspace "$space" "$out/space-$space.tiff"; done
  for depth in 1 2 4 8 16; do
    make "depth-$depth.png" convert "$out/.picture.png" -depth "$depth" "$out/depth-$depth.png"
    make "depth-$depth.tiff" convert "$out/.picture.png" -depth "$depth" "$out/depth-$depth.tiff"
  done
  for how in none lzw zip jpeg rle group4 webp zstd; do make "tiff-$how.tiff" convert "$out/.picture.png" -compress "$how" "$out/tiff-$how.tiff"; done
  make interlaced.png convert "$out/.picture.png" -interlace PNG "$out/interlaced.png"
  make progressive.jpg convert "$out/.picture.png" -interlace JPEG "$out/progressive.jpg"
  make palette.png convert "$out/.picture.png" -colors 16 "PNG8:$out/palette.png"
  make transparent.png convert "$out/.picture.png" -alpha set -channel A -evaluate set 50% "$out/transparent.png"
  make pages.tiff convert "$out/.picture.png" "$out/.picture.png" "$out/pages.tiff"
  make moving.gif convert -delay 10 "$out/.picture.png" \( "$out/.picture.png" -negate \) "$out/moving.gif"
fi

if has sox; then
  for ending in wav aiff aifc au flac ogg mp3 voc 8svx gsm raw w64 caf sph; do make "sox.$ending" sox "$out/.sound.wav" "$out/sox.$ending"; done
fi

# Everything once more, cut short and with bytes changed.
for file in "$out"/*.*; do
  [ -s "$file" ] || continue
  name=$(basename "$file")
  case $name in cut-* | odd-*) continue ;; esac
  size=$(stat -c %s "$file")
  head -c $((size / 2)) "$file" > "$out/cut-$name"
  cp "$file" "$out/odd-$name"
  i=1
  while [ $i -le 8 ]; do
    printf '\377' | dd of="$out/odd-$name" bs=1 seek=$((size * i / 9)) conv=notrunc 2> /dev/null
    i=$((i + 1))
  done
done
echo "$made files made, $missing that nobody here can write; each again cut short and with bytes changed"
