# Sourced by ./run and ./test: installs what is missing with one apt call, configures and builds. Says what and why.
set -eu
root=$(cd "$(dirname "$0")" && pwd)
cd "$root"

say() { printf '%s\n' "$*" >&2; }

# What it takes, by Debian's names. The window needs the second group, the tests the third.
packages_build="build-essential cmake ninja-build pkg-config ccache mold libtorch-dev libopenblas0-openmp libdnnl-dev
  libjpeg-dev libpng-dev libtiff-dev libwebp-dev libgif-dev libavcodec-dev libavformat-dev libavutil-dev
  libswresample-dev libswscale-dev libssl-dev libcurl4-openssl-dev ca-certificates libarchive-dev libzip-dev
  nlohmann-json3-dev libcli11-dev libopencv-core-dev libopencv-imgproc-dev"
packages_window="qt6-base-dev qt6-svg-dev qt6-multimedia-dev libqt6opengl6-dev qt6-qpa-plugins fonts-dejavu-core"
packages_tests="libgtest-dev libbenchmark-dev xvfb xauth python3-jsonschema"

install_missing() {
    missing=""
    for package in "$@"; do
        [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)" = installed ] || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    say "Installing what PerceiverScope is built from (LibTorch, Qt 6, FFmpeg, image codecs, a compiler):$missing"
    as_root=""
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || { say "These packages are missing and there is no sudo here; as root run: apt-get install$missing"; exit 6; }
        as_root=sudo
    fi
    # shellcheck disable=SC2086
    $as_root apt-get update -qq >&2
    # shellcheck disable=SC2086
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing >&2 || {
        say "apt-get could not install them; see its message above."; exit 6; }
}

# build PRESET TARGETS... : quiet but for ninja's one progress line; the log is shown when it fails.
build() {
    preset=$1; shift
    log="build/$preset/build.log"
    mkdir -p "build/$preset"
    if [ ! -f "build/$preset/build.ninja" ]; then
        say "Configuring build/$preset ..."
        cmake --preset "$preset" >"$log" 2>&1 || { cat "$log" >&2; exit 6; }
    fi
    if [ -t 2 ]; then
        NINJA_STATUS='[%f/%t, %es] ' ninja -C "build/$preset" "$@" >&2 || exit 6
    else
        say "Building (log in $log) ..."
        ninja -C "build/$preset" "$@" >"$log" 2>&1 || { tail -n 60 "$log" >&2; exit 6; }
    fi
}
