// Inspect: questions to a Trace. Everything is made again from the folded queries and log-sum-exps, equal to the dense
// matrices to float32 noise; nothing here runs a model or draws a picture. Of parts that were read the separable way
// the tables are enough: no token is made. Of the others the normalised tokens are read, and kept where that is at most
// 128 MB (input::InputArray::normalized), so that the next question finds them.
#pragma once

#include <ATen/core/Tensor.h>

#include <span>

#include "base/cancel.h"
#include "perceiver/trace.h"

namespace perceiver::inspect {

inline constexpr int all = -1;   ///< the mean over latents, or over heads

enum class Scale { probability, logit };

/// One number per row of the input array, [M] float32: latent `latent`'s attention (sums to 1, 0 where masked) or score
/// (q.k / sqrt of the channels per head) at cross-attend k. `all` takes the mean, of attention or of scores.
/// Throws Error{no_fit} when k, head or latent doesn't exist; Error{cancelled}.
at::Tensor map(const Trace& trace, int k, int head, int latent, Scale scale, const CancelToken& cancel = {});

/// The reverse: how much every latent reads element `element`, [N] float32.
at::Tensor reverse(const Trace& trace, int k, int head, std::int64_t element, Scale scale);

/// Entropy of every latent's attention over the input array (`all`: of the mean over heads), in bits, [N] float32: 0
/// when it looks at one element alone, log2 M when at all alike.
at::Tensor entropy(const Trace& trace, int k, int head, const CancelToken& cancel = {});

/// How much of every latent's attention goes to rows first..first+count of the input array (a modality, a frame, a
/// line), [N] float32.
at::Tensor mass(const Trace& trace, int k, int head, std::int64_t first, std::int64_t count,
                const CancelToken& cancel = {});

/// Every latent's map (of `head`, `all`: the mean over heads), averaged over the places of each cell: `cell_of` says
/// for every place of the layout, whichever order the array is in, which of `cells` it falls into, or -1. Not a number
/// where no place falls. Entropy is that of the whole map's attention, in bits, whichever the scale. Throws Error:
/// no_fit, cancelled.
struct LatentMaps {
    at::Tensor thumbs;         ///< [N, cells]
    at::Tensor entropy_bits;   ///< [N]
};
LatentMaps latent_maps(const Trace& trace, int k, Scale scale, std::span<const int> cell_of, int cells,
                       const CancelToken& cancel = {}, int head = all);

/// Values per row of the input array [..., M] put where the data of one segment lies in the picture, [..., rows, cols]:
/// undoes the permutation the layout records. Throws Error{no_fit} when there is no such segment.
at::Tensor to_grid(const at::Tensor& values, const input::Layout& layout, std::size_t segment = 0);

/// The count largest entries of [n] values, largest first.
std::vector<std::pair<int, float>> largest(const at::Tensor& values, int count);

}  // namespace perceiver::inspect
