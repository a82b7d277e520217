// The full-size 2021 ImageNet Perceiver with random weights ("Perceiver", section 4.1: 512 latents of 1024 channels, 8
// cross-attends of 50,176 pixels, 48 latent layers), and its cross-attend alone.
#pragma once

#include "perceiver/perceiver.h"

namespace perceiver::bench {

/// `blocks` of 6 layers, one after each of as many cross-attends.
Config imagenet(std::int64_t side = 224, std::int64_t latents = 512, std::int64_t blocks = 8);
/// One cross-attend with latents of 16 channels: what isn't the attention itself costs next to nothing.
Config cross_attend_alone(std::int64_t side = 224, std::int64_t latents = 512, std::int64_t heads = 1);
/// Linear weights of deviation 1 / sqrt(inputs), norms near 1: activations of the size a trained model has.
Weights plausible_weights(const Config& config);

}  // namespace perceiver::bench
