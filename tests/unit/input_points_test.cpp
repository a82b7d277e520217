// Protects how a cloud becomes a model's numbers: centre and scale by their definition, a choice that is even and
// stays.
#include <ATen/TensorOperators.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>

#include "base/error.h"
#include "input/points_input.h"
#include "support/expect_error.h"
#include "support/tiny_model.h"

namespace perceiver::input {
namespace {

using Fit = PointsConfig::Fit;

std::vector<float> cloud(std::int64_t points, std::int64_t numbers = 3) {
    const at::Tensor x = at::randn({points * numbers}, test::generator(6)) * 3 + 5;
    return {x.data_ptr<float>(), x.data_ptr<float>() + x.numel()};
}

TEST(PointsInput, AUnitBallIsCentredOnTheMeanAndAsWideAsItsFarthestPoint) {
    const auto points = cloud(50);
    const EncodedPoints got = encode_points(points, {3, 0, 0, Fit::unit_ball});
    EXPECT_LT(got.data.mean(0).abs().max().item<double>(), 1e-6);
    EXPECT_NEAR(got.data.norm(2, 1).max().item<double>(), 1, 1e-6);
    for (std::int64_t i = 0; i < 50; ++i)  // and it can be undone
        for (std::int64_t a = 0; a < 3; ++a)
            EXPECT_NEAR(got.data[i][a].item<double>() * got.scale + got.centre[std::size_t(a)],
                        points[std::size_t(3 * i + a)], 1e-5);
}

TEST(PointsInput, AUnitCubeIsTheBoxAndFeaturesStayAsTheyAre) {
    const auto points = cloud(50, 5);
    const EncodedPoints got = encode_points(points, {3, 2, 0, Fit::unit_cube});
    const at::Tensor places = got.data.narrow(1, 0, 3);
    const at::Tensor low = places.amin({0}), high = places.amax({0});
    EXPECT_LT((low + high).abs().max().item<double>(), 1e-6);
    EXPECT_NEAR(high.max().item<double>(), 1, 1e-6);
    for (std::int64_t i = 0; i < 50; ++i)
        for (std::int64_t a = 3; a < 5; ++a) EXPECT_EQ(got.data[i][a].item<float>(), points[std::size_t(5 * i + a)]);
    const EncodedPoints left = encode_points(points, {3, 2, 0, Fit::none});
    EXPECT_EQ(left.data[7][1].item<float>(), points[7 * 5 + 1]);
}

TEST(PointsInput, AChoiceIsTheSameForTheSameSeedAndFavoursNoPoint) {
    const auto points = cloud(40);
    const PointsConfig ten{3, 0, 10, Fit::none};
    EXPECT_EQ(encode_points(points, ten, 3).chosen, encode_points(points, ten, 3).chosen);
    std::vector<int> times(40);
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
        const EncodedPoints got = encode_points(points, ten, seed);
        ASSERT_EQ(got.data.size(0), 10);
        EXPECT_EQ(std::set(got.chosen.begin(), got.chosen.end()).size(), 10u);
        EXPECT_TRUE(std::is_sorted(got.chosen.begin(), got.chosen.end()));
        for (std::size_t k = 0; k < 10; ++k) {
            ++times[std::size_t(got.chosen[k])];
            EXPECT_EQ(got.data[std::int64_t(k)][2].item<float>(), points[std::size_t(3 * got.chosen[k] + 2)]);
        }
    }
    for (int n : times) EXPECT_NEAR(n, 100, 45);  // five standard deviations
    EXPECT_EQ(encode_points(cloud(7), ten).data.size(0), 7) << "a small cloud is read as it is";
}

TEST(PointsInput, ACloudOfOnePlaceStaysFinite) {
    const std::vector<float> same(30, 4.0f);
    for (const Fit fit : {Fit::unit_ball, Fit::unit_cube})
        EXPECT_EQ(encode_points(same, {3, 0, 0, fit}).data.abs().max().item<float>(), 0);
}

TEST(PointsInput, WhatIsNoCloudIsRefused) {
    const PointsConfig config{3, 0, 0, Fit::unit_ball};
    EXPECT_EQ(samples::failure_of([&] { encode_points({}, config); }).code, ErrorCode::no_fit);
    EXPECT_EQ(samples::failure_of([&] { encode_points(std::vector<float>(7), config); }).code, ErrorCode::no_fit);
    std::vector<float> broken = cloud(4);
    broken[5] = std::numeric_limits<float>::infinity();
    EXPECT_EQ(samples::failure_of([&] { encode_points(broken, config); }).code, ErrorCode::no_fit);
}

}  // namespace
}  // namespace perceiver::input
