// Tiny models of every kind of data, as bundles with random weights.
#pragma once

#include <filesystem>

#include "support/tiny_model.h"
#include "weights/bundle.h"
#include "weights/to_torch.h"

namespace perceiver::test {

/// 4 x 8 patches of 16 mels over 0.32 s.
inline Config tiny_sound_config() {
    Config c = tiny_config();
    c.input = {};
    c.input.type = InputConfig::Type::spectrogram;
    auto& s = c.input.spectrogram;
    s.sample_rate = 8000;
    s.fft = s.window = 512;
    s.hop = 80;
    s.mels = 16;
    s.frames = 32;
    s.low = 40;
    s.high = 4000;
    s.patch = {4, 4};
    c.input.position.num_bands = 3;
    c.input.position.max_resolution = {4, 8};
    return c;
}

/// 64 points.
inline Config tiny_cloud_config() {
    Config c = tiny_config();
    c.input = {};
    c.input.type = InputConfig::Type::points;
    c.input.points.points = 64;
    c.input.points.fit = input::PointsConfig::Fit::unit_ball;
    c.input.position.num_bands = 3;
    c.input.position.max_resolution = {8, 8, 8};
    return c;
}

/// 3 frames of 6 x 6 blocks of 2 x 2 pixels, at 5 frames a second.
inline InputConfig tiny_film_input() {
    InputConfig c;
    c.type = InputConfig::Type::video;
    c.video.patch = {1, 2, 2};
    c.video.frames = 3;
    c.video.height = c.video.width = 12;
    c.video.frame_rate = 5;
    c.position.num_bands = 2;
    c.position.max_resolution = {3, 6, 6};
    return c;
}
inline Config tiny_film_config() {
    Config c = tiny_config();
    c.input = tiny_film_input();
    return c;
}

/// That film, 25 patches of its sound, and a masked label.
inline Config tiny_several_config() {
    Config c = tiny_config();
    InputConfig sound, label;
    sound.type = InputConfig::Type::audio;
    sound.audio.samples_per_patch = 16;
    sound.audio.sample_rate = 2000;
    sound.audio.samples = 400;
    sound.position.num_bands = 4;
    sound.position.max_resolution = {25};
    label.type = InputConfig::Type::label;
    label.label.classes = 5;
    label.position.type = PositionConfig::Type::none;
    c.input = {};
    c.input.type = InputConfig::Type::multimodal;
    c.input.min_padding = 2;
    c.input.modalities = {
        {"audio", sound, false, false}, {"image", tiny_film_input(), false, false}, {"label", label, true, true}};
    return c;
}

inline void write_tiny_model(const std::filesystem::path& path, const Config& config, double accuracy = 0) {
    weights::Card card;
    card.title = path.stem().string();
    card.accuracy = accuracy;
    weights::write_bundle(path, config, card, weights::to_data(random_weights(config)));
}

}  // namespace perceiver::test
