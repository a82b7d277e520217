// Trace: what a forward pass leaves behind. Not the attention matrices (512 x 50,176 x 8 would be 800 MB) but the
// folded queries and log-sum-exps from which inspect/ makes any row, column or mean again, exactly.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "input/input_array.h"

namespace perceiver {

/// One cross-attend as it ran. The score of latent n's head h for input element m, q.k / sqrt(channels per head), is
///   queries[h, n] . normalized[m] + offset[h, n],
/// its attention exp(queries[h, n] . normalized[m] - log_sum[h, n]).
struct CrossTrace {
    at::Tensor queries;     ///< [heads, N, C] folded through the key projection and the key-value norm's scale
    at::Tensor offset;      ///< [heads, N] what the key bias and the norm's shift add to every score of a latent
    at::Tensor log_sum;     ///< [heads, N] natural log of sum over m of exp(queries . normalized[m])
    at::Tensor latents;     ///< [N, D] after this cross-attend, its MLP included
    bool separable = false; ///< which of the two exact ways was taken
    double milliseconds = 0;
};

struct BlockTrace {
    at::Tensor latents;     ///< [N, D] after the block
    double milliseconds = 0;
};

struct Trace {
    input::InputArrayPtr input;
    std::vector<CrossTrace> cross;                 ///< one per stage
    std::vector<std::vector<BlockTrace>> blocks;   ///< per stage, in order
    at::Tensor pooled;                             ///< [D] mean over the latents
    at::Tensor logits;                             ///< [classes]
};

}  // namespace perceiver
