// The permutation experiment ("Perceiver", section 4.2 and table 2): the same model on the really permuted array,
// through the dense attention, which assumes nothing about order.
#pragma once

#include <cstdint>

#include "perceiver/perceiver.h"

namespace perceiver::inspect {

struct Permuted {
    Trace trace;                            ///< its input's layout says what came from where
    double largest_logit_difference = 0;    ///< against `baseline`
};

/// Runs `model` on `input` permuted by `seed`. With `positions_travel` the elements keep their position features (the
/// paper's protocol), else positions stay in place. `baseline` [classes]: the logits of the dense attention on `input`
/// in order. Throws Error{cancelled}.
Permuted run_permuted(const Perceiver& model, const input::InputArray& input, const at::Tensor& baseline,
                      std::uint64_t seed, bool positions_travel, const CancelToken& cancel = {});

}  // namespace perceiver::inspect
