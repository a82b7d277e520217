// Protects what is made to be heard: taking a sound apart and back loses nothing, solo follows the attention in time
// and pitch, and a shuffled sound is what the model receives.
#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "engine/encode.h"
#include "engine/solo.h"
#include "engine/stft.h"
#include "input/input_array.h"
#include "support/expect_error.h"

namespace perceiver::engine {
namespace {

constexpr int rate = 16'000;

std::vector<float> tone(double hertz, double seconds, double level = 0.4) {
    std::vector<float> out(static_cast<std::size_t>(seconds * rate));
    for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = float(level * std::sin(2 * std::numbers::pi * hertz * double(i) / rate));
    return out;
}

std::vector<float> noise(std::size_t count) {
    std::vector<float> out(count);
    std::uint32_t x = 1;
    for (float& v : out) v = float((x = x * 1664525 + 1013904223) >> 8) / float(1 << 24) - 0.5F;
    return out;
}

/// Amplitude of one frequency in a stretch of it.
double strength(const std::vector<float>& sound, double hertz, double from, double to) {
    double re = 0, im = 0, n = 0;
    for (auto i = static_cast<std::size_t>(from * rate); i < static_cast<std::size_t>(to * rate); ++i, ++n) {
        const double angle = 2 * std::numbers::pi * hertz * double(i) / rate;
        re += double(sound[i]) * std::cos(angle);
        im += double(sound[i]) * std::sin(angle);
    }
    return 2 * std::hypot(re, im) / n;
}

double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
    EXPECT_EQ(a.size(), b.size());
    double most = 0;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
        most = std::max(most, std::abs(double(a[i]) - double(b[i])));
    return most;
}

/// 4 bands of pitch (100, 400, 1000, 2500, 6000 Hz) x 10 columns of a tenth of a second, or 40 raw patches.
api::FileInfo heard(std::vector<float> samples, bool spectrogram) {
    api::FileInfo file;
    file.kind = api::Kind::audio;
    auto sound = std::make_shared<api::SoundInfo>();
    sound->rate = rate;
    sound->seconds = double(samples.size()) / rate;
    sound->samples = std::move(samples);
    file.sound = sound;
    api::InputPart part;
    part.kind = api::Kind::audio;
    part.grid = spectrogram ? api::Grid{1, 4, 10} : api::Grid{1, 1, 40};
    part.step = sound->seconds / part.grid.cols;
    if (spectrogram) part.hertz = {100, 400, 1000, 2500, 6000};
    file.parts = {part};
    return file;
}

std::vector<std::int64_t> in_order(std::int64_t count) {
    std::vector<std::int64_t> order(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int64_t>(i);
    return order;
}

TEST(EngineSound, TransformAndInverseGiveTheSoundBack) {
    for (const std::size_t count : {1u, 77u, 511u, 16'000u, 16'001u}) {
        const auto sound = noise(count);
        EXPECT_LT(largest_difference(inverse(stft(sound, rate)), sound), 1e-5) << count;
    }
}

TEST(EngineSound, SoloOfUniformAttentionIsTheSoundItself) {
    const auto sound = noise(rate);
    for (const bool spectrogram : {true, false})
        EXPECT_LT(largest_difference(solo(heard(sound, spectrogram), at::full({40}, 1.0 / 40)), sound), 1e-5)
            << spectrogram;
}

TEST(EngineSound, SoloOfASpectrogramIsLoudWhereAndAtWhatPitchItIsRead) {
    auto sound = tone(200, 1);
    const auto high = tone(4000, 1);
    for (std::size_t i = 0; i < sound.size(); ++i) sound[i] += high[i];
    at::Tensor attention = at::full({40}, 1e-4);
    for (int c = 5; c < 10; ++c) attention[3 * 10 + c] = 0.2;   // the highest band, the second half
    const auto out = solo(heard(sound, true), attention);
    EXPECT_NEAR(strength(out, 4000, 0.65, 0.95), 0.4, 0.08);
    EXPECT_LT(strength(out, 4000, 0.05, 0.35), 0.01);
    EXPECT_LT(strength(out, 200, 0.65, 0.95), 0.01);
}

TEST(EngineSound, SoloOfRawPatchesFollowsTime) {
    at::Tensor attention = at::zeros({40});
    attention[10] = attention[11] = attention[12] = attention[13] = 0.25;
    const auto out = solo(heard(tone(500, 1), false), attention);
    EXPECT_NEAR(strength(out, 500, 0.27, 0.33), 0.4, 0.03);
    EXPECT_LT(strength(out, 500, 0.5, 0.9), 1e-6);
}

TEST(EngineSound, ShuffledRawPatchesAreTheSamplesThemselves) {
    const auto sound = noise(rate);
    const auto order = input::permutation(40, 7);
    const auto out = shuffled_sound(heard(sound, false), order);
    ASSERT_EQ(out.size(), sound.size());
    for (std::size_t i = 0; i < 40; ++i)
        for (std::size_t k = 0; k < 400; ++k)
            ASSERT_EQ(out[400 * i + k], sound[400 * static_cast<std::size_t>(order[i]) + k]) << i;
}

TEST(EngineSound, ShuffledSpectrogramInOrderIsTheSoundWithinTheBands) {
    const auto sound = tone(700, 1);
    const auto out = shuffled_sound(heard(sound, true), in_order(40));
    ASSERT_EQ(out.size(), sound.size());
    EXPECT_NEAR(strength(out, 700, 0.1, 0.9), 0.4, 0.01);
}

TEST(EngineSound, ShuffledSpectrogramMovesPatchesInTimeAndPitch) {
    auto sound = tone(550, 1);   // the quarter of band 1 above its lower edge
    std::fill(sound.begin() + rate / 2, sound.end(), 0.0F);
    auto order = in_order(40);
    for (std::int64_t c = 0; c < 10; ++c)                       // bands 1 and 2 change places, and the halves of time
        for (const std::int64_t r : {1, 2}) order[static_cast<std::size_t>((3 - r) * 10 + (c + 5) % 10)] = r * 10 + c;
    const auto out = shuffled_sound(heard(sound, true), order);
    EXPECT_LT(strength(out, 550, 0.05, 0.45), 0.02);
    EXPECT_LT(strength(out, 550, 0.55, 0.95), 0.05);
    double loudest = 0, at = 0;
    for (double f = 300; f < 5000; f += 5)
        if (const double s = strength(out, f, 0.6, 0.9); s > loudest) loudest = s, at = f;
    EXPECT_NEAR(at, 1375, 60);   // the quarter of band 2
    EXPECT_GT(loudest, 0.15);
    EXPECT_LT(strength(out, 1375, 0.05, 0.4), 0.05);
}

TEST(EngineSound, ShuffledSoundNeverClips) {
    const auto sound = noise(rate);
    auto loud = sound;
    for (float& v : loud) v *= 1.99F;
    for (std::uint64_t seed = 0; seed < 3; ++seed)
        for (const float v : shuffled_sound(heard(loud, true), input::permutation(40, seed)))
            ASSERT_LE(std::abs(v), 1.0F);
}

TEST(EngineSound, NothingIsHeardOfAModelThatHearsNothing) {
    api::FileInfo picture;
    EXPECT_EQ(samples::failure_of([&] { solo(picture, at::zeros({4})); }).code, ErrorCode::no_fit);
    EXPECT_TRUE(shuffled_sound(picture, in_order(4)).empty());
}

TEST(EngineSound, AStoppedShuffleStops) {
    CancelToken cancel;
    cancel.cancel();
    EXPECT_EQ(samples::failure_of([&] { shuffled_sound(heard(noise(rate), true), in_order(40), cancel); }).code,
              ErrorCode::cancelled);
}

}  // namespace
}  // namespace perceiver::engine
