// The fused operations of training as autograd functions. Activations are float32 or bfloat16 (`compute`),
// sums, statistics and the residual stream float32.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <utility>

namespace perceiver::train {

/// {x + delta + bias, layerNorm(x + delta + bias) * scale + shift in `compute`}. x [R, D] float32; delta and
/// bias may be undefined.
std::pair<at::Tensor, at::Tensor> add_norm(const at::Tensor& x, const at::Tensor& delta,
                                           const at::Tensor& bias, const at::Tensor& scale,
                                           const at::Tensor& shift, double eps, at::ScalarType compute);

/// gelu(x + bias) with the error function; x [R, D].
at::Tensor bias_gelu(const at::Tensor& x, const at::Tensor& bias);

/// Self-attention over each picture's latents. qkv [B * latents, 3 D], bias [3 D] -> [B * latents, D].
at::Tensor self_attention(const at::Tensor& qkv, const at::Tensor& bias, std::int64_t latents,
                          std::int64_t heads);

/// A batch of pictures as the separable cross-attend wants it: rstd [B, rows, cols], data [B, channels, rows,
/// cols] already times rstd.
struct GridBatch {
    at::Tensor rstd, data;
};

/// A batch of anything as the dense cross-attend wants it: [B, M, C], each element normalised over C, in the
/// type of the activations. No gradient goes through it.
struct TokenBatch {
    at::Tensor tokens;
};

/// The dense cross-attend of a batch with folded queries [B or 1 times latents, heads * C]: softmax(q x^T) x,
/// the weighted sums [B * latents, heads * C]. With one example's queries every example is asked the same.
at::Tensor cross_attend(const at::Tensor& queries, const TokenBatch& batch, std::int64_t latents,
                        std::int64_t heads);

/// The separable cross-attend of a batch (perceiver/separable_kernel.h). tables [B or 1, latents, heads,
/// channels + rows + cols] are the folded queries' a, row and col; the result has the same layout for B
/// pictures and holds the weighted sums. With a leading 1 every picture is asked the same.
at::Tensor cross_attend(const at::Tensor& tables, const GridBatch& grid, std::int64_t latents,
                        std::int64_t heads, at::ScalarType compute);

}  // namespace perceiver::train
