// What happens to the rows of the latent array between matrix products: LayerNorm and softmax, written in the type the
// next product reads, float32 or bfloat16.
#pragma once

#include <ATen/core/Tensor.h>

namespace perceiver {

/// LayerNorm over the columns of x [n, d] float32, as `type`.
at::Tensor layer_norm_rows(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, double eps,
                           at::ScalarType type);

/// Softmax over the last axis of contiguous float32 scores, as `type`. The scores' own memory is used.
at::Tensor softmax_rows(at::Tensor scores, at::ScalarType type);

}  // namespace perceiver
