// Protects what training sees of clouds and sounds: changes are within their bounds, reach both ends of them,
// follow from the draws alone, and none asked for is none made.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include "train/augment_points.h"
#include "train/augment_sound.h"

namespace perceiver::train {
namespace {

constexpr std::uint64_t for_a_test = 99;

std::vector<float> cloud() {
    Draws draws(1, 0, 0);
    std::vector<float> out(90);
    for (float& x : out) x = static_cast<float>(2 * draws.unit() - 1);
    return out;
}
std::vector<std::int64_t> all(std::int64_t n) {
    Draws draws(1, 1, 1);
    return choose_points(n, 0, draws);
}
std::vector<float> changed(const PointsAugment& a, std::uint64_t counter) {
    Draws draws(5, for_a_test, counter);
    std::vector<float> out(90);
    change(cloud(), all(30), a, draws, out.data());
    return out;
}

TEST(TrainPointsChange, NoneAskedForIsNoneMade) { EXPECT_EQ(changed({}, 3), cloud()); }

TEST(TrainPointsChange, TheSameDrawsGiveTheSameCloud) {
    const PointsAugment a{20, 0.2, true, 15, 0.05, 0.01};
    EXPECT_EQ(changed(a, 3), changed(a, 3));
    EXPECT_NE(changed(a, 3), changed(a, 4));
}

TEST(TrainPointsChange, EveryAxisIsScaledOnItsOwnAndZIsNeverMirrored) {
    const auto whole = cloud();
    double low = 9, high = 0;
    std::set<std::pair<bool, bool>> signs;
    for (std::uint64_t i = 0; i < 300; ++i) {
        const auto out = changed({0, 0.2, true, 0, 0, 0}, i);
        double factor[3];
        for (int axis = 0; axis < 3; ++axis) {
            factor[axis] = out[std::size_t(axis)] / whole[std::size_t(axis)];
            for (std::size_t p = 1; p < 30; ++p)
                EXPECT_NEAR(out[3 * p + std::size_t(axis)], factor[axis] * whole[3 * p + std::size_t(axis)],
                            1e-5);
            low = std::min(low, std::abs(factor[axis]));
            high = std::max(high, std::abs(factor[axis]));
        }
        signs.insert({factor[0] > 0, factor[1] > 0});
        EXPECT_GT(factor[2], 0);
    }
    EXPECT_EQ(signs.size(), 4u);
    EXPECT_GE(low, 0.8);
    EXPECT_LT(low, 0.81);
    EXPECT_LE(high, 1.2);
    EXPECT_GT(high, 1.19);
}

TEST(TrainPointsChange, ATurnKeepsHeightAndDistance) {
    const auto whole = cloud();
    double widest = 0;
    for (std::uint64_t i = 0; i < 100; ++i) {
        const auto out = changed({0, 0, false, 15, 0, 0}, i);
        double turn = 0;
        for (std::size_t p = 0; p < 90; p += 3) {
            EXPECT_EQ(out[p + 2], whole[p + 2]);
            EXPECT_NEAR(std::hypot(out[p], out[p + 1]), std::hypot(whole[p], whole[p + 1]), 1e-5);
            turn =
                std::remainder(std::atan2(out[p + 1], out[p]) - std::atan2(whole[p + 1], whole[p]), 2 * M_PI);
            EXPECT_LE(std::abs(turn), 15 * M_PI / 180 + 1e-4);
        }
        widest = std::max(widest, std::abs(turn));
    }
    EXPECT_GT(widest, 13 * M_PI / 180);
}

TEST(TrainPointsChange, JitterHasItsDeviationAndAShiftMovesAllAlike) {
    const auto whole = cloud();
    double square = 0;
    for (std::uint64_t i = 0; i < 100; ++i) {
        const auto out = changed({0, 0, false, 0, 0, 0.01}, i);
        for (std::size_t k = 0; k < 90; ++k) square += std::pow(out[k] - whole[k], 2);
        const auto moved = changed({0, 0, false, 0, 0.05, 0}, i);
        for (std::size_t k = 3; k < 90; ++k)
            EXPECT_NEAR(moved[k] - whole[k], moved[k % 3] - whole[k % 3], 1e-5);
        for (std::size_t k = 0; k < 3; ++k) EXPECT_LE(std::abs(moved[k] - whole[k]), 0.05 + 1e-6);
    }
    EXPECT_NEAR(std::sqrt(square / 9000), 0.01, 0.0005);
}

TEST(TrainPointsChange, TheChosenPointsAreDistinctAscendingAndEven) {
    std::vector<int> times(40);
    for (std::uint64_t i = 0; i < 400; ++i) {
        Draws draws(2, for_a_test, i);
        const auto chosen = choose_points(40, 10, draws);
        ASSERT_EQ(chosen.size(), 10u);
        EXPECT_TRUE(std::is_sorted(chosen.begin(), chosen.end()));
        EXPECT_EQ(std::set(chosen.begin(), chosen.end()).size(), 10u);
        for (auto p : chosen) ++times[std::size_t(p)];
    }
    for (int n : times) EXPECT_NEAR(n, 100, 45);
    EXPECT_EQ(all(4), (std::vector<std::int64_t>{0, 1, 2, 3}));
}

constexpr std::int64_t mels = 8, frames = 12;

/// Powers [frames, mels] that are all different.
std::vector<float> power() {
    std::vector<float> out(mels * frames);
    std::iota(out.begin(), out.end(), 1.0f);
    return out;
}
std::vector<float> sound(const SoundAugment& a, std::uint64_t counter) {
    Draws draws(7, for_a_test, counter);
    std::vector<float> out(mels * frames);
    change(power(), mels, a, draws, out.data());
    return out;
}

TEST(TrainSoundChange, NoneAskedForIsNoneMade) {
    EXPECT_EQ(sound({}, 3), power());
    std::vector<float> numbers = power();
    Draws draws(1, 1, 1);
    blot(mels, frames, {}, draws, numbers.data());
    EXPECT_EQ(numbers, power());
}

TEST(TrainSoundChange, ATurnedSoundBeginsAnywhereAndLosesNothing) {
    std::set<float> begins;
    for (std::uint64_t i = 0; i < 300; ++i) {
        auto out = sound({.turn = true}, i);
        begins.insert(out[0]);
        const auto first = std::ranges::find(out, 1.0f);
        ASSERT_NE(first, out.end());
        std::ranges::rotate(out, first);
        EXPECT_EQ(out, power());
    }
    EXPECT_EQ(begins.size(), std::size_t(frames));
}

/// A sound of 5 of the 12 frames, laid into the window before noise of power 1.
std::vector<float> laid(const SoundAugment& a, std::uint64_t counter, std::int64_t later = 0) {
    std::vector<float> power(mels * frames), out(mels * frames, -1);
    std::iota(power.begin(), power.begin() + 5 * mels, 1.0f);
    const std::vector<float> noise(mels * 40, 1);
    Draws draws(7, for_a_test, counter);
    lay({power, 5, 100, later}, mels, noise, a, draws, out.data());
    return out;
}
/// The frame at which it begins.
std::int64_t begin_of(const std::vector<float>& out) {
    return (std::ranges::find_if(out, [](float x) { return x > 0; }) - out.begin()) / mels;
}

TEST(TrainSoundChange, ASoundIsLaidAnywhereInItsWindowAndWhole) {
    std::set<std::int64_t> begins;
    for (std::uint64_t i = 0; i < 300; ++i) {
        const auto out = laid({.place = true}, i);
        const std::int64_t first = begin_of(out);
        begins.insert(first);
        for (std::int64_t k = 0; k < mels * frames; ++k) {
            const std::int64_t in = k - first * mels;
            EXPECT_EQ(out[std::size_t(k)], in >= 0 && in < 5 * mels ? float(in + 1) : 0) << k;
        }
    }
    EXPECT_EQ(begins, (std::set<std::int64_t>{0, 1, 2, 3, 4, 5, 6, 7}));
    EXPECT_EQ(begin_of(laid({}, 3)), 0);
    EXPECT_EQ(begin_of(laid({}, 3, 4)), 4);
    EXPECT_EQ(laid({}, 3, -2)[0], float(2 * mels + 1));
    EXPECT_EQ(std::ranges::count(laid({}, 3, 40), 0.0f), mels * frames);
}

TEST(TrainSoundChange, NoiseIsAsMuchSofterAsAskedForAndBehindAsManySounds) {
    int noisy = 0;
    double lowest = 1e9, highest = -1e9;
    for (std::uint64_t i = 0; i < 400; ++i) {
        const auto out = laid({.noisy = 0.25, .snr = {-10, 30}}, i);
        const float behind = out.back();   // no sound there
        noisy += behind > 0;
        if (behind == 0) continue;
        EXPECT_NEAR(out.front() - 1, behind, 1e-3 * behind);
        const double snr = 10 * std::log10(100 / behind);
        lowest = std::min(lowest, snr);
        highest = std::max(highest, snr);
    }
    EXPECT_NEAR(noisy, 100, 40);
    EXPECT_GE(lowest, -10.01);
    EXPECT_LT(lowest, -5);
    EXPECT_LE(highest, 30.01);
    EXPECT_GT(highest, 25);
}

TEST(TrainSoundChange, WhatGetsFasterGoesOnAsItsLastFrame) {
    for (std::uint64_t i = 0; i < 100; ++i) {
        const auto out = sound({.speed = 0.5}, i);
        for (std::int64_t t = 1; t < frames; ++t)   // it never begins again
            EXPECT_GE(out[std::size_t(t * mels)], out[std::size_t((t - 1) * mels)]);
    }
}

TEST(TrainSoundChange, AShiftedMelIsItsNeighbourAndTheEdgeStays) {
    std::set<float> shifts;
    for (std::uint64_t i = 0; i < 100; ++i) {
        const auto out = sound({.mel_shift = 2}, i);
        const float up = 4 - (out[3] - 0);  // mel 3 of frame 0 is 4 where nothing moved
        shifts.insert(up);
        for (std::int64_t t = 0; t < frames; ++t)
            for (std::int64_t m = 0; m < mels; ++m)
                EXPECT_EQ(out[std::size_t(t * mels + m)],
                          power()[std::size_t(t * mels +
                                              std::clamp<std::int64_t>(m - std::int64_t(up), 0, mels - 1))]);
    }
    EXPECT_EQ(shifts, (std::set<float>{-2, -1, 0, 1, 2}));
}

TEST(TrainSoundChange, SpeedInterpolatesBetweenFrames) {
    bool faster = false, slower = false, same = false;
    for (std::uint64_t i = 0; i < 100; ++i) {
        const auto out = sound({.speed = 0.2}, i);
        const double step = double(out[mels] - out[0]) / mels;  // power rises by `mels` a frame
        EXPECT_GE(step, std::exp(-0.2) - 1e-5);
        EXPECT_LE(step, std::exp(0.2) + 1e-5);
        EXPECT_NEAR(out[5 * mels + 2], 3 + 5 * step * mels, 1e-3);
        faster |= step > 1.1;
        slower |= step < 0.9;
        same |= step == 1;
    }
    EXPECT_TRUE(faster && slower && same);
}

TEST(TrainSoundChange, GainIsOneFactorAndTheEqualiserASmoothCurve) {
    double lowest = 99, highest = -99;
    for (std::uint64_t i = 0; i < 300; ++i) {
        const auto louder = sound({.gain = 12}, i);
        const double decibels = 10 * std::log10(louder[0]);
        for (std::size_t k = 0; k < louder.size(); ++k)
            EXPECT_NEAR(10 * std::log10(louder[k] / power()[k]), decibels, 1e-3);
        lowest = std::min(lowest, decibels);
        highest = std::max(highest, decibels);
        const auto bent = sound({.equaliser = 3}, i);
        for (std::int64_t m = 0; m < mels; ++m)
            for (std::int64_t t = 1; t < frames; ++t)
                EXPECT_NEAR(bent[std::size_t(t * mels + m)] / power()[std::size_t(t * mels + m)],
                            bent[std::size_t(m)] / power()[std::size_t(m)], 1e-3);
    }
    EXPECT_GE(lowest, -12.001);
    EXPECT_LT(lowest, -11);
    EXPECT_LE(highest, 12.001);
    EXPECT_GT(highest, 11);
}

TEST(TrainSoundChange, BlotsStayWithinTheirSize) {
    std::size_t most = 0;
    for (std::uint64_t i = 0; i < 300; ++i) {
        std::vector<float> numbers = power();
        Draws draws(3, for_a_test, i);
        blot(mels, frames, {.mel_band = 3, .gaps = 2, .gap_frames = 4}, draws, numbers.data());
        std::set<std::int64_t> whole_mels, whole_frames;
        std::size_t blank = 0;
        for (std::int64_t m = 0; m < mels; ++m)
            if (std::all_of(&numbers[std::size_t(m * frames)], &numbers[std::size_t(m * frames)] + frames,
                            [](float x) { return x == 0; }))
                whole_mels.insert(m);
        for (std::int64_t t = 0; t < frames; ++t) {
            bool gap = true;
            for (std::int64_t m = 0; m < mels; ++m) gap = gap && numbers[std::size_t(m * frames + t)] == 0;
            if (gap) whole_frames.insert(t);
        }
        for (std::size_t k = 0; k < numbers.size(); ++k) {
            const auto m = std::int64_t(k) / frames, t = std::int64_t(k) % frames;
            if (whole_mels.contains(m) || whole_frames.contains(t))
                ++blank;
            else
                EXPECT_EQ(numbers[k], power()[k]) << "outside of a band and of a gap";
        }
        EXPECT_LE(whole_mels.size(), 3u);
        EXPECT_LE(whole_frames.size(), 8u);
        most = std::max(most, blank);
    }
    EXPECT_GT(most, 40u);
}

TEST(TrainSoundChange, SamplesAreTurnedAndUpsideDownAndLoseNothing) {
    const auto whole = power();
    std::set<std::pair<float, bool>> begins;
    for (std::uint64_t i = 0; i < 3000; ++i) {
        Draws draws(7, for_a_test, i);
        std::vector<float> out(whole.size());
        change_samples(whole, {.turn = true}, draws, out.data());
        const float sign = out[0] < 0 ? -1.0f : 1.0f;
        begins.insert({sign * out[0], sign < 0});
        for (float& x : out) x *= sign;
        std::ranges::rotate(out, std::ranges::find(out, 1.0f));
        EXPECT_EQ(out, whole);
    }
    EXPECT_EQ(begins.size(), 2 * whole.size());
    Draws draws(7, for_a_test, 1);
    std::vector<float> out(whole.size());
    change_samples(whole, {}, draws, out.data());
    EXPECT_EQ(out, whole);
    EXPECT_EQ(gain(whole, 0, {}, draws), 1);
    for (int i = 0; i < 100; ++i) EXPECT_NEAR(20 * std::log10(gain(whole, 0, {.gain = 6}, draws)), 0, 6.001);
    double square = 0;
    for (const float x : whole) square += double(x) * x / double(whole.size());
    EXPECT_NEAR(gain(whole, 0.125, {}, draws) * std::sqrt(square), 0.125, 1e-5);
    EXPECT_EQ(gain(std::vector<float>(20), 0.125, {}, draws), 1) << "of silence";
}

TEST(TrainSoundChange, BetaHasItsMeanAndVariance) {
    for (const double a : {0.01, 0.2, 1.0}) {
        double sum = 0, square = 0;
        constexpr int n = 20000;
        for (int i = 0; i < n; ++i) {
            Draws draws(9, for_a_test, static_cast<std::uint64_t>(i));
            const double x = beta(a, draws);
            ASSERT_TRUE(x >= 0 && x <= 1) << x;
            sum += x;
            square += (x - 0.5) * (x - 0.5);
        }
        EXPECT_NEAR(sum / n, 0.5, 0.02) << a;
        EXPECT_NEAR(square / n, 1 / (4 * (2 * a + 1)), 0.01) << a;
    }
}

}  // namespace
}  // namespace perceiver::train
