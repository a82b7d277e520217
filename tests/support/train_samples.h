// Small trainable Perceivers and recipes made in code.
#pragma once

#include <cstdint>

#include "train/recipe.h"

namespace perceiver::samples {

/// Two distinct cross-attends over three stages, shared and own blocks; sizes that are not all alike.
inline Config trainable_config(std::int64_t rows = 16, std::int64_t cols = 16) {
    Config c;
    c.num_latents = 16;
    c.latent_channels = 64;
    c.cross_modules = {{4, 4 * 24, 32, 1}, {2, 2 * 20, 64, 2}};
    c.block_modules = {{2, 4, 64, 64, 2}, {1, 2, 64, 64, 1}};
    c.stages = {{0, {0}}, {1, {1, 0}}, {1, {1}}};
    c.labels = {"red", "green", "blue"};
    c.num_classes = 3;
    c.input.image.height = rows;
    c.input.image.width = cols;
    c.input.image.mean = {0.5, 0.4, 0.3};
    c.input.image.std = {0.2, 0.25, 0.3};
    c.input.position.num_bands = 5;
    c.input.position.max_resolution = {double(rows), double(cols)};
    return c;
}

/// The same with a learned position for every pixel, read once.
inline Config learned_config() {
    Config c = trainable_config();
    c.stages = {{0, {0, 1}}};
    c.cross_modules.resize(1);
    c.input.position = {};
    c.input.position.type = PositionConfig::Type::learned;
    c.input.position.channels = 12;
    c.input.position.index_dims = {16, 16};
    return c;
}

/// The same for clouds of 40 points, for mel spectrograms of 20 frames, and for sounds of 120 samples, with a
/// LayerNorm before the head.
inline Config points_config() {
    Config c = trainable_config();
    c.head_norm = true;
    c.input.type = InputConfig::Type::points;
    c.input.points = {3, 0, 40, input::PointsConfig::Fit::unit_ball};
    c.input.position.num_bands = 4;
    c.input.position.max_resolution = {8, 8, 8};
    return c;
}
inline Config spectrogram_config() {
    Config c = trainable_config();
    c.head_norm = true;
    c.input.type = InputConfig::Type::spectrogram;
    c.input.spectrogram = {8000, 256, 200, 80, 12, 20, 60, 3800, 1e-3, -2, 3, {4, 5}};
    c.input.position.num_bands = 3;
    c.input.position.axis_bands = {3, 0};
    c.input.position.max_resolution = {6, 6};
    return c;
}
inline Config sound_config() {
    Config c = trainable_config();
    c.input.type = InputConfig::Type::audio;
    c.input.audio = {10, 8000, 120, 0.125, 255};
    c.input.position.num_bands = 3;
    c.input.position.max_resolution = {12};
    return c;
}

/// Film of 4 frames of 16 x 16, of a camera over pictures of that size; its labels are the camera's motions.
inline Config film_config() {
    Config c = trainable_config();
    c.head_norm = true;
    c.input.type = InputConfig::Type::video;
    c.input.video = {1, {2, 4, 8}, 4, 16, 16, 12.5, {0.4}, {0.2}};
    c.input.position.num_bands = 2;
    c.input.position.axis_bands = {1, 2, 2};
    c.input.position.max_resolution = {2, 4, 4};
    return c;
}

/// A part of each of those frames, and the sound's spectrogram.
inline Config senses_config() {
    Config c = trainable_config();
    c.head_norm = true;
    InputConfig picture = film_config().input;
    picture.video.crop_fraction = 0.8;
    picture.video.crop_centre = {0.45, 0.5};
    picture.video.mean_frame = 0.5;
    c.input = {};
    c.input.type = InputConfig::Type::multimodal;
    c.input.min_padding = 4;
    c.input.modalities = {{"picture", picture, false, false}, {"sound", spectrogram_config().input, false, false}};
    return c;
}

/// From an ordinary start, with every augmentation, decay and clipping switched on; float32.
inline train::Recipe recipe_for(const Config& config, std::int64_t steps) {
    train::Recipe r;
    r.model = to_json(config);
    r.start.latents = false;
    r.augment = {true, 2, 0.1, 0.2};
    r.augment_points = {30, 0.2, true, 15, 0.05, 0.01};
    r.augment_sound = {true, 0.2, 1, 6, 2, 0.2, 3, 2, 4};
    if (config.input.type == InputConfig::Type::video) r.camera.emplace();
    r.optimiser.learning_rate = 3e-3;
    r.optimiser.weight_decay = 0.05;
    r.optimiser.clip_norm = 1;
    r.schedule = {4, steps, 0};
    r.batch = 6;
    r.held_out = 4;
    r.seed = 5;
    r.compute = "float32";
    return r;
}

}  // namespace perceiver::samples
