// What an element's data is: pixels, patches of pixels or samples, convolutions (Perceiver IO, appendix D).
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "input/input_config.h"

namespace perceiver::input {

/// Data of one modality as the references take it, channels last, already normalised: image [H, W, channels],
/// audio [samples], spectrogram [mels, frames], video [T, H, W, channels], points [n, dims + features] (position
/// first), label [classes]. Prepared, it is [count, data_channels] on a grid; of points the positions are taken off.
struct Prepared {
    at::Tensor data;                    ///< [product of grid, data channels] float32, row-major over the grid
    std::vector<std::int64_t> grid;
    at::Tensor positions;               ///< points: [n, dims] float64; else undefined
};

/// Weights of a convolution, as in a model's tensors (perceiver/config.h).
struct ConvWeights {
    at::Tensor weight, bias;                                       ///< conv1x1 has a bias
    at::Tensor norm_weight, norm_bias, norm_mean, norm_variance;   ///< conv_pool
};

/// Throws Error{no_fit} when the data isn't what the config describes (axes, channels, whole patches).
Prepared prepare(const at::Tensor& raw, const InputConfig& config, const ConvWeights& conv);

}  // namespace perceiver::input
