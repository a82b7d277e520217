// The permutation experiment ("Perceiver", section 4.2 and table 2): the same model on the really permuted array,
// through the dense attention, which assumes nothing about order.
#pragma once

#include <cstdint>

#include "perceiver/perceiver.h"

namespace perceiver::inspect {

/// What a model answers, for comparing runs: its logits, or the last latents [N*D] of a model without a head.
at::Tensor answer_of(const Trace& trace);

struct Permuted {
    Trace trace;                            ///< its input's layout says what came from where
    double largest_logit_difference = 0;    ///< of the answer, against `baseline`
};

/// Runs `model` on `input` permuted by `seed`, within each of its modalities. With `positions_travel` the elements keep their position features (the
/// paper's protocol), else positions stay in place. `baseline`: answer_of the dense attention's run on `input`
/// in order. Throws Error{cancelled}.
Permuted run_permuted(const Perceiver& model, const input::InputArray& input, const at::Tensor& baseline,
                      std::uint64_t seed, bool positions_travel, const CancelToken& cancel = {});

}  // namespace perceiver::inspect
