// Protects the Hugging Face image processor: where it crops and pads, what it does to a byte, and its bounds.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <limits>

#include "input/image_processor.h"
#include "input/resample.h"
#include "support/expect_error.h"

namespace perceiver::input {
namespace {

using Bytes = std::vector<std::uint8_t>;

/// Every pixel says where it is: red its column, green its row, blue 9.
Bytes places(std::int64_t width, std::int64_t height) {
    Bytes rgb;
    for (std::int64_t y = 0; y < height; ++y)
        for (std::int64_t x = 0; x < width; ++x)
            rgb.insert(rgb.end(), {static_cast<std::uint8_t>(x), static_cast<std::uint8_t>(y), 9});
    return rgb;
}

/// Crops `size` of every `crop` pixels and does nothing else.
ImageProcessorConfig only_crop(std::int64_t size, std::int64_t crop) {
    ImageProcessorConfig config;
    config.crop_height = config.crop_width = crop;
    config.height = config.width = size;
    config.do_resize = config.do_rescale = config.do_normalize = false;
    return config;
}

ProcessedImage process(const Bytes& rgb, std::int64_t width, std::int64_t height, const ImageProcessorConfig& config) {
    return process_image({rgb.data(), width, height}, config);
}

TEST(ImageProcessor, CropsTheMiddleOfEverySize) {
    for (std::int64_t width = 1; width < 40; ++width)
        for (std::int64_t height : {1, 2, 7, 16, 31, 90})
            for (const bool up : {false, true}) {
                ImageProcessorConfig config = only_crop(224, 256);
                config.crop_rounds_up = up;
                const auto out = process(places(width, height), width, height, config);
                const auto side = std::max<std::int64_t>(1, std::min(width, height) * 7 / 8);
                ASSERT_EQ(out.rows, side);
                ASSERT_EQ(out.cols, side);
                const std::int64_t y = (height - side + (up ? 1 : 0)) / 2, x = (width - side + (up ? 1 : 0)) / 2;
                EXPECT_EQ(out.crop.x, x);
                EXPECT_EQ(out.crop.y, y);
                EXPECT_EQ(out.crop.width, side);
                EXPECT_EQ(out.crop.height, side);
                for (std::int64_t r = 0; r < side; ++r)
                    for (std::int64_t c = 0; c < side; ++c) {
                        const auto* pixel = out.view.data() + 3 * (r * side + c);
                        ASSERT_EQ(pixel[0], x + c);
                        ASSERT_EQ(pixel[1], y + r);
                        ASSERT_EQ(pixel[2], 9);
                    }
            }
}

TEST(ImageProcessor, ACropLargerThanThePictureIsPaddedWithZeros) {
    // 2 of 1: a crop of twice the shorter side, here 8.
    const auto out = process(places(5, 4), 5, 4, only_crop(2, 1));
    EXPECT_EQ(out.rows, 8);
    EXPECT_EQ(out.crop.y, -2);
    EXPECT_EQ(out.crop.height, 8);
    // Three columns are missing, an odd number: the reference loses one.
    EXPECT_EQ(out.cols, 7);
    EXPECT_EQ(out.crop.x, -1);
    for (std::int64_t r = 0; r < out.rows; ++r)
        for (std::int64_t c = 0; c < out.cols; ++c) {
            const std::int64_t y = r - 2, x = c - 1;
            const bool inside = x >= 0 && x < 5 && y >= 0 && y < 4;
            EXPECT_EQ(out.view[static_cast<std::size_t>(3 * (r * out.cols + c) + 2)], inside ? 9 : 0) << r << ' ' << c;
        }
    ImageProcessorConfig up = only_crop(2, 1);
    up.crop_rounds_up = true;
    EXPECT_EQ(process(places(5, 4), 5, 4, up).cols, 8);
}

TEST(ImageProcessor, PadsOneAxisAndCropsTheOther) {
    ImageProcessorConfig config = only_crop(1, 1);
    config.height = 3;
    config.crop_width = 2;
    const auto out = process(places(8, 4), 8, 4, config);
    EXPECT_EQ(out.crop.y, -4);
    EXPECT_EQ(out.rows, 12);
    EXPECT_EQ(out.crop.x, 3);
    EXPECT_EQ(out.cols, 2);
    EXPECT_EQ(out.view[static_cast<std::size_t>(3 * (4 * out.cols))], 3);
}

TEST(ImageProcessor, RescalesInDoubleAndNormalisesInSingle) {
    ImageProcessorConfig config = only_crop(1, 1);
    Bytes rgb;
    for (int b = 0; b < 256; ++b) rgb.insert(rgb.end(), 3, static_cast<std::uint8_t>(b));
    config.do_center_crop = false;
    const auto value = [&](std::int64_t b, int c) {
        return process(rgb, 256, 1, config).data[static_cast<std::size_t>(3 * b + c)];
    };
    EXPECT_EQ(value(200, 1), 200);
    config.do_normalize = true;
    EXPECT_EQ(value(200, 1), (200.0f - 0.456f) / 0.224f);
    config.do_rescale = true;
    config.do_normalize = false;
    for (std::int64_t b = 0; b < 256; ++b) EXPECT_EQ(value(b, 2), static_cast<float>(double(b) * (1.0 / 255)));
    config.do_normalize = true;
    const float means[] = {0.485f, 0.456f, 0.406f}, deviations[] = {0.229f, 0.224f, 0.225f};
    for (std::int64_t b = 0; b < 256; ++b)
        for (int c = 0; c < 3; ++c)
            EXPECT_EQ(value(b, c), (static_cast<float>(double(b) * (1.0 / 255)) - means[c]) / deviations[c]);
}

TEST(ImageProcessor, EveryPictureComesOutAtTheSizeAskedFor) {
    for (const auto& [width, height] : {std::pair{1, 1}, {1, 300}, {300, 1}, {2, 3}, {224, 224}, {7, 90}}) {
        ImageProcessorConfig config;
        config.height = 20;
        const auto out = process(places(width, height), width, height, config);
        EXPECT_EQ(out.rows, 20);
        EXPECT_EQ(out.cols, 224);
        EXPECT_EQ(out.view.size(), std::size_t{20} * 224 * 3);
        EXPECT_EQ(out.data.size(), out.view.size());
    }
}

TEST(ImageProcessor, TheViewIsTheResampledCrop) {
    const Bytes rgb = places(90, 61);
    ImageProcessorConfig config;
    config.height = 20;
    config.width = 30;
    config.crop_height = 24;
    config.crop_width = 40;
    config.resample = ImageProcessorConfig::Resample::lanczos;
    const auto out = process(rgb, 90, 61, config);
    EXPECT_EQ(out.crop.height, 50);
    EXPECT_EQ(out.crop.width, 45);
    EXPECT_EQ(out.view, resample({rgb.data(), 90, 61}, out.crop, 20, 30, config.resample));
}

TEST(ImageProcessor, RefusesSettingsOutOfBoundsByName) {
    const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
    const std::pair<const char*, std::function<void(ImageProcessorConfig&)>> cases[] = {
        {"crop_size.height", [](auto& c) { c.crop_height = 0; }},
        {"crop_size.width", [](auto& c) { c.crop_width = -1; }},
        {"size.height", [](auto& c) { c.height = 16385; }},
        {"size.width", [](auto& c) { c.width = std::int64_t{1} << 62; }},
        {"rescale_factor", [&](auto& c) { c.rescale_factor = nan; }},
        {"rescale_factor", [](auto& c) { c.rescale_factor = 0; }},
        {"image_mean", [&](auto& c) { c.mean[1] = inf; }},
        {"image_std", [](auto& c) { c.std[2] = 0; }},
    };
    for (const auto& [name, spoil] : cases) {
        ImageProcessorConfig config;
        spoil(config);
        const auto failure = samples::failure_of([&] { validate(config); });
        EXPECT_EQ(failure.code, ErrorCode::unreadable_model);
        EXPECT_NE(failure.sentence.find(name), std::string::npos) << failure.sentence;
        EXPECT_THROW(process(places(4, 4), 4, 4, config), Error) << name;
    }
}

TEST(ImageProcessor, ACropOfBillionsOfPixelsIsRefusedBeforeItIsMade) {
    const Bytes rgb = places(200, 200);
    ImageProcessorConfig config;
    config.height = config.width = 16384;
    config.crop_height = config.crop_width = 1;
    for (const bool resize : {false, true}) {
        config.do_resize = resize;
        EXPECT_EQ(samples::failure_of([&] { process(rgb, 200, 200, config); }).code, ErrorCode::out_of_resources);
    }
    config = {};
    config.height = config.width = 16384;   // a crop of nothing unusual, but the result would take gigabytes
    config.crop_height = config.crop_width = 16384;
    EXPECT_EQ(samples::failure_of([&] { process(rgb, 200, 200, config); }).code, ErrorCode::out_of_resources);
}

TEST(ImageProcessor, StopsWhenCancelled) {
    const Bytes rgb = places(8, 8);
    CancelToken token;
    token.cancel();
    const auto failure = samples::failure_of([&] { process_image({rgb.data(), 8, 8}, {}, token); });
    EXPECT_EQ(failure.code, ErrorCode::cancelled);
}

}  // namespace
}  // namespace perceiver::input
