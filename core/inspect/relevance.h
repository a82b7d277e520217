// Gradient-weighted attention for a chosen class: which elements were read, through attention that the class's logit
// would miss (Chefer, Gur & Wolf, ICCV 2021, arXiv 2103.15679: every attention matrix becomes the mean over heads of
// (gradient * attention) where positive; self-attention adds relevance along itself, cross-attention brings it in).
//
// Adapted to a Perceiver: input elements don't attend to each other, so their own relevance is the identity; and a
// cross-attend's matrix is taken as it is, not multiplied by how latents mixed before it (the paper's R^ss), because
// that mixing moved queries, not what was read. Relevance is therefore start * product over later self-attends (I + A)
// * A_cross, summed over the cross-attends; the start is 1/N of every latent, or with a decoder the class query's own
// A.
//
// Caveat: a first-order view at this input; what lowers the logit is cut off, and magnitudes mean nothing across
// inputs.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "inspect/progress.h"
#include "perceiver/reference.h"

namespace perceiver::inspect {

struct Relevance {
    std::vector<at::Tensor> entries;   ///< per cross-attend [M] float32, not below 0
    at::Tensor map;                    ///< [M] their sum
};

/// One sweep from the logit of class `target` back to the first cross-attend. The gradient of a cross-attend's matrix
/// is of low rank, (value projection's gradient) . token, so it is made a few thousand elements at a time beside the
/// attention and never stored; latent blocks are differentiated one at a time from the trace's latents. Numbers are in
/// the reference's type (float32 for large models; it must hold the weights that left the trace). Throws Error: no_fit,
/// cancelled.
Relevance relevance(const Reference& reference, const Trace& trace, std::int64_t target, const CancelToken& cancel = {},
                    const Progress& progress = {});

}  // namespace perceiver::inspect
