// Protects how sound becomes a model's numbers: every step against its formula, by a direct DFT in double; lengths,
// silence and what is refused.
#include <ATen/TensorOperators.h>
#include <ATen/ops/from_blob.h>
#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <limits>
#include <numbers>

#include "base/error.h"
#include "input/sound_input.h"
#include "perceiver/config.h"
#include "support/expect_error.h"
#include "support/tiny_model.h"

namespace perceiver::input {
namespace {

constexpr double pi = std::numbers::pi;

InputConfig spectrogram() {
    InputConfig c;
    c.type = InputConfig::Type::spectrogram;
    auto& s = c.spectrogram;
    s.sample_rate = 8000;
    s.fft = 256;
    s.window = 200;
    s.hop = 80;
    s.mels = 12;
    s.frames = 10;
    s.low = 60;
    s.high = 3800;
    s.floor = 1e-3;
    s.mean = -2;
    s.std = 3;
    s.patch = {4, 5};
    c.position.num_bands = 2;
    c.position.axis_bands = {2, 0};
    c.position.max_resolution = {4, 4};
    return c;
}

std::vector<float> noise(std::int64_t samples, std::uint64_t seed = 4) {
    const at::Tensor x = at::randn({samples}, test::generator(seed)) * 0.2;
    return {x.data_ptr<float>(), x.data_ptr<float>() + samples};
}

/// The number of mel m and frame t as SpectrogramConfig's comment says, term by term.
double by_formula(const std::vector<float>& sound, const SpectrogramConfig& c, std::int64_t m, std::int64_t t) {
    const auto mel = [](double f) { return 2595 * std::log10(1 + f / 700); };
    const auto corner = [&](std::int64_t i) {
        const double at = mel(c.low) + (mel(c.high) - mel(c.low)) * double(i) / double(c.mels + 1);
        return 700 * (std::pow(10, at / 2595) - 1);
    };
    double power = 0, sum = 0;
    for (std::int64_t k = 0; k <= c.fft / 2; ++k) {
        const double f = double(k * c.sample_rate) / double(c.fft);
        double weight = 0;
        if (f > corner(m) && f <= corner(m + 1)) weight = (f - corner(m)) / (corner(m + 1) - corner(m));
        if (f > corner(m + 1) && f < corner(m + 2)) weight = (corner(m + 2) - f) / (corner(m + 2) - corner(m + 1));
        if (weight == 0) continue;
        std::complex<double> bin = 0;
        for (std::int64_t i = 0; i < c.window; ++i) {
            const std::int64_t in_fft = (c.fft - c.window) / 2 + i, at = t * c.hop - c.fft / 2 + in_fft;
            if (at < 0 || at >= std::int64_t(sound.size()) || at >= c.samples()) continue;
            const double hann = std::pow(std::sin(pi * double(i) / double(c.window)), 2);
            bin +=
                hann * sound[std::size_t(at)] * std::polar(1.0, -2 * pi * double(k) * double(in_fft) / double(c.fft));
        }
        power += weight * std::norm(bin);
        sum += weight;
    }
    return (std::log(power / sum + c.floor) - c.mean) / c.std;
}

TEST(SoundInput, ASpectrogramIsItsFormula) {
    const InputConfig c = spectrogram();
    for (const std::int64_t length : {800, 2000, 333}) {  // as long as the model reads, longer, shorter
        const auto sound = noise(length);
        const at::Tensor got = encode_sound(sound, 8000, c);
        ASSERT_EQ(got.sizes(), (std::vector<std::int64_t>{12, 10}));
        for (std::int64_t m = 0; m < 12; ++m)
            for (std::int64_t t = 0; t < 10; ++t)
                EXPECT_NEAR(got[m][t].item<float>(), by_formula(sound, c.spectrogram, m, t), 2e-5) << m << ", " << t;
    }
}

TEST(SoundInput, EveryTriangleWeighsOne) {
    const at::Tensor triangles = mel_triangles(spectrogram().spectrogram);
    EXPECT_LT(test::largest_difference(triangles.sum(0), at::ones({12})), 1e-12);
    EXPECT_GE(triangles.min().item<double>(), 0);
}

TEST(SoundInput, AToneIsLoudestWhereItIs) {
    InputConfig c = spectrogram();
    std::vector<float> tone;
    for (int i = 0; i < 800; ++i) tone.push_back(0.5f * float(std::sin(2 * pi * 1000 * i / 8000)));
    const at::Tensor got = encode_sound(tone, 8000, c);
    const auto mel = [](double f) { return 2595 * std::log10(1 + f / 700); };
    const double place = (mel(1000) - mel(60)) / (mel(3800) - mel(60)) * 13 - 1;
    EXPECT_NEAR(double(got.select(1, 5).argmax().item<std::int64_t>()), place, 0.75);
    EXPECT_NEAR(encode_sound(std::vector<float>(800), 8000, c).mean().item<double>(), (std::log(1e-3) + 2) / 3, 1e-5)
        << "silence is the floor";
}

TEST(SoundInput, LongSoundsInPiecesAreTheSame) {
    InputConfig c = spectrogram();
    c.spectrogram.frames = 700;  // several blocks of frames
    const auto sound = noise(700 * 80);
    const at::Tensor whole = encode_sound(sound, 8000, c);
    for (const std::int64_t t : {0, 254, 255, 256, 257, 511, 512, 699})
        for (const std::int64_t m : {0, 7, 11})
            EXPECT_NEAR(whole[m][t].item<float>(), by_formula(sound, c.spectrogram, m, t), 2e-5) << m << ", " << t;
}

TEST(SoundInput, WithoutALengthTheModelReadsWholePatches) {
    InputConfig c = spectrogram();
    c.spectrogram.frames = 0;
    EXPECT_EQ(encode_sound(noise(80 * 14 + 3), 8000, c).size(1), 15);
    EXPECT_EQ(encode_sound(noise(80 * 14), 8000, c).size(1), 10);
    EXPECT_EQ(samples::failure_of([&] { encode_sound(noise(80 * 4), 8000, c); }).code, ErrorCode::no_fit);
}

TEST(SoundInput, ItsPatchesAreTheModelsElements) {
    const InputConfig c = spectrogram();
    const at::Tensor numbers = encode_sound(noise(800), 8000, c);
    const auto array = Encoder(c, {}, 1e-5).encode({{"", numbers}});
    EXPECT_EQ(array->layout().segments[0].grid, (std::vector<std::int64_t>{3, 2}));
    const at::Tensor tokens = array->tokens();
    ASSERT_EQ(tokens.sizes(), (std::vector<std::int64_t>{6, 20 + 2 + 4}));
    ASSERT_EQ(tokens.size(1), c.token_channels());
    for (std::int64_t m = 0; m < 12; ++m)
        for (std::int64_t t = 0; t < 10; ++t)
            EXPECT_EQ(tokens[m / 4 * 2 + t / 5][m % 4 * 5 + t % 5].item<float>(), numbers[m][t].item<float>());
    // Position: raw pitch, raw time, then pitch's sines and cosines alone.
    EXPECT_EQ(tokens[5][20].item<float>(), 1);
    EXPECT_EQ(tokens[4][21].item<float>(), -1);
    EXPECT_NEAR(tokens[3][22].item<float>(), std::sin(pi * 0), 1e-6);
    EXPECT_NEAR(tokens[5][25].item<float>(), std::cos(pi * 2), 1e-6);
}

TEST(SoundInput, SamplesAreBroughtToOneLoudnessAndBentByMu) {
    InputConfig c;
    c.type = InputConfig::Type::audio;
    c.audio = {4, 8000, 24, 0.125, 255};
    c.position.num_bands = 1;
    c.position.max_resolution = {2};
    const auto sound = noise(20);
    const at::Tensor got = encode_sound(sound, 8000, c);
    ASSERT_EQ(got.numel(), 24);
    double square = 0;
    for (float x : sound) square += double(x) * x;
    const double factor = 0.125 / std::sqrt(square / 24);
    for (std::size_t i = 0; i < 24; ++i) {
        const double x = i < 20 ? sound[i] * factor : 0;
        EXPECT_NEAR(got[std::int64_t(i)].item<float>(),
                    std::copysign(std::log(1 + 255 * std::abs(x)) / std::log(256), x), 1e-6);
    }
    EXPECT_EQ(encode_sound(std::vector<float>(24), 8000, c).abs().max().item<float>(), 0) << "silence stays silence";
    c.audio.samples = 0;
    EXPECT_EQ(encode_sound(noise(11), 8000, c).numel(), 8);
}

TEST(SoundInput, WhatDoesNotFitIsRefused) {
    const InputConfig c = spectrogram();
    const auto refused = [](auto act, const std::string& word) {
        const auto failure = samples::failure_of(act);
        EXPECT_EQ(failure.code, ErrorCode::no_fit);
        EXPECT_NE(failure.sentence.find(word), std::string::npos) << failure.sentence;
    };
    refused([&] { encode_sound(noise(800), 16000, c); }, "8000 samples a second");
    refused([&] { encode_sound({}, 8000, c); }, "no sound");
    refused(
        [&] {
            encode_sound(std::vector<float>{1, std::numeric_limits<float>::quiet_NaN()}, 8000, c);
        },
        "not finite");
    refused([&] { encode_sound(noise(800), 8000, InputConfig{}); }, "reads no sound");
    InputConfig narrow = c;
    narrow.spectrogram.mels = 120;
    refused([&] { encode_sound(noise(800), 8000, narrow); }, "narrower");
    CancelToken cancel;
    cancel.cancel();
    EXPECT_EQ(samples::failure_of([&] { encode_sound(noise(800), 8000, c, cancel); }).code, ErrorCode::cancelled);
}

}  // namespace
}  // namespace perceiver::input

namespace perceiver {
namespace {

Config sound_config() {
    Config c = test::tiny_config();
    c.input.type = InputConfig::Type::spectrogram;
    c.input.spectrogram = {8000, 256, 200, 80, 12, 10, 60, 3800, 1e-3, -2, 3, {4, 5}};
    c.input.position.axis_bands = {5, 0};
    return c;
}

TEST(InputJson, SoundsAndCloudsComeBackAsTheyWent) {
    Config c = sound_config();
    EXPECT_EQ(to_json(config_from_json(to_json(c))), to_json(c));
    EXPECT_EQ(config_from_json(to_json(c)).input.position.axis_bands, (std::vector<std::int64_t>{5, 0}));
    EXPECT_EQ(config_from_json(to_json(c)).input.spectrogram.samples(), 800);
    c.input.type = InputConfig::Type::audio;
    c.input.audio = {4, 8000, 24, 0.125, 255};
    c.input.position.axis_bands = {};
    c.input.position.max_resolution = {9};
    EXPECT_EQ(config_from_json(to_json(c)).input.audio.mu, 255);
    EXPECT_EQ(config_from_json(to_json(c)).input.audio.rms, 0.125);
    c.input.type = InputConfig::Type::points;
    c.input.points = {3, 0, 64, input::PointsConfig::Fit::unit_ball};
    c.input.position.max_resolution = {9, 9, 9};
    EXPECT_EQ(config_from_json(to_json(c)).input.points.fit, input::PointsConfig::Fit::unit_ball);
}

TEST(InputSound, TheLoudestWindowHoldsAShortSoundInItsMiddle) {
    std::vector<float> samples(8000, 0.001F);
    EXPECT_EQ(input::loudest_window(samples, 8000), 0);
    EXPECT_EQ(input::loudest_window(samples, 9000), 0);
    EXPECT_EQ(input::loudest_window(std::vector<float>(8000), 1000), 0);
    EXPECT_EQ(input::loudest_window({}, 10), 0);
    for (const std::int64_t begin : {0, 3000, 7600}) {
        auto with = samples;
        std::fill_n(with.begin() + begin, 400, 0.5F);
        const std::int64_t at = input::loudest_window(with, 1000);
        EXPECT_GE(at, 0);
        EXPECT_LE(at, 7000);
        EXPECT_NEAR(double(at), std::clamp(double(begin) - 300, 0.0, 7000.0), begin == 3000 ? 15 : 315) << begin;
        EXPECT_LE(at, begin + 8);                 // and all of it but for a fiftieth
        EXPECT_GE(at + 1000, begin + 400 - 8);
    }
}

TEST(InputJson, WhereAFilmIsCroppedComesBackAsItWent) {
    Config c = sound_config();
    c.input.type = InputConfig::Type::video;
    c.input.video = {1, {1, 4, 8}, 2, 16, 16, 12.5, {0.4}, {0.2}};
    c.input.position.axis_bands = {};
    c.input.position.max_resolution = {2, 4, 4};
    EXPECT_EQ(to_json(c).find("crop"), std::string::npos);   // as before there was one
    c.input.video.crop_fraction = 0.5;
    c.input.video.crop_centre = {0.48, 0.584};
    c.input.video.mean_frame = 0.8;
    const Config again = config_from_json(to_json(c));
    EXPECT_EQ(again.input.video.crop_fraction, 0.5);
    EXPECT_EQ(again.input.video.crop_centre, c.input.video.crop_centre);
    EXPECT_EQ(again.input.video.mean_frame, 0.8);
    const auto refused = [&](auto change, const std::string& key) {
        Config wrong = c;
        change(wrong.input.video);
        const auto failure = samples::failure_of([&] { wrong.validate(); });
        EXPECT_EQ(failure.code, ErrorCode::unreadable_model);
        EXPECT_NE(failure.sentence.find(key), std::string::npos) << failure.sentence;
    };
    refused([](VideoConfig& v) { v.crop_fraction = 0; }, "input.crop_fraction");
    refused([](VideoConfig& v) { v.crop_fraction = 1.5; }, "input.crop_fraction");
    refused([](VideoConfig& v) { v.crop_centre[1] = -0.1; }, "input.crop_centre");
    refused([](VideoConfig& v) { v.mean_frame = std::numeric_limits<double>::quiet_NaN(); }, "input.mean_frame");
}

TEST(InputJson, ContradictionsAreRefusedByName) {
    const auto refused = [](auto change, const std::string& key) {
        Config c = sound_config();
        change(c.input);
        const auto failure = samples::failure_of([&] { c.validate(); });
        EXPECT_EQ(failure.code, ErrorCode::unreadable_model);
        EXPECT_NE(failure.sentence.find(key), std::string::npos) << failure.sentence;
    };
    refused([](InputConfig& c) { c.spectrogram.window = 257; }, "input.window");
    refused([](InputConfig& c) { c.spectrogram.seek = true; c.spectrogram.frames = 0; }, "input.seek");
    refused([](InputConfig& c) { c.spectrogram.fft = 1 << 20; }, "input.fft");
    refused([](InputConfig& c) { c.spectrogram.hop = 0; }, "input.hop");
    refused([](InputConfig& c) { c.spectrogram.high = 4001; }, "input.high");
    refused([](InputConfig& c) { c.spectrogram.low = 3800; }, "input.low");
    refused([](InputConfig& c) { c.spectrogram.std = 0; }, "input.std");
    refused([](InputConfig& c) { c.spectrogram.floor = 0; }, "input.floor");
    refused([](InputConfig& c) { c.spectrogram.floor = std::nan(""); }, "input.floor");
    refused([](InputConfig& c) { c.spectrogram.mean = std::nan(""); }, "input.mean");
    refused([](InputConfig& c) { c.spectrogram.patch = {5, 5}; }, "whole patches");
    refused([](InputConfig& c) { c.spectrogram.frames = 11; }, "whole patches");
    refused([](InputConfig& c) { c.position.axis_bands = {5}; }, "axis_bands");
    refused([](InputConfig& c) { c.position.axis_bands = {5, -1}; }, "axis_bands");
}

}  // namespace
}  // namespace perceiver
