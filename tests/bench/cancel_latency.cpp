// ps_cancel_bench FILE...: how long after a cancel each file's decoder stops. Every file is decoded whole
// once, then again and again, cancelled at a random moment each time; the worst waits are said.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>
#include <thread>

#include "base/error.h"
#include "media/audio.h"
#include "media/image.h"
#include "media/kind.h"
#include "media/points.h"
#include "media/video.h"

using namespace perceiver;
using Clock = std::chrono::steady_clock;

namespace {

double milliseconds(Clock::duration time) { return std::chrono::duration<double, std::milli>(time).count(); }

/// What the program does with a file before a model reads it.
void decode(const std::string& path, const CancelToken& cancel) {
    const Limits limits;
    const media::Source source{std::filesystem::path(path)};
    switch (media::kind_of(source, limits, cancel)) {
        case media::MediaKind::image:
            media::decode_image(source.head(source.size(), cancel), limits, cancel);
            break;
        case media::MediaKind::audio: {
            media::AudioFile sound(source, limits, cancel);
            sound.overview(1000, {}, cancel);
            break;
        }
        case media::MediaKind::video: {
            media::VideoFile film(source, limits, cancel);
            film.frames({.start = 0, .count = 100}, cancel);
            break;
        }
        case media::MediaKind::points:
            media::read_points(source.head(source.size(), cancel), limits, cancel,
                               std::filesystem::path(path).parent_path());
            break;
        case media::MediaKind::unknown:
            break;
    }
}

/// Milliseconds from the cancel to the end of the work.
double wait_after_cancel(const std::string& path, double at) {
    const CancelToken cancel;
    Clock::time_point told;
    std::thread canceller([&] {
        std::this_thread::sleep_for(std::chrono::duration<double, std::milli>(at));
        told = Clock::now();
        cancel.cancel();
    });
    try {
        decode(path, cancel);
    } catch (const Error&) {
    }
    const auto end = Clock::now();
    canceller.join();
    return std::max(0.0, milliseconds(end - told));
}

}  // namespace

int main(int count, char** arguments) {
    constexpr int times = 10;
    std::mt19937 random(1);
    std::printf("%10s %10s %10s  file\n", "whole ms", "median ms", "worst ms");
    for (int i = 1; i < count; ++i) {
        const std::string path = arguments[i];
        const auto begin = Clock::now();
        try {
            decode(path, {});
        } catch (const Error& error) {
            std::printf("%s: %s\n", path.c_str(), error.sentence());
        }
        const double whole = milliseconds(Clock::now() - begin);
        std::vector<double> waits;
        for (int k = 0; k < times; ++k)
            waits.push_back(
                wait_after_cancel(path, std::uniform_real_distribution(0.0, 0.95 * whole)(random)));
        std::ranges::sort(waits);
        std::printf("%10.1f %10.1f %10.1f  %s\n", whole, waits[waits.size() / 2], waits.back(), path.c_str());
        std::fflush(stdout);
    }
}
