// The bytes as a cloud or mesh of whichever kind they look like, and LZF by itself.
#include <cmath>

#include "base/error.h"
#include "fuzz/fuzz.h"
#include "media/point_readers.h"
#include "support/point_samples.h"

using namespace perceiver;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    Limits limits;
    limits.points = 1 << 14;
    limits.decoded_bytes = 1 << 20;
    try {
        const auto cloud = media::read_points({data, size}, limits);
        const auto count = static_cast<std::size_t>(cloud.points());
        if (count == 0 || (!cloud.rgb.empty() && cloud.rgb.size() != 3 * count) ||
            (!cloud.normals.empty() && cloud.normals.size() != 3 * count))
            __builtin_trap();
        for (const float place : cloud.xyz)
            if (!std::isfinite(place)) __builtin_trap();
        for (const auto corner : cloud.faces)
            if (corner >= count) __builtin_trap();
        media::subsample(cloud, 5, 1);
        if (!cloud.faces.empty()) media::sample_surface(cloud, 5, 1, limits);
    } catch (const Error&) {
    }
    try {
        media::unpack_lzf({data + 1, size - 1}, data[0]);
    } catch (const Error&) {
    }
    return 0;
}

std::vector<std::vector<std::uint8_t>> fuzz_seeds() {
    std::vector<std::vector<std::uint8_t>> seeds;
    for (auto& file : samples::points_of_every_kind()) seeds.push_back(std::move(file.bytes));
    return seeds;
}
