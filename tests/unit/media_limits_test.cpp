// Sizes are believed only after they have been compared with the limits.
#include <gtest/gtest.h>

#include "media/image.h"
#include "support/expect_error.h"
#include "support/media_samples.h"

namespace perceiver::media {
namespace {

using namespace samples;

class Claims : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(, Claims, testing::Values("JPEG", "PNG", "GIF", "BMP", "WebP", "TIFF"),
                         [](const auto& claim) { return claim.param; });

TEST_P(Claims, of_30000_by_30000_pixels_are_refused_from_the_header) {
    const auto failure = failure_of([&] { decode_image(claiming(GetParam(), 30'000, 30'000)); });
    EXPECT_EQ(failure.code, ErrorCode::out_of_resources);
    EXPECT_EQ(failure.sentence, "The picture is 30,000 x 30,000 pixels; the limit is 100,000,000 in all.");
}

TEST_P(Claims, within_the_limits_but_without_pixels_are_refused) {
    EXPECT_EQ(failure_of([&] { decode_image(claiming(GetParam(), 9'000, 9'000)); }).code,
              ErrorCode::unreadable_input);
}

TEST(ImageLimits, pictures_of_no_width_or_height_are_refused) {
    // Not WebP: it stores sizes less 1 and can't say 0.
    for (const std::string format : {"JPEG", "PNG", "GIF", "BMP", "TIFF"})
        for (const auto& [w, h] : {std::pair{0u, 5u}, {5u, 0u}, {0u, 0u}})
            EXPECT_EQ(failure_of([&, w = w, h = h] { decode_image(claiming(format, w, h)); }).code,
                      ErrorCode::unreadable_input)
                << format;
}

TEST(ImageLimits, of_a_side_and_of_pixels_are_named) {
    Limits limits;
    limits.side = 40;
    limits.pixels = 1'200;
    const auto sentence = [&](int w, int h) {
        return failure_of([&] { decode_image(png(gradient(w, h)), limits); }).sentence;
    };
    EXPECT_EQ(sentence(41, 2), "The picture is 41 x 2 pixels; the limit is 40 a side.");
    EXPECT_EQ(sentence(2, 41), "The picture is 2 x 41 pixels; the limit is 40 a side.");
    EXPECT_EQ(sentence(40, 31), "The picture is 40 x 31 pixels; the limit is 1,200 in all.");
    EXPECT_NO_THROW(decode_image(png(gradient(40, 30)), limits));
}

TEST(ImageLimits, hold_for_sizes_that_overflow) {
    for (const std::string format : {"PNG", "BMP", "TIFF"})
        for (const auto size : {0x7fffffffu, 0x80000000u, 0xffffffffu}) {
            const auto code = failure_of([&] { decode_image(claiming(format, size, size)); }).code;
            EXPECT_TRUE(code == ErrorCode::out_of_resources || code == ErrorCode::unreadable_input)
                << format << " " << size;
        }
}

TEST(ImageLimits, hold_for_the_stream_inside_a_webp) {
    // The canvas claims 20 x 20, the stream within is larger: no decoder gets to see it.
    auto bytes = webp_with_exif(webp(gradient(64, 64)), 20, 20, exif(1, true));
    EXPECT_EQ(failure_of([&] { decode_image(bytes); }).sentence, "The WebP is damaged.");
    bytes = animated_webp(gradient(64, 64), 20, 20, 0, 0, 1);
    EXPECT_EQ(failure_of([&] { decode_image(bytes); }).sentence, "The WebP is damaged.");
}

}  // namespace
}  // namespace perceiver::media
