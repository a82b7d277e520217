// The cross-attend over pixels with learned positions (train/learned_loops.h) as an autograd function.
#pragma once

#include <ATen/core/Tensor.h>

namespace perceiver::train {

/// Pictures as it wants them: what LayerNorm needs of a token apart from its learned part.
struct PixelBatch {
    at::Tensor data;          ///< [B, 3, M], normalised
    at::Tensor sum, squares;  ///< [B, M], over the channels
};

/// places [heads, latents, M], values [heads, depth, M], a [heads, latents, 3], rstd [B, M], data [B, 3, M], all
/// float32 -> [B * latents, heads * (3 + depth)]: the weighted sums of the pixels and of their values. No
/// gradient to the data.
at::Tensor learned_attend(const at::Tensor& places, const at::Tensor& values, const at::Tensor& a,
                          const at::Tensor& rstd, const at::Tensor& data);

}  // namespace perceiver::train
