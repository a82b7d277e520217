// Attention rollout: how much of what the answer is made of came from each input element, if every attention moved
// information in proportion to its weights and every residual kept half (Abnar & Zuidema, ACL 2020, arXiv 2005.00928,
// carried over to a Perceiver: mean over latents * product over self-attends of (A/2 + I/2) * A_cross/2).
//
// Caveat: it follows attention alone. Values, MLPs and norms are left out, and heads are averaged, so it says where
// information could have come from, not what the answer used.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "inspect/progress.h"
#include "perceiver/reference.h"

namespace perceiver::inspect {

struct Rollout {
    /// Per cross-attend [M] float32: what entered there and was rolled through the later blocks. All entries and
    /// `remainder` sum to 1.
    std::vector<at::Tensor> entries;
    at::Tensor map;                 ///< [M] their sum
    double remainder = 0;           ///< from the learned latent array
    at::Tensor from_latents;        ///< [N] the same, latent by latent
};

/// From the answer back to the input, through shared blocks as often as they ran. It starts at the mean over the
/// latents; with a decoder, at the attention of the class's query; or at `start` [N], a weight for every one of the
/// last latents, where given. A cross-attend without query residual keeps nothing of the latents' past, one that could
/// read nothing (everything masked) keeps all. Latent self-attention is made again from the trace, layer by layer
/// ([heads, N, N]). `reference` has the weights of the model that left the trace, best in float32. Throws Error:
/// no_fit, cancelled.
Rollout rollout(const Reference& reference, const Trace& trace, const at::Tensor& start = {},
                const CancelToken& cancel = {}, const Progress& progress = {});

/// The latents a block started from in a trace, and those the cross-attend started from, [N, D].
at::Tensor latents_before_block(const Trace& trace, std::size_t stage, std::size_t block);
at::Tensor latents_before_cross(const Reference& reference, const Trace& trace, std::size_t stage);

/// Whether everything was masked and the model's rule is that nothing is read then.
bool reads_nothing(const Reference& reference, const Trace& trace, std::size_t stage);

/// Throws Error{no_fit} unless the trace may be one of this model.
void require_fit(const Reference& reference, const Trace& trace);

}  // namespace perceiver::inspect
