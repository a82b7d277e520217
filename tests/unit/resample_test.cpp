// Protects the resampling of published image processors: the bytes Pillow gives, on every filter, size and part of a
// picture.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <random>

#include "input/resample.h"

namespace perceiver::input {
namespace {

using Filter = ImageProcessorConfig::Resample;
using Bytes = std::vector<std::uint8_t>;
constexpr Filter every_filter[] = {Filter::nearest, Filter::lanczos, Filter::bilinear,
                                   Filter::bicubic, Filter::box,     Filter::hamming};

Bytes noise(std::int64_t width, std::int64_t height, unsigned seed) {
    std::mt19937 random(seed);
    Bytes rgb(static_cast<std::size_t>(width * height * 3));
    for (auto& b : rgb) b = static_cast<std::uint8_t>(random() % 3 ? random() : random() % 2 * 255);
    return rgb;
}
Bytes grey_row(const Bytes& row) {
    Bytes rgb;
    for (auto v : row) rgb.insert(rgb.end(), 3, v);
    return rgb;
}
PixelBox whole(std::int64_t width, std::int64_t height) { return {0, 0, width, height}; }

/// The filters' definitions, written down once more. `d` in pixels of the larger spacing.
double weight(Filter filter, double d) {
    const auto sinc = [](double x) { return x == 0 ? 1.0 : std::sin(std::numbers::pi * x) / (std::numbers::pi * x); };
    const double a = std::abs(d);
    switch (filter) {
        case Filter::lanczos: return a < 3 ? sinc(a) * sinc(a / 3) : 0;
        case Filter::bilinear: return std::max(0.0, 1 - a);
        case Filter::bicubic:
            return a < 1 ? 1.5 * a * a * a - 2.5 * a * a + 1 : a < 2 ? -0.5 * a * a * a + 2.5 * a * a - 4 * a + 2 : 0;
        default: return a < 1 ? sinc(a) * (0.54 + 0.46 * std::cos(std::numbers::pi * a)) : 0;   // hamming
    }
}
double reach(Filter filter) { return filter == Filter::lanczos ? 3 : filter == Filter::bicubic ? 2 : 1; }

/// Pixel `i` of an axis of `from` pixels brought to `to`, unrounded, in float64.
double exact(const std::function<double(std::int64_t)>& pixel, std::int64_t from, std::int64_t to, std::int64_t i,
             Filter filter) {
    const double scale = double(from) / double(to), spread = std::max(1.0, scale), middle = (double(i) + 0.5) * scale;
    double sum = 0, total = 0;
    for (std::int64_t p = 0; p < from; ++p) {
        const double distance = double(p) + 0.5 - middle;
        if (std::abs(distance) > reach(filter) * spread + 1) continue;
        const double w = weight(filter, distance / spread);
        sum += w * pixel(p);
        total += w;
    }
    return sum / total;
}
/// A byte is right when it is the rounded value, or one of the two neighbours of a value in the middle between them.
bool rounds_to(double value, std::uint8_t byte) {
    return std::abs(std::clamp(value, 0.0, 255.0) - byte) <= 0.5 + 1e-3;
}

TEST(Resample, IsTheFiltersDefinition) {
    // Not the box: its edges fall on the middles of pixels, where the last bit of a double decides.
    constexpr Filter filters[] = {Filter::lanczos, Filter::bilinear, Filter::bicubic, Filter::hamming};
    std::mt19937 random(3);
    for (int round = 0; round < 60; ++round) {
        const auto size = [&](unsigned most) { return static_cast<std::int64_t>(1 + random() % most); };
        const Filter filter = filters[random() % 4];
        const std::int64_t width = size(70), height = size(5), cols = size(50);
        const Bytes rgb = noise(width, height, random());
        const Bytes got = resample({rgb.data(), width, height}, whole(width, height), height, cols, filter);
        for (std::int64_t y = 0; y < height; ++y)
            for (std::int64_t x = 0; x < cols; ++x)
                for (std::int64_t c = 0; c < 3; ++c) {
                    const auto pixel = [&](std::int64_t p) {
                        return double(rgb[static_cast<std::size_t>((y * width + p) * 3 + c)]);
                    };
                    ASSERT_TRUE(rounds_to(exact(pixel, width, cols, x, filter),
                                          got[static_cast<std::size_t>((y * cols + x) * 3 + c)]))
                        << width << " to " << cols << ", pixel " << x << ", filter " << int(filter);
                }
    }
}

Bytes transposed(const Bytes& rgb, std::int64_t width, std::int64_t height) {
    Bytes out(rgb.size());
    for (std::int64_t y = 0; y < height; ++y)
        for (std::int64_t x = 0; x < width; ++x)
            std::copy_n(rgb.data() + 3 * (y * width + x), 3, out.data() + 3 * (x * height + y));
    return out;
}

TEST(Resample, ColumnsAreTreatedAsRowsAreAndTheRowsFirst) {
    std::mt19937 random(4);
    for (int round = 0; round < 60; ++round) {
        const auto size = [&] { return static_cast<std::int64_t>(1 + random() % 40); };
        const Filter filter = every_filter[random() % 6];
        const std::int64_t width = size(), height = size(), cols = size(), rows = size();
        const Bytes rgb = noise(width, height, random()), turned = transposed(rgb, width, height);
        const Bytes narrowed = resample({rgb.data(), width, height}, whole(width, height), height, cols, filter);
        const Bytes both = resample({rgb.data(), width, height}, whole(width, height), rows, cols, filter);
        EXPECT_EQ(both, resample({narrowed.data(), cols, height}, whole(cols, height), rows, cols, filter));
        EXPECT_EQ(narrowed, transposed(resample({turned.data(), height, width}, whole(height, width), cols, height,
                                                filter), height, cols));
    }
}

TEST(Resample, APartOfAPictureIsLikeAPictureOfItsOwn) {
    const Bytes rgb = noise(37, 29, 5);
    const PixelBox box{6, 3, 20, 25};
    Bytes alone;
    for (std::int64_t y = 0; y < box.height; ++y) {
        const auto* row = rgb.data() + 3 * ((box.y + y) * 37 + box.x);
        alone.insert(alone.end(), row, row + 3 * box.width);
    }
    for (const Filter filter : every_filter)
        EXPECT_EQ(resample({rgb.data(), 37, 29}, box, 11, 13, filter),
                  resample({alone.data(), box.width, box.height}, whole(box.width, box.height), 11, 13, filter));
}

TEST(Resample, TheSameSizeIsACopyAndOneColourStaysOneColour) {
    for (const Filter filter : every_filter) {
        const Bytes rgb = noise(23, 17, 6);
        EXPECT_EQ(resample({rgb.data(), 23, 17}, whole(23, 17), 17, 23, filter), rgb) << int(filter);
        for (const std::uint8_t colour : {0, 1, 127, 254, 255}) {
            const Bytes flat(std::size_t{3} * 41 * 30, colour);
            for (const auto& [rows, cols] : {std::pair{1, 1}, {7, 64}, {90, 5}})
                EXPECT_EQ(resample({flat.data(), 41, 30}, whole(41, 30), rows, cols, filter),
                          Bytes(static_cast<std::size_t>(rows * cols * 3), colour));
        }
    }
}

TEST(Resample, RowsOfOneOrAFewPixelsAreThoseOfPillow) {
    // Written by Pillow 9.4.0.
    struct Case {
        Filter filter;
        Bytes three, eleven;
    };
    const Case cases[] = {
        {Filter::nearest, {255, 200, 90}, {0, 0, 255, 10, 10, 200, 30, 30, 90, 250, 250}},
        {Filter::lanczos, {115, 101, 140}, {0, 128, 252, 59, 53, 200, 105, 7, 72, 195, 255}},
        {Filter::bilinear, {111, 112, 134}, {0, 116, 233, 77, 79, 200, 92, 46, 85, 177, 250}},
        {Filter::bicubic, {113, 103, 140}, {0, 119, 250, 59, 62, 200, 90, 27, 80, 187, 255}},
        {Filter::box, {128, 80, 170}, {0, 0, 255, 10, 10, 200, 30, 30, 90, 250, 250}},
        {Filter::hamming, {126, 114, 144}, {0, 101, 253, 34, 51, 200, 66, 36, 89, 187, 250}},
    };
    const Bytes rgb = grey_row({0, 255, 10, 200, 30, 90, 250});
    for (const auto& c : cases) {
        EXPECT_EQ(resample({rgb.data(), 7, 1}, whole(7, 1), 1, 3, c.filter), grey_row(c.three)) << int(c.filter);
        EXPECT_EQ(resample({rgb.data(), 7, 1}, whole(7, 1), 1, 11, c.filter), grey_row(c.eleven)) << int(c.filter);
        const Bytes one = resample({rgb.data() + 3, 1, 1}, whole(1, 1), 4, 5, c.filter);
        EXPECT_EQ(one, Bytes(60, 255)) << int(c.filter);
    }
}

TEST(Resample, StopsWhenCancelled) {
    const Bytes rgb = noise(8, 8, 7);
    CancelToken token;
    token.cancel();
    for (const Filter filter : {Filter::nearest, Filter::bicubic})
        EXPECT_THROW(resample({rgb.data(), 8, 8}, whole(8, 8), 4, 4, filter, token), Error);
}

}  // namespace
}  // namespace perceiver::input
