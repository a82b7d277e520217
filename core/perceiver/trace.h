// Trace: what a forward pass leaves behind. Not the attention matrices (512 x 50,176 x 8 would be 800 MB) but the
// folded queries and log-sum-exps from which inspect/ makes any row, column or mean again, exactly.
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <string>
#include <vector>

#include "input/input_array.h"

namespace perceiver {

/// The scores of one separable part, natural-log units, Q = heads x N queries (head-major):
///   queries . normalized(r, c) = scaled_data(r, c) . data[q] + rstd(r, c) * (rows[q, r] + cols[q, c])
struct PartScores {
    at::Tensor data;        ///< [Q, d]; undefined where the part was read the dense way
    at::Tensor rows;        ///< [Q, rows]
    at::Tensor cols;        ///< [Q, cols]
};

/// One cross-attend as it ran. The score of latent n's head h for input element m, q.k / sqrt(channels per head), is
///   queries[h, n] . normalized[m] + offset[h, n],
/// its attention exp(queries[h, n] . normalized[m] - log_sum[h, n]), and 0 where the input's mask says no.
struct CrossTrace {
    at::Tensor queries;     ///< [heads, N, C] folded through the key projection and the key-value norm's scale
    at::Tensor offset;      ///< [heads, N] what the key bias and the norm's shift add to every score of a latent
    at::Tensor log_sum;     ///< [heads, N] natural log of sum over m of exp(queries . normalized[m])
    at::Tensor mean_score;  ///< [heads, N] mean of queries . normalized[m], weighted by the attention: log_sum less its
                            ///< entropy
    at::Tensor latents;     ///< [N, D] after this cross-attend, its MLP included
    std::vector<PartScores> parts;   ///< one per part of the input
    bool separable = false; ///< some part was read the separable way
    /// Every element was masked. Attention is then the same for all (queries 0, the mask doesn't apply), as the
    /// reference implementations' softmax has it; with AllMasked::nothing it was not used.
    bool all_masked = false;
    double milliseconds = 0;
};

struct BlockTrace {
    at::Tensor latents;     ///< [N, D] after the block
    double milliseconds = 0;
};

/// Perceiver IO's decoder as it ran: O queries, those of one output after the other.
struct DecoderTrace {
    at::Tensor query;       ///< [O, Q]
    at::Tensor attention;   ///< [heads, O, N]
    at::Tensor hidden;      ///< [O, Q] after the cross-attend, its MLP included
    at::Tensor output;      ///< [O, output_channels]
    std::map<std::string, at::Tensor> outputs;   ///< by OutputConfig::name: [places, channels]
    double milliseconds = 0;
};

struct Trace {
    input::InputArrayPtr input;
    std::vector<CrossTrace> cross;                 ///< one per stage
    std::vector<std::vector<BlockTrace>> blocks;   ///< per stage, in order
    at::Tensor pooled;                             ///< [D] mean over the latents; undefined unless the head is the mean
    DecoderTrace decoder;                          ///< filled when the head is a decoder
    at::Tensor logits;                             ///< [classes]; undefined without a head
};

}  // namespace perceiver
