// Protects what a model of film reads: the frames' middle, at its size, in its channels, as many as it reads.
#include <ATen/TensorOperators.h>
#include <ATen/ops/mean.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include "input/encoder.h"
#include "input/film_input.h"
#include "support/expect_error.h"

namespace perceiver::input {
namespace {

InputConfig film_config(std::int64_t channels = 3) {
    InputConfig c;
    c.type = InputConfig::Type::video;
    c.video.channels = channels;
    c.video.frames = 3;
    c.video.height = 4;
    c.video.width = 6;
    c.video.frame_rate = 12.5;
    return c;
}

using Frames = std::vector<std::vector<std::uint8_t>>;
Frames frames(std::int64_t count, std::int64_t height, std::int64_t width) {
    Frames out;
    for (std::int64_t t = 0; t < count; ++t) {
        out.emplace_back();
        for (std::int64_t i = 0; i < 3 * height * width; ++i)
            out.back().push_back(static_cast<std::uint8_t>(37 * t + 11 * i % 200));
    }
    return out;
}
std::vector<PixelView> views(const Frames& frames, std::int64_t height, std::int64_t width) {
    std::vector<PixelView> out;
    for (const auto& f : frames) out.push_back({f.data(), width, height});
    return out;
}
float number(const at::Tensor& data, std::int64_t t, std::int64_t r, std::int64_t c, std::int64_t k) {
    return data[t][r][c][k].item<float>();
}

TEST(InputFilm, FramesOfTheModelsSizePassAsTheyAre) {
    InputConfig config = film_config();
    config.video.mean = {0.5, 0.25, 0};
    config.video.std = {0.5, 2, 1};
    const Frames all = frames(3, 4, 6);
    const EncodedFilm film = encode_film(views(all, 4, 6), config);
    ASSERT_EQ(film.data.sizes(), (at::IntArrayRef{3, 4, 6, 3}));
    for (std::int64_t t = 0; t < 3; ++t)
        for (std::int64_t r = 0; r < 4; ++r)
            for (std::int64_t c = 0; c < 6; ++c)
                for (std::int64_t k = 0; k < 3; ++k) {
                    const auto at = static_cast<std::size_t>(k);
                    const double value =
                        all[static_cast<std::size_t>(t)][static_cast<std::size_t>(3 * (6 * r + c) + k)];
                    EXPECT_NEAR(number(film.data, t, r, c, k),
                                (value / 255 - config.video.mean[at]) / config.video.std[at], 1e-6);
                }
    EXPECT_EQ(film.view, all);
    EXPECT_EQ(film.crop_width, 6);
    EXPECT_EQ(film.crop_x, 0);
}

TEST(InputFilm, AModelOfOneChannelSeesLuma) {
    const Frames all = frames(3, 4, 6);
    const EncodedFilm film = encode_film(views(all, 4, 6), film_config(1));
    ASSERT_EQ(film.data.size(3), 1);
    for (std::size_t i = 0; i < 24; ++i) {
        const std::uint8_t* p = all[1].data() + 3 * i;
        const double luma = 0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2];
        EXPECT_NEAR(number(film.data, 1, std::int64_t(i) / 6, std::int64_t(i) % 6, 0), luma / 255, 1e-6);
        for (std::size_t k = 0; k < 3; ++k) EXPECT_NEAR(film.view[1][3 * i + k], luma, 0.51);
    }
}

TEST(InputFilm, APartOfTheFrameMayBeSeenAboutAnotherPlace) {
    const Frames all = frames(3, 72, 96);
    InputConfig config = film_config();
    config.video.height = 32;
    config.video.width = 48;
    config.video.crop_fraction = 0.5;
    config.video.crop_centre = {0.48, 0.584};
    const EncodedFilm film = encode_film(views(all, 72, 96), config);
    EXPECT_EQ(film.crop_x, 22);
    EXPECT_EQ(film.crop_y, 26);
    EXPECT_EQ(film.crop_width, 48);
    EXPECT_EQ(film.crop_height, 32);
    for (std::int64_t r = 0; r < 32; ++r)   // at its own size: the very pixels
        for (std::int64_t c = 0; c < 48; ++c)
            EXPECT_EQ(film.view[2][static_cast<std::size_t>(3 * (48 * r + c))],
                      all[2][static_cast<std::size_t>(3 * (96 * (r + 26) + c + 22))]);
    for (const double corner : {0.0, 1.0}) {   // never past the edges
        config.video.crop_centre = {corner, 1 - corner};
        const EncodedFilm there = encode_film(views(all, 72, 96), config);
        EXPECT_EQ(there.crop_x, corner * 48);
        EXPECT_EQ(there.crop_y, (1 - corner) * 40);
    }
    // The middle is where it has always been, of odd margins too.
    config.video.crop_centre = {0.5, 0.5};
    const EncodedFilm middle = encode_film(views(frames(3, 71, 95), 71, 95), config);
    EXPECT_EQ(middle.crop_x, (95 - std::int64_t(middle.crop_width)) / 2);
    EXPECT_EQ(middle.crop_y, (71 - std::int64_t(middle.crop_height)) / 2);
}

TEST(InputFilm, WhatStaysTheSameIsTakenOff) {
    const Frames all = frames(3, 4, 6);
    InputConfig config = film_config();
    const at::Tensor plain = encode_film(views(all, 4, 6), config).data;
    config.video.mean_frame = 1;
    const at::Tensor moving = encode_film(views(all, 4, 6), config).data;
    EXPECT_LT(moving.mean(0).abs().max().item<double>(), 1e-6);
    config.video.mean_frame = 0.25;
    config.video.std = {2, 2, 2};
    const at::Tensor part = encode_film(views(all, 4, 6), config).data;
    EXPECT_LT((part * 2 - (moving + 0.75 * plain.mean(0, true))).abs().max().item<double>(), 1e-5);
    // Still film is nothing but its still part.
    const Frames still(3, all[0]);
    config.video.mean_frame = 1;
    EXPECT_LT(encode_film(views(still, 4, 6), config).data.abs().max().item<double>(), 1e-6);
}

TEST(InputFilm, OfALargerFilmTheMiddleIsSeenReduced) {
    // 8 x 40 pixels: black but for the 12 columns in the middle.
    Frames all(3, std::vector<std::uint8_t>(8 * 40 * 3));
    for (auto& f : all)
        for (std::size_t i = 0; i < 8 * 40; ++i)
            if (i % 40 >= 14 && i % 40 < 26) std::fill_n(f.begin() + std::ptrdiff_t(3 * i), 3, 200);
    const EncodedFilm film = encode_film(views(all, 8, 40), film_config());
    EXPECT_EQ(film.crop_x, 14);
    EXPECT_EQ(film.crop_width, 12);
    EXPECT_EQ(film.crop_y, 0);
    EXPECT_EQ(film.crop_height, 8);
    EXPECT_NEAR(film.data.min().item<double>(), 200 / 255.0, 1e-5);
}

TEST(InputFilm, TheLastFrameOfAShortFilmIsRepeatedAndALongOneCut) {
    const Frames two = frames(2, 4, 6), five = frames(5, 4, 6);
    const EncodedFilm less = encode_film(views(two, 4, 6), film_config()),
                      more = encode_film(views(five, 4, 6), film_config());
    EXPECT_EQ(less.view[2], two[1]);
    EXPECT_TRUE(less.data[2].equal(less.data[1]));
    EXPECT_EQ(more.view, Frames(five.begin(), five.begin() + 3));
    EXPECT_EQ(more.data.size(0), 3);
}

TEST(InputFilm, WhatIsNoFilmIsRefused) {
    const Frames all = frames(3, 4, 6);
    const auto refused = [](const InputConfig& config, std::vector<PixelView> pixels, const char* word) {
        const auto failure = samples::failure_of([&] { encode_film(pixels, config); });
        EXPECT_EQ(failure.code, ErrorCode::no_fit);
        EXPECT_NE(failure.sentence.find(word), std::string::npos) << failure.sentence;
    };
    refused(film_config(), {}, "no frame");
    auto mixed = views(all, 4, 6);
    mixed[2] = {all[2].data(), 4, 6};
    refused(film_config(), mixed, "differ in size");
    refused(film_config(2), views(all, 4, 6), "2 channels");
    InputConfig open = film_config();
    open.video.height = 0;
    refused(open, views(all, 4, 6), "what size");
    refused(InputConfig{}, views(all, 4, 6), "reads no film");
    EXPECT_EQ(film_shape(film_config()).seconds(), 3 / 12.5);
    const CancelToken cancel;
    cancel.cancel();
    EXPECT_EQ(samples::failure_of([&] { encode_film(views(all, 4, 6), film_config(), cancel); }).code,
              ErrorCode::cancelled);
}

TEST(PatchOrder, IsTimeRowColumnChannelWithTheChannelFastest) {
    InputConfig c = film_config(2);
    c.video.patch = {2, 1, 2};
    c.position.type = PositionConfig::Type::none;
    // 2 frames of 1 x 4 pixels; pixel value = 100 frame + 10 column + channel.
    std::vector<float> film;
    for (int t = 0; t < 2; ++t)
        for (int x = 0; x < 4; ++x)
            for (int k = 0; k < 2; ++k) film.push_back(float(100 * t + 10 * x + k));
    const at::Tensor tokens = Encoder(c, {}, 1e-5).encode({{"", at::tensor(film).view({2, 1, 4, 2})}})->tokens();
    EXPECT_TRUE(tokens.equal(
        at::tensor({0, 1, 10, 11, 100, 101, 110, 111, 20, 21, 30, 31, 120, 121, 130, 131}).to(at::kFloat).view({2, 8})))
        << tokens;
}

}  // namespace
}  // namespace perceiver::input
