// The bytes as a preprocessor_config.json; whatever is accepted brings a small picture to its size or says why not.
#include <string>

#include "base/error.h"
#include "fuzz/fuzz.h"
#include "input/image_processor.h"
#include "weights/preprocessor_config.h"

using namespace perceiver;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        const auto config = weights::image_processor_from_json({reinterpret_cast<const char*>(data), size});
        if (config.height * config.width > 1 << 16) return 0;   // correct, and slow
        const std::vector<std::uint8_t> rgb(std::size_t{3} * 7 * 5, 200);
        const auto image = input::process_image({rgb.data(), 7, 5}, config);
        if (image.data.size() != static_cast<std::size_t>(image.rows * image.cols * 3)) __builtin_trap();
        if (image.view.size() != image.data.size()) __builtin_trap();
    } catch (const Error&) {
    }
    return 0;
}

std::vector<std::vector<std::uint8_t>> fuzz_seeds() {
    const std::string texts[] = {
        R"({"do_center_crop": true, "crop_size": {"height": 32, "width": 32}, "do_resize": true, "resample": 3,
            "size": {"height": 28, "width": 20}, "do_rescale": true, "rescale_factor": 0.00392156862745098,
            "do_normalize": true, "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225],
            "image_processor_type": "PerceiverImageProcessor"})",
        R"({"crop_size": 9, "size": 28, "resample": 1, "image_mean": 0.5, "image_std": 1,
            "feature_extractor_type": "PerceiverFeatureExtractor"})",
        R"({"do_resize": false, "do_center_crop": false, "do_normalize": false, "size": [3, 4], "resample": 0})"};
    std::vector<std::vector<std::uint8_t>> seeds;
    for (const auto& text : texts) seeds.emplace_back(text.begin(), text.end());
    return seeds;
}
