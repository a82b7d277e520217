// Shapes of small models that watch films, and of one that listens as well.
#pragma once

#include "perceiver/config.h"

namespace perceiver::samples {

/// 16 grey frames of 48 x 48, 12.5 a second, in blocks of 4 x 8 x 8: 144 elements.
inline Config film_config() {
    Config c;
    c.num_latents = 16;
    c.latent_channels = 32;
    c.cross_modules = {{2, 32, 32, 1}, {2, 32, 32, 1}};
    c.block_modules = {{1, 2, 32, 32, 1}};
    c.stages = {{0, {0}}, {1, {0}}};
    c.num_classes = 4;
    c.labels = {"pan left", "pan right", "zoom in", "zoom out"};
    c.input.type = InputConfig::Type::video;
    c.input.video.channels = 1;
    c.input.video.patch = {4, 8, 8};
    c.input.video.frames = 16;
    c.input.video.height = c.input.video.width = 48;
    c.input.video.frame_rate = 12.5;
    c.input.video.mean = {0.45};
    c.input.video.std = {0.25};
    c.input.position.num_bands = 4;
    c.input.position.max_resolution = {4, 6, 6};
    return c;
}

/// The same frames and the sound of the same time: 160 patches of 64 samples at 8 kHz, then a masked label.
inline Config film_and_sound_config() {
    Config c = film_config();
    InputConfig image = c.input, audio, label;
    audio.type = InputConfig::Type::audio;
    audio.audio.samples_per_patch = 64;
    audio.audio.sample_rate = 8000;
    audio.audio.samples = 10'240;
    audio.position.num_bands = 8;
    audio.position.max_resolution = {160};
    label.type = InputConfig::Type::label;
    label.label.classes = c.num_classes;
    label.position.type = PositionConfig::Type::none;
    c.input = {};
    c.input.type = InputConfig::Type::multimodal;
    c.input.min_padding = 4;
    c.input.modalities = {{"audio", audio, true, false}, {"image", image, true, false}, {"label", label, true, true}};
    return c;
}

}  // namespace perceiver::samples
