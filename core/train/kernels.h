// Inner loops of training that LibTorch has no fused form of: plain arrays in, plain arrays out, one thread
// each, compiled once per instruction set. T is float or std::uint16_t (the bits of a bfloat16); sums and
// statistics are float.
#pragma once

#include <cstdint>

namespace perceiver::train {

struct NormShape {
    std::int64_t rows, channels;  ///< channels % 16 == 0
    float eps;
};
struct AttentionShape {
    std::int64_t tokens, channels, heads;  ///< tokens % 16 == 0, channels / heads % 16 == 0
};
/// Rows [channels + rows + cols] against the three arrays of perceiver/separable_kernel.h.
struct TableShape {
    std::int64_t queries, channels, rows, cols;
};

template <typename T>
struct NormGradients {
    const float* sum;  ///< null when nothing came back to the sum
    const T* out;
    float* x;
    T* delta;                     ///< null when there was none; the gradient of x, rounded
    float *bias, *scale, *shift;  ///< [channels], added to; bias may be null
};

template <typename T>
struct Kernels {
    /// sum = x + delta + bias; out = layerNorm(sum) * scale + shift. `delta` and `bias` may be null.
    void (*add_norm)(const NormShape&, const float* x, const T* delta, const float* bias, const float* scale,
                     const float* shift, float* sum, T* out, float* mean, float* rstd);
    void (*add_norm_backward)(const NormShape&, const float* sum, const float* mean, const float* rstd,
                              const float* scale, const NormGradients<T>&);
    /// out = gelu(x + bias), with the error function; channels % 16 == 0.
    void (*bias_gelu)(std::int64_t rows, std::int64_t channels, const T* x, const float* bias, T* out);
    void (*bias_gelu_backward)(std::int64_t rows, std::int64_t channels, const T* x, const float* bias,
                               const T* grad_out, T* grad_x, float* grad_bias);
    /// Self-attention of one picture: qkv [tokens, 3 channels] + bias; weights [heads, tokens, tokens] is
    /// kept for the backward pass. `scratch` holds attention_scratch(shape) floats.
    void (*attention)(const AttentionShape&, const T* qkv, const float* bias, T* out, T* weights,
                      float* scratch);
    void (*attention_backward)(const AttentionShape&, const T* qkv, const float* bias, const T* weights,
                               const T* grad_out, T* grad_qkv, float* grad_bias, float* scratch);
    /// Rows [rows, cols] of scores become weights, in place; `scratch` holds softmax_scratch(cols) floats.
    void (*softmax)(std::int64_t rows, std::int64_t cols, T* x, float* scratch);
    /// The gradient of the weights becomes that of the scores, in place.
    void (*softmax_backward)(std::int64_t rows, std::int64_t cols, const T* weights, T* grad, float* scratch);
    void (*unpack_tables)(const TableShape&, const T* packed, float* a, float* row, float* col);
    void (*pack_tables)(const TableShape&, const float* a, const float* row, const float* col, T* packed);
};

inline std::int64_t attention_scratch(const AttentionShape& s) {
    return 8 * s.tokens * (s.channels / s.heads) + 2 * s.tokens * s.tokens;
}

inline std::int64_t softmax_scratch(std::int64_t cols) { return 2 * ((cols + 15) / 16 * 16); }

/// Those for the instruction set of this machine.
template <typename T>
const Kernels<T>& kernels();

}  // namespace perceiver::train
