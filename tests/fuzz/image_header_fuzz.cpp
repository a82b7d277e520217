#include "base/error.h"
#include "fuzz/fuzz.h"
#include "media/image_header.h"
#include "support/media_samples.h"

using namespace perceiver;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        const auto header = media::read_image_header({data, size});
        if (header.width <= 0 || header.height <= 0 || header.orientation < 1 || header.orientation > 8)
            __builtin_trap();
        if (header.format == "WebP") media::first_webp_frame({data, size});
        media::check_size(header.width, header.height, {});
    } catch (const Error&) {
    }
    media::exif_orientation({data, size});
    return 0;
}

std::vector<std::vector<std::uint8_t>> fuzz_seeds() {
    std::vector<std::vector<std::uint8_t>> seeds;
    for (auto& file : samples::pictures_of_every_kind()) seeds.push_back(std::move(file.bytes));
    for (const char* format : {"JPEG", "PNG", "GIF", "BMP", "WebP", "TIFF"})
        seeds.push_back(samples::claiming(format, 30'000, 30'000));
    seeds.push_back(samples::exif(6, true));
    seeds.push_back(
        samples::tiff(4, 4, samples::ByteVector(48), {.pages = 3, .big_endian = true, .big_tiff = true}));
    return seeds;
}
