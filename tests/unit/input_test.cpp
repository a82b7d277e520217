// Protects the input room: Fourier features against their formula, tokens and layout, pictures brought to size, the
// permutation's promises.
#include <ATen/TensorOperators.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <numeric>
#include <set>

#include "base/error.h"
#include "input/encoder.h"
#include "input/image_input.h"
#include "input/image_processor.h"
#include "support/tiny_model.h"

namespace perceiver::input {
namespace {

PositionConfig fourier(std::int64_t bands, double rows, double cols) {
    PositionConfig p;
    p.num_bands = bands;
    p.max_resolution = {rows, cols};
    return p;
}

/// A picture's input array.
InputArrayPtr encoded(const at::Tensor& picture, const PositionConfig& position) {
    InputConfig config;
    config.position = position;
    return Encoder(config, {}, 1e-5).encode({{"", picture}});
}

TEST(FourierFeatures, EqualTheFormulaChannelByChannel) {
    const std::int64_t rows = 5, cols = 8, bands = 3;
    const PositionConfig p = fourier(bands, 20, 14);
    const PositionTables tables = fourier_tables(std::vector{rows, cols}, p);
    ASSERT_EQ(tables.rows.size(1), p.features(2));
    for (std::int64_t r = 0; r < rows; ++r)
        for (std::int64_t c = 0; c < cols; ++c) {
            const double x[2] = {-1 + 2 * double(r) / double(rows - 1), -1 + 2 * double(c) / double(cols - 1)};
            const at::Tensor got = tables.rows[r] + tables.cols[c];
            const auto channel = [&](std::int64_t i) { return double(got[i].item<float>()); };
            for (int axis = 0; axis < 2; ++axis) {
                EXPECT_NEAR(channel(axis), x[axis], 1e-6);
                for (std::int64_t k = 0; k < bands; ++k) {
                    const double top = p.max_resolution[static_cast<std::size_t>(axis)] / 2;
                    const double f = 1 + (top - 1) * double(k) / double(bands - 1);
                    EXPECT_NEAR(channel(2 + axis * bands + k), std::sin(std::numbers::pi * f * x[axis]), 1e-6);
                    EXPECT_NEAR(channel(2 + 2 * bands + axis * bands + k), std::cos(std::numbers::pi * f * x[axis]),
                                1e-6);
                }
            }
        }
}

TEST(FourierFeatures, OptionsDropTheirChannels) {
    PositionConfig p = fourier(4, 8, 8);
    EXPECT_EQ(p.features(2), 2 * (1 + 2 * 4));
    p.concat_position = false;
    EXPECT_EQ(fourier_tables(std::vector<std::int64_t>{3, 3}, p).rows.size(1), 16);
    p.sine_only = true;
    EXPECT_EQ(fourier_tables(std::vector<std::int64_t>{3, 3}, p).rows.size(1), 8);
}

TEST(FourierFeatures, ASinglePlaceLiesAtMinusOne) {
    EXPECT_EQ(grid_axis(1).item<double>(), -1);
}

TEST(InputArray, ATokenIsItsDataThenItsPosition) {
    const auto data = test::random_picture(6, 4);
    const auto input = encoded(data, fourier(3, 6, 4));
    const at::Tensor tokens = input->tokens();
    EXPECT_EQ(tokens.size(1), 3 + 2 * 7);
    EXPECT_EQ(test::largest_difference(tokens.narrow(1, 0, 3), data.view({24, 3})), 0);
    const PositionTables tables = fourier_tables(std::vector<std::int64_t>{6, 4}, fourier(3, 6, 4));
    EXPECT_EQ(test::largest_difference(tokens[4 * 2 + 3].narrow(0, 3, 14), tables.rows[2] + tables.cols[3]), 0);
}

TEST(InputArray, NormalizedTokensHaveNoMeanAndUnitVariance) {
    const auto input = encoded(test::random_picture(6, 6), fourier(4, 6, 6));
    EXPECT_LT(input->normalized().mean(1).abs().max().item<float>(), 1e-6);
    EXPECT_NEAR(input->normalized().square().mean(1).min().item<float>(), 1, 1e-3);
    EXPECT_EQ(test::largest_difference(input->normalized(7, 11), input->normalized().narrow(0, 7, 11)), 0);
}

TEST(Permutation, IsAPermutationAndTheSeedAloneDecidesIt) {
    for (std::int64_t n : {1, 2, 7, 1024}) {
        const auto order = permutation(n, 5);
        EXPECT_EQ(std::set<std::int64_t>(order.begin(), order.end()).size(), static_cast<std::size_t>(n));
        EXPECT_EQ(*std::max_element(order.begin(), order.end()), n - 1);
        EXPECT_EQ(order, permutation(n, 5));
    }
    EXPECT_NE(permutation(100, 1), permutation(100, 2));
    // Written down: a seed shown in a lecture must mean the same shuffle on every machine and in every version.
    EXPECT_EQ(permutation(8, 7), (std::vector<std::int64_t>{1, 4, 5, 2, 6, 0, 3, 7}));
}

TEST(Permutation, TravelMovesWholeTokensStayMovesDataAlone) {
    const auto input = encoded(test::random_picture(4, 5), fourier(2, 4, 5));
    const auto order = permutation(20, 3);
    const auto travel = permuted(*input, order, true), stay = permuted(*input, order, false);
    const at::Tensor before = input->tokens(), with = travel->tokens(), without = stay->tokens();
    for (std::int64_t i = 0; i < 20; ++i) {
        const std::int64_t from = order[static_cast<std::size_t>(i)];
        EXPECT_EQ(test::largest_difference(with[i], before[from]), 0);
        EXPECT_EQ(test::largest_difference(without[i].narrow(0, 0, 3), before[from].narrow(0, 0, 3)), 0);
        EXPECT_EQ(test::largest_difference(without[i].narrow(0, 3, 10), before[i].narrow(0, 3, 10)), 0);
    }
    EXPECT_FALSE(travel->separable()) << "a permuted array must offer no shortcut";
    EXPECT_FALSE(stay->separable());
    EXPECT_THROW(permuted(*travel, order, true), Error);
}

std::vector<std::uint8_t> gradient(std::int64_t width, std::int64_t height) {
    std::vector<std::uint8_t> rgb;
    for (std::int64_t y = 0; y < height; ++y)
        for (std::int64_t x = 0; x < width; ++x)
            for (std::int64_t v : {255 * x / std::max<std::int64_t>(1, width - 1),
                                   255 * y / std::max<std::int64_t>(1, height - 1), std::int64_t{128}})
                rgb.push_back(static_cast<std::uint8_t>(v));
    return rgb;
}

ImageConfig config(std::int64_t side) {
    ImageConfig c;
    c.height = c.width = side;
    return c;
}

TEST(ImageInput, APictureOfTheModelsSizeIsTakenAsItIs) {
    const auto rgb = gradient(16, 16);
    ImageConfig c = config(16);
    c.mean = {0.5, 0.25, 0.1};
    c.std = {0.5, 0.2, 0.3};
    const auto out = encode_image({rgb.data(), 16, 16}, c);
    EXPECT_EQ(out.view, rgb);
    for (std::size_t i = 0; i < rgb.size(); ++i)
        EXPECT_NEAR(out.data.data_ptr<float>()[i], (rgb[i] / 255.0 - c.mean[i % 3]) / c.std[i % 3], 1e-5);
}

TEST(ImageInput, CentreCropKeepsTheMiddleSquareAndSquashKeepsAll) {
    const auto rgb = gradient(60, 20);
    const auto cropped = encode_image({rgb.data(), 60, 20}, config(10));
    EXPECT_EQ(cropped.crop_x, 20);
    EXPECT_EQ(cropped.crop_width, 20);
    EXPECT_EQ(cropped.crop_height, 20);
    EXPECT_GT(cropped.view[0], 80) << "the left third is cut off";
    ImageConfig squash = config(10);
    squash.fit = ImageConfig::Fit::squash;
    const auto squashed = encode_image({rgb.data(), 60, 20}, squash);
    EXPECT_EQ(squashed.crop_width, 60);
    EXPECT_LT(squashed.view[0], 20);
}

TEST(ImageInput, AReducedPictureKeepsItsMeanAtEverySize) {
    // Shrinking must average, not pick: the mean of a picture survives every resampling, the large ones' short cut too.
    for (std::int64_t side : {9, 40, 333, 1500}) {
        std::vector<std::uint8_t> rgb(static_cast<std::size_t>(side * side * 3));
        for (std::size_t i = 0; i < rgb.size(); ++i) rgb[i] = static_cast<std::uint8_t>((i * 2654435761u) >> 24);
        const double mean = std::accumulate(rgb.begin(), rgb.end(), 0.0) / double(rgb.size()) / 255;
        const auto out = encode_image({rgb.data(), side, side}, config(8));
        EXPECT_NEAR(out.data.mean().item<double>(), mean, side < 16 ? 0.05 : 0.02) << side;
    }
}

TEST(ImageInput, ExtremeShapesAreServed) {
    for (auto [width, height] : {std::pair{1, 1}, {1, 500}, {500, 1}, {3, 2000}}) {
        const auto rgb = gradient(width, height);
        const auto out = encode_image({rgb.data(), width, height}, config(8));
        EXPECT_EQ(out.data.size(0), 64);
        EXPECT_TRUE(std::isfinite(out.data.sum().item<float>()));
    }
}

TEST(ImageInput, AModelWithoutASizeIsRefusedInWords) {
    const auto rgb = gradient(4, 4);
    EXPECT_THROW(encode_image({rgb.data(), 4, 4}, ImageConfig()), Error);
}

TEST(ImageInput, AModelsImageProcessorDoesItAllAlone) {
    const auto rgb = gradient(60, 41);
    ImageConfig c = config(7);   // neither this size nor these numbers count
    c.mean = {9, 9, 9};
    c.processor.emplace();
    c.processor->height = 20;
    const auto out = encode_image({rgb.data(), 60, 41}, c);
    const auto want = process_image({rgb.data(), 60, 41}, *c.processor);
    EXPECT_EQ(out.rows, 20);
    EXPECT_EQ(out.cols, 224);
    EXPECT_EQ(out.view, want.view);
    ASSERT_EQ(out.data.sizes(), (std::vector<std::int64_t>{20 * 224, 3}));
    EXPECT_TRUE(std::equal(want.data.begin(), want.data.end(), out.data.data_ptr<float>()));
    EXPECT_EQ(out.crop_x, double(want.crop.x));
    EXPECT_EQ(out.crop_height, double(want.crop.height));
    c.channels = 4;
    EXPECT_THROW(encode_image({rgb.data(), 60, 41}, c), Error);
}

TEST(BoxReduce, AveragesWholeBlocksAndTheRest) {
    const std::vector<std::uint8_t> rgb{0, 0, 0, 100, 100, 100, 50, 50, 50, 20, 20, 20, 40, 40, 40, 60, 60, 60};
    std::int64_t width = 0, height = 0;
    const auto out = box_reduce({rgb.data(), 3, 2}, 2, width, height);
    EXPECT_EQ(width, 2);
    EXPECT_EQ(height, 1);
    EXPECT_EQ(out, (std::vector<std::uint8_t>{40, 40, 40, 55, 55, 55}));
}

}  // namespace
}  // namespace perceiver::input
