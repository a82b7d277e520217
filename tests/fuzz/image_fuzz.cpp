#include "base/error.h"
#include "fuzz/fuzz.h"
#include "media/image.h"
#include "support/media_samples.h"

using namespace perceiver;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Limits limits;
    limits.pixels = 1 << 16;  // speed
    try {
        const auto image = media::decode_image({data, size}, limits);
        if (image.rgb.size() != static_cast<std::size_t>(3 * image.width * image.height) || image.rgb.empty())
            __builtin_trap();
    } catch (const Error&) {
    }
    return 0;
}

std::vector<std::vector<std::uint8_t>> fuzz_seeds() {
    std::vector<std::vector<std::uint8_t>> seeds;
    for (auto& file : samples::pictures_of_every_kind()) seeds.push_back(std::move(file.bytes));
    return seeds;
}
