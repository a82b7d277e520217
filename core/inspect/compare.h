// Maps beside each other: which latents look alike, and what changed between two cross-attends ("Perceiver", figure 3,
// shows first against later ones). Cosine asks for the same shape, whatever the scale; the Jensen-Shannon divergence
// (Lin, IEEE Trans. Inf. Theory 37, 1991) for the same distribution, in bits from 0 (equal) to 1 (nowhere the same).
//
// Caveat: both compare where latents look, place by place. Maps that look at neighbouring pixels count as different.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "inspect/maps.h"

namespace perceiver::inspect {

/// Cosine between all latents' maps (mean over heads) at cross-attend k, [N, N] float32; 0 with a map that is 0.
/// N x M numbers are never there at once. Throws Error: no_fit, cancelled.
at::Tensor cosine_similarity(const Trace& trace, int k, const CancelToken& cancel = {});

struct Similarity {
    at::Tensor cosine;            ///< [N] float32
    at::Tensor divergence_bits;   ///< [N] float32, Jensen-Shannon
};
/// Latent `latent`'s map against everyone's, itself included. Throws Error: no_fit, cancelled.
Similarity similarity_to(const Trace& trace, int k, int latent, const CancelToken& cancel = {});

/// The `count` latents whose maps are nearest to `latent`'s by divergence, nearest first, itself left out.
std::vector<int> nearest_latents(const Similarity& similarity, int latent, int count);

/// Of two distributions [M], each of sum 1: 0 to 1 bits.
double jensen_shannon_bits(const at::Tensor& p, const at::Tensor& q);

struct Difference {
    at::Tensor map;               ///< [M] float32, attention at `later` minus attention at `first`; sums to 0
    double divergence_bits = 0;
};
/// What changed between two cross-attends, of one latent and head or of the mean (`all`). Throws Error: no_fit,
/// cancelled.
Difference difference(const Trace& trace, int first, int later, int head, int latent, const CancelToken& cancel = {});

}  // namespace perceiver::inspect
