// Inspect: questions to a Trace. Everything is made again from the folded queries and log-sum-exps, equal to the dense
// matrices to float32 noise; nothing here runs a model or draws a picture.
#pragma once

#include <ATen/core/Tensor.h>

#include "base/cancel.h"
#include "perceiver/trace.h"

namespace perceiver::inspect {

inline constexpr int all = -1;   ///< the mean over latents, or over heads

enum class Scale { probability, logit };

/// One number per row of the input array, [M] float32: latent `latent`'s attention (sums to 1) or score (q.k / sqrt of
/// the channels per head) at cross-attend k. `all` takes the mean, of attention or of scores.
/// Throws Error{no_fit} when k, head or latent doesn't exist; Error{cancelled}.
at::Tensor map(const Trace& trace, int k, int head, int latent, Scale scale, const CancelToken& cancel = {});

/// The reverse: how much every latent reads element `element`, [N] float32.
at::Tensor reverse(const Trace& trace, int k, int head, int element, Scale scale);

/// Every latent's map (mean over heads), each averaged down over whole blocks of places to at most `max_side` rows and
/// columns, in the grid's order. Entropy is that of the whole map's attention, in bits, whichever the scale.
struct LatentMaps {
    at::Tensor thumbs;         ///< [N, rows, cols]
    at::Tensor entropy_bits;   ///< [N]
};
LatentMaps latent_maps(const Trace& trace, int k, Scale scale, int max_side, const CancelToken& cancel = {});

/// Values per row of the input array [..., M] put where their data lies in the picture, [..., rows, cols]: undoes the
/// permutation the layout records.
at::Tensor to_grid(const at::Tensor& values, const input::Layout& layout);

/// The count largest entries of [n] values, largest first.
std::vector<std::pair<int, float>> largest(const at::Tensor& values, int count);

}  // namespace perceiver::inspect
