// Inner loops of the cross-attend over pixels with learned positions: plain float arrays, one thread. A token
// is [data | position] of its pixel, normalised over both; every picture is asked the same, so that what the
// queries make of the positions is one table for the whole batch:
//   s(q, b, m) = rstd(b, m) * (P[q, m] + a[q] . data(b, :, m)),   weights w = softmax over m
//   out(b, q)  = sum over m of w * rstd * [data(b, :, m) | V[:, m]]
// with V what the head's values make of the positions. The mean of LayerNorm is in P, a and V, whose weights
// have their own means taken off.
#pragma once

#include <cstdint>

namespace perceiver::train {

struct LearnedShape {
    static constexpr std::int64_t data = 3;   ///< channels of a pixel
    static constexpr std::int64_t group = 4;  ///< queries that are worked on together
    std::int64_t pictures, latents, heads;    ///< latents % group == 0
    std::int64_t elements, depth;             ///< elements % 16 == 0; depth of a head's values, % 4 == 0

    std::int64_t width() const { return data + depth; }
    /// Where head `head` of latent `latent` begins in `out` [pictures, latents, heads, width].
    std::int64_t at(std::int64_t picture, std::int64_t latent, std::int64_t head) const {
        return ((picture * latents + latent) * heads + head) * width();
    }
};

/// What both directions read.
struct LearnedInput {
    const float* places;  ///< P [heads, latents, elements]
    const float* values;  ///< V [heads, depth, elements]
    const float* a;       ///< [heads, latents, data]
    const float* rstd;    ///< [pictures, elements]
    const float* data;    ///< [pictures, data, elements]
};

struct LearnedGradients {
    const float *log_sum, *out, *grad_out;  ///< of the forward pass, and what came back
    float *places, *a;                      ///< of these latents: overwritten
    float *values, *rstd;                   ///< added to
};

struct LearnedLoops {
    /// Latents [first, first + group) of one head, all pictures. log_sum [pictures, heads, latents]; `scratch`
    /// holds group * elements floats.
    void (*forward)(const LearnedShape&, const LearnedInput&, std::int64_t head, std::int64_t first,
                    float* log_sum, float* out, float* scratch);
    void (*backward)(const LearnedShape&, const LearnedInput&, std::int64_t head, std::int64_t first,
                     const LearnedGradients&);
};

/// Those for the instruction set of this machine.
const LearnedLoops& learned_loops();

}  // namespace perceiver::train
