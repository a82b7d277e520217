// The published image processor: every recorded picture and setting, to the last bit.
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "input/image_processor.h"
#include "weights/preprocessor_config.h"
#include "weights/safetensors.h"

namespace perceiver {
namespace {

namespace fs = std::filesystem;
using weights::Safetensors;
using weights::TensorView;

/// [3, rows, cols] of a file against what the processor gives, [rows*cols, 3].
void expect_same(const TensorView& want, const input::ProcessedImage& got, const std::string& name) {
    ASSERT_EQ(want.shape, (std::vector<std::int64_t>{3, got.rows, got.cols})) << name;
    const auto values = want.to_floats();
    const std::size_t places = got.data.size() / 3;
    std::size_t different = 0;
    for (std::size_t i = 0; i < places; ++i)
        for (std::size_t c = 0; c < 3; ++c) different += got.data[3 * i + c] != values[c * places + i];
    EXPECT_EQ(different, 0u) << name << ": values of " << values.size() << " that are not the same number";
}

TEST(GoldenImageProcessor, EveryPictureIsMatchedToTheLastBit) {
    const fs::path folder = fs::path(PERCEIVERSCOPE_GOLDEN) / "hf_image_processor";
    if (!fs::exists(folder)) GTEST_SKIP() << "golden fixtures are not at " << PERCEIVERSCOPE_GOLDEN;
    std::ifstream text(folder / "fixture.json");
    const auto settings = nlohmann::json::parse(text).at("options").at("preprocessor");
    const Safetensors inputs = weights::read_safetensors(folder / "inputs.safetensors");
    const Safetensors expected = weights::read_safetensors(folder / "expected.safetensors");
    EXPECT_EQ(settings.size(), expected.tensors.size()) << "something is recorded, but nothing compares it";
    for (const auto& item : settings.items()) {
        const TensorView& picture = inputs.tensors.at("image." + item.key());
        ASSERT_EQ(picture.shape.size(), 3u);
        const auto config = weights::image_processor_from_json(item.value().dump());
        const auto got = input::process_image({picture.bytes.data(), picture.shape[1], picture.shape[0]}, config);
        expect_same(expected.tensors.at("pixel_values." + item.key()), got, item.key());
    }
}

}  // namespace
}  // namespace perceiver
