// Protects what training sees: changed pictures are the same pictures, and every random number can be had
// again.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "support/split_samples.h"
#include "train/augment.h"

namespace perceiver::train {
namespace {

constexpr std::int64_t rows = 9, cols = 14, size = 3 * rows * cols;

input::ImageConfig image() {
    input::ImageConfig c;
    c.height = rows;
    c.width = cols;
    c.mean = {0.5, 0.4, 0.3};
    c.std = {0.2, 0.25, 0.3};
    return c;
}
std::vector<float> seen(std::span<const std::uint8_t> picture, const Change& change = {}) {
    std::vector<float> out(size);
    normalise({picture.data(), cols, rows}, image(), change, out.data());
    return out;
}
/// Rows of pixels, left and right exchanged.
std::vector<std::uint8_t> mirrored(std::span<const std::uint8_t> picture) {
    std::vector<std::uint8_t> out(picture.size());
    for (std::int64_t r = 0; r < rows; ++r)
        for (std::int64_t c = 0; c < cols; ++c)
            std::copy_n(picture.begin() + (r * cols + c) * 3, 3, out.begin() + (r * cols + cols - 1 - c) * 3);
    return out;
}
float at(const std::vector<float>& picture, std::int64_t k, std::int64_t r, std::int64_t c) {
    return picture[std::size_t((k * rows + r) * cols + c)];
}

const samples::OwnedSplit& data() {
    static const samples::OwnedSplit split(4, rows, cols);
    return split;
}

TEST(TrainAugment, MirroringIsExactAndMirroringTwiceChangesNothing) {
    const auto picture = data().split.picture(1);
    EXPECT_EQ(seen(picture, {true, 0, 0, 0, 1}), seen(mirrored(picture)));
    EXPECT_EQ(seen(mirrored(picture), {true, 0, 0, 0, 1}), seen(picture));
}

TEST(TrainAugment, AShiftMovesPixelsAndReflectsTheBorder) {
    const auto still = seen(data().split.picture(2));
    for (const auto& [down, right] : {std::pair<std::int64_t, std::int64_t>{3, -2}, {-4, 4}, {0, 1}}) {
        const auto moved = seen(data().split.picture(2), {false, down, right, 0, 1});
        for (std::int64_t k = 0; k < 3; ++k)
            for (std::int64_t r = 0; r < rows; ++r)
                for (std::int64_t c = 0; c < cols; ++c) {
                    const auto from = [](std::int64_t i, std::int64_t n) {
                        return i < 0 ? -i : i >= n ? 2 * n - 2 - i : i;
                    };
                    EXPECT_EQ(at(moved, k, r, c), at(still, k, from(r - down, rows), from(c - right, cols)));
                }
    }
}

TEST(TrainAugment, ChangesStayWithinWhatTheRecipeAllows) {
    const Augment all{true, 4, 0.1, 0.2};
    std::set<std::int64_t> shifts;
    int mirrors = 0;
    double darkest = 1, brightest = -1;
    for (std::uint64_t i = 0; i < 4000; ++i) {
        Draws draws(3, 2, i);
        const Change c = draw(all, draws);
        EXPECT_LE(std::abs(c.down), 4);
        EXPECT_LE(std::abs(c.right), 4);
        EXPECT_LE(std::abs(c.brightness), 0.1);
        EXPECT_LE(std::abs(c.contrast - 1), 0.2);
        shifts.insert(c.down);
        mirrors += c.mirror;
        darkest = std::min(darkest, c.brightness);
        brightest = std::max(brightest, c.brightness);
        Draws none(3, 2, i);
        const Change still = draw({}, none);
        EXPECT_FALSE(still.mirror || still.down || still.right || still.brightness != 0 ||
                     still.contrast != 1);
    }
    EXPECT_EQ(shifts.size(), 9u);
    EXPECT_NEAR(mirrors, 2000, 200);
    EXPECT_LT(darkest, -0.095);
    EXPECT_GT(brightest, 0.095);
}

TEST(TrainAugment, ValuesStayInTheRangeTheChangesAllow) {
    const Augment all{true, 4, 0.1, 0.2};
    for (std::uint64_t i = 0; i < 50; ++i) {
        Draws draws(3, 2, i);
        const auto values = seen(data().split.picture(0), draw(all, draws));
        for (std::int64_t k = 0; k < 3; ++k) {
            const double mean = image().mean[std::size_t(k)], std = image().std[std::size_t(k)];
            for (std::int64_t p = 0; p < rows * cols; ++p) {
                const double v = values[std::size_t(k * rows * cols + p)] * std;
                EXPECT_GE(v, -mean * 1.2 - 0.1 - 1e-5);
                EXPECT_LE(v, (1 - mean) * 1.2 + 0.1 + 1e-5);
            }
        }
    }
}

TEST(TrainAugment, RandomNumbersFollowFromSeedStreamAndCounterAlone) {
    Draws a(1, 2, 3), b(1, 2, 3);
    std::set<std::uint64_t> firsts;
    for (int i = 0; i < 100; ++i) EXPECT_EQ(a(), b());
    for (std::uint64_t i = 0; i < 3; ++i)
        for (std::uint64_t j = 0; j < 3; ++j)
            for (std::uint64_t k = 0; k < 3; ++k) firsts.insert(Draws(i, j, k)());
    EXPECT_EQ(firsts.size(), 27u);
    std::vector<int> seen_of(7);
    Draws c(9, 1, 0);
    for (int i = 0; i < 7000; ++i) ++seen_of[c.below(7)];
    for (int n : seen_of) EXPECT_NEAR(n, 1000, 150);
    for (int i = 0; i < 1000; ++i) {
        const double u = c.unit();
        EXPECT_TRUE(u >= 0 && u < 1);
    }
}

}  // namespace
}  // namespace perceiver::train
