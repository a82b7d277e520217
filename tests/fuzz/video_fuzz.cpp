// The bytes as a film: opened, some frames read, some sought, and asked what kind of file they are.
#include "base/error.h"
#include "fuzz/fuzz.h"
#include "media/kind.h"
#include "media/video.h"
#include "support/av_samples.h"
#include "support/media_samples.h"

using namespace perceiver;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > 1 << 16) return 0;
    Limits limits;
    limits.pixels = 1 << 14;
    limits.decoded_bytes = 1 << 20;
    try {
        const media::Source source(std::vector<std::uint8_t>(data, data + size));
        media::kind_of(source, limits);
        media::VideoFile file(source, limits);
        for (const double start : {0.0, 0.3}) {
            const auto film = file.frames({.start = start, .count = 4, .rate = start * 10, .side = 32});
            for (const auto& frame : film.frames)
                if (frame.rgb.size() != static_cast<std::size_t>(3 * film.width * film.height)) __builtin_trap();
        }
        file.thumbnails(2, 16);
    } catch (const Error&) {
    }
    return 0;
}

std::vector<std::vector<std::uint8_t>> fuzz_seeds() {
    std::vector<std::vector<std::uint8_t>> seeds;
    for (const auto& kind : samples::film_kinds())
        if (auto bytes = samples::film({.codec = kind.codec, .container = kind.container, .width = 32, .height = 32,
                                        .frames = 5, .degrees = 90}))
            seeds.push_back(std::move(*bytes));
    seeds.push_back(samples::animated_webp(samples::gradient(20, 16), 40, 30, 4, 6, 5));
    return seeds;
}
