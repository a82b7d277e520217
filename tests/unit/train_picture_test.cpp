// Protects what training does to pictures beyond moving whole pixels: boxes and operations show what they
// say, stay within their bounds, and mixed pictures carry the share of what is seen.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "train/augment.h"

namespace perceiver::train {
namespace {

using Kind = Operation::Kind;
constexpr std::uint64_t for_a_test = 99;

input::ImageConfig plain(std::int64_t rows, std::int64_t cols) {
    input::ImageConfig c;
    c.height = rows;
    c.width = cols;
    return c;
}

/// A picture [rows, cols, 3], every value from its place.
template <class Value>
std::vector<std::uint8_t> picture(std::int64_t rows, std::int64_t cols, Value value) {
    std::vector<std::uint8_t> out;
    for (std::int64_t r = 0; r < rows; ++r)
        for (std::int64_t c = 0; c < cols; ++c)
            for (std::int64_t k = 0; k < 3; ++k) out.push_back(static_cast<std::uint8_t>(value(r, c, k)));
    return out;
}
std::vector<std::uint8_t> noise(std::int64_t rows, std::int64_t cols) {
    Draws draws(4, for_a_test, 0);
    return picture(rows, cols, [&](auto, auto, auto) { return draws.below(256); });
}

/// What the model sees of it at 0 to 1, [3, to_rows, to_cols].
std::vector<float> seen(const std::vector<std::uint8_t>& rgb, std::int64_t cols, const Change& change,
                        std::int64_t to_rows, std::int64_t to_cols) {
    std::vector<float> out(static_cast<std::size_t>(3 * to_rows * to_cols));
    normalise({rgb.data(), cols, static_cast<std::int64_t>(rgb.size()) / (3 * cols)}, plain(to_rows, to_cols),
              change, out.data());
    return out;
}

std::vector<float> after(Operation operation, std::vector<float> rgb, std::int64_t rows, std::int64_t cols) {
    apply(operation, rows, cols, rgb.data());
    return rgb;
}
std::vector<float> noisy(std::int64_t rows, std::int64_t cols) {
    const auto bytes = noise(rows, cols);
    return {bytes.begin(), bytes.end()};
}

TEST(TrainPicture, AnEvenPictureStaysEvenWhateverMovesItsPixels) {
    const auto even = picture(20, 30, [](auto, auto, std::int64_t k) { return 60 + 50 * k; });
    for (std::uint64_t i = 0; i < 200; ++i) {
        Draws draws(1, for_a_test, i);
        Change change = draw({true, 3, 0, 0, 0.2, 0.5, 3, 1}, draws);
        std::erase_if(change.operations, [](const Operation& o) { return !o.moves(); });
        const auto out = seen(even, 30, change, 12, 11);
        for (std::size_t k = 0; k < 3; ++k)
            for (std::size_t p = 0; p < 12 * 11; ++p)
                ASSERT_NEAR(out[k * 12 * 11 + p], float(60 + 50 * k) / 255, 1e-5);
    }
}

TEST(TrainPicture, ABoxIsThePartOfThePictureItNames) {
    // A ramp to the right in red and down in green tells where a pixel came from.
    const std::int64_t side = 50;
    const auto ramp = picture(side, side, [](auto r, auto c, auto k) { return 5 * (k == 0 ? c : r); });
    const auto place = [&](double part) { return (part * side - 0.5) * 5 / 255; };
    for (const bool mirror : {false, true}) {
        const Change change{mirror, 0, 0, 0, 1, {0.2, 0.4, 0.5, 0.3}};
        const auto out = seen(ramp, side, change, 8, 10);
        for (std::size_t r = 0; r < 8; ++r)
            for (std::size_t c = 0; c < 10; ++c) {
                const double part = (double(c) + 0.5) / 10, across = mirror ? 1 - part : part;
                EXPECT_NEAR(out[r * 10 + c], place(0.2 + 0.5 * across), 1e-3);
                EXPECT_NEAR(out[80 + r * 10 + c], place(0.4 + 0.3 * (double(r) + 0.5) / 8), 1e-3);
            }
    }
}

TEST(TrainPicture, MadeSmallerItsPixelsAreAveragesOfAllThatWereThere) {
    const auto fine = picture(64, 64, [](auto r, auto c, auto) { return (r + c) % 2 == 0 ? 0 : 200; });
    for (float x : seen(fine, 64, {}, 16, 16)) EXPECT_NEAR(x, 100.0f / 255, 0.02);
}

TEST(TrainPicture, OperationsMoveAPointWhereTheirSizeSays) {
    const std::int64_t side = 61;
    const auto spot = picture(side, side, [](auto r, auto c, auto) {
        const double dx = double(c) - 45, dy = double(r) - 30;  // a quarter of the side right of the middle
        return 250 * std::exp(-(dx * dx + dy * dy) / 8);
    });
    const auto centre = [&](Operation o) {
        const auto out = seen(spot, side, {false, 0, 0, 0, 1, {0, 0, 1, 1}, {o}}, side, side);
        double sum = 0, x = 0, y = 0;
        for (std::int64_t p = 0; p < side * side; ++p) {
            const double v = out[static_cast<std::size_t>(p)];
            sum += v;
            x += v * double(p % side - 30);
            y += v * double(p / side - 30);
        }
        return std::pair(x / sum, y / sum);
    };
    const auto expect = [&](Operation o, double x, double y) {
        EXPECT_NEAR(centre(o).first, x, 0.2) << static_cast<int>(o.kind);
        EXPECT_NEAR(centre(o).second, y, 0.2) << static_cast<int>(o.kind);
    };
    expect({Kind::rotate, 1}, 15 * std::cos(std::numbers::pi / 6), -7.5);
    expect({Kind::rotate, -0.5}, 15 * std::cos(std::numbers::pi / 12), 15 * std::sin(std::numbers::pi / 12));
    expect({Kind::translate_x, 0.5}, 15 - 0.15 * 61, 0);
    expect({Kind::translate_y, -0.5}, 15, 0.15 * 61);
    expect({Kind::shear_x, 1}, 15, 0);
    expect({Kind::shear_y, 1}, 15, -4.5);
    expect({Kind::identity, 1}, 15, 0);
}

TEST(TrainPicture, OperationsOfNoSizeChangeNothing) {
    const auto before = noisy(9, 7);
    for (const Kind kind : {Kind::identity, Kind::solarize, Kind::posterize, Kind::contrast, Kind::brightness,
                            Kind::color, Kind::sharpness})
        for (std::size_t i = 0; i < before.size(); ++i)
            EXPECT_NEAR(after({kind, 0}, before, 9, 7)[i], before[i], 1e-3) << static_cast<int>(kind);
}

TEST(TrainPicture, EveryOperationStaysWithinTheRangeOfColours) {
    for (std::uint64_t kind = 0; kind < Operation::kinds; ++kind)
        for (const double size : {-1.0, -0.3, 0.6, 1.0})
            for (float x : after({static_cast<Kind>(kind), size}, noisy(9, 7), 9, 7)) {
                EXPECT_GE(x, 0);
                EXPECT_LE(x, 255);
            }
}

TEST(TrainPicture, OperationsOnColoursDoWhatTheirNamesSay) {
    std::vector<float> dull = noisy(10, 10);
    for (float& x : dull) x = 80 + x / 8;
    const auto ends = [](const std::vector<float>& v) {
        const auto [low, high] = std::ranges::minmax(v);
        return std::pair(low, high);
    };
    const auto spread = ends(after({Kind::auto_contrast, 1}, dull, 10, 10));
    EXPECT_EQ(spread, std::pair(0.0f, 255.0f));

    std::vector<float> red;
    const auto equal = after({Kind::equalize, 1}, dull, 10, 10);
    for (std::size_t i = 0; i < equal.size(); i += 3) red.push_back(equal[i]);
    std::ranges::sort(red);
    for (std::size_t i = 0; i < red.size(); ++i) EXPECT_NEAR(red[i], 255 * (double(i) + 0.5) / 100, 16);

    std::set<float> steps;
    for (float x : after({Kind::posterize, 1}, noisy(20, 20), 20, 20)) steps.insert(x);
    EXPECT_LE(steps.size(), 16u);
    for (float x : after({Kind::solarize, 0.5}, noisy(10, 10), 10, 10)) EXPECT_LE(x, 127.6f);
    for (float x : after({Kind::brightness, -1}, noisy(10, 10), 10, 10)) EXPECT_LE(x, 25.6f);

    const auto distance = [](const std::vector<float>& rgb) {  // of the channels from each other
        double sum = 0;
        for (std::size_t i = 0; i < rgb.size(); i += 3) sum += std::abs(rgb[i] - rgb[i + 1]);
        return sum;
    };
    EXPECT_NEAR(distance(after({Kind::color, -1}, dull, 10, 10)), 0.1 * distance(dull),
                0.01 * distance(dull));
    const auto unrest = [](const std::vector<float>& rgb) {  // of neighbours
        double sum = 0;
        for (std::size_t i = 0; i + 3 < rgb.size(); ++i) sum += std::abs(rgb[i] - rgb[i + 3]);
        return sum;
    };
    EXPECT_LT(unrest(after({Kind::sharpness, -1}, dull, 10, 10)), 0.8 * unrest(dull));
    EXPECT_GT(unrest(after({Kind::sharpness, 1}, dull, 10, 10)), 1.2 * unrest(dull));
    EXPECT_LT(unrest(after({Kind::contrast, -1}, dull, 10, 10)), 0.2 * unrest(dull));
}

TEST(TrainPicture, BoxesLieInThePictureWithTheAreaAndShapeAllowed) {
    double smallest = 1;
    std::set<int> kinds;
    for (std::uint64_t i = 0; i < 3000; ++i) {
        Draws draws(2, for_a_test, i);
        const Change c = draw({false, 0, 0, 0, 0.3, 0.4, 2, 0.5}, draws);
        const auto [left, top, width, height] = c.box;
        EXPECT_GE(left, 0);
        EXPECT_GE(top, 0);
        EXPECT_LE(left + width, 1 + 1e-12);
        EXPECT_LE(top + height, 1 + 1e-12);
        EXPECT_GE(width * height, 0.3 * std::exp(-0.4));  // less where the picture's border is in the way
        EXPECT_LE(std::abs(std::log(width / height)), 0.4 + 1e-9);
        smallest = std::min(smallest, width * height);
        for (const auto& o : c.operations) {
            kinds.insert(static_cast<int>(o.kind));
            EXPECT_LE(std::abs(o.size), 0.5);
        }
        EXPECT_EQ(c.operations.size(), 2u);
    }
    EXPECT_LT(smallest, 0.35);
    EXPECT_EQ(kinds.size(), Operation::kinds);
}

TEST(TrainPicture, ACutHasTheAreaAskedForAndLiesInThePicture) {
    for (std::uint64_t i = 0; i < 500; ++i) {
        Draws draws(3, for_a_test, i);
        const double area = draws.unit();
        const auto [top, left, rows, cols] = cut(area, 64, 48, draws);
        EXPECT_TRUE(top >= 0 && left >= 0 && top + rows <= 64 && left + cols <= 48);
        EXPECT_NEAR(double(rows * cols) / (64 * 48), area, 0.03);
    }
}

}  // namespace
}  // namespace perceiver::train
