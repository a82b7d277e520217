// The Perceivers of the papers and of Hugging Face's hub, as configurations.
#pragma once

#include <string>
#include <vector>

#include "perceiver/config.h"

namespace perceiver::samples {

/// The 2021 Perceiver for ImageNet ("Perceiver", sections 3 and 4): 48 latent layers in 8 blocks of one set of weights,
/// and `crosses` cross-attends, 1, 2, 4 or 8, of which all but the first have the same weights.
Config perceiver_2021(std::int64_t crosses, bool at_start = false);
/// The same with weights of their own everywhere.
Config unshared(Config config);
/// "Perceiver", table 5: cross-attends of their own alone, without a latent transformer.
Config crosses_only(std::int64_t crosses);
/// One cross-attend and 128 learned position channels ("Perceiver", table 2).
Config perceiver_2021_learned();

/// "Perceiver IO", section 4 and appendices: what is on the hub as vision-perceiver-fourier, -learned, -conv and
/// multimodal-perceiver. At a `scale` below 1 latents, channels, layers and pictures become fewer by about that much.
enum class Released { fourier, learned, conv, multimodal };
Config released(Released which, double scale = 1);

}  // namespace perceiver::samples
