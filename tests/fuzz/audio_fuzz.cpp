// The bytes as a sound: opened, a piece read at another rate, one sought, and the outline of a moment of it.
#include "base/error.h"
#include "fuzz/fuzz.h"
#include "media/audio.h"
#include "support/av_samples.h"

using namespace perceiver;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > 1 << 16) return 0;
    Limits limits;
    limits.seconds = 5;
    limits.decoded_bytes = 4 << 20;
    limits.pixels = 1 << 16;
    try {
        media::AudioFile file(media::Source(std::vector<std::uint8_t>(data, data + size)), limits);
        for (const double start : {0.0, 6.0}) {
            const auto sound = file.read(start, 0.5, 16'000, 1);
            if (sound.frames() > 8'000) __builtin_trap();
            for (const float sample : sound.samples)
                if (!(sample >= -1 && sample <= 1)) __builtin_trap();
        }
        if (file.overview(16).bins.size() > 16) __builtin_trap();
    } catch (const Error&) {
    }
    return 0;
}

std::vector<std::vector<std::uint8_t>> fuzz_seeds() {
    std::vector<std::vector<std::uint8_t>> seeds;
    const auto signal = samples::sweep(8'000, 2, 0.3);
    for (const int bits : {8, 16, 24, 32}) seeds.push_back(samples::wav(signal, bits));
    seeds.push_back(samples::wav(signal, 32, true));
    seeds.push_back(samples::aiff(signal, 16));
    for (const auto& kind : samples::sound_kinds())
        if (auto bytes = samples::coded_sound(samples::sweep(48'000, 1, 0.3), kind.codec, kind.container))
            seeds.push_back(std::move(*bytes));
    return seeds;
}
