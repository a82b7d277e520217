// The permutation experiment ("Perceiver", section 4.1 and table 2): the same model on the really permuted array,
// through the dense attention, which assumes nothing about order.
#pragma once

#include <cstdint>
#include <vector>

#include "perceiver/perceiver.h"

namespace perceiver::inspect {

/// What a model answers, for comparing runs: its logits, or the last latents [N*D] of a model without a head.
at::Tensor answer_of(const Trace& trace);

struct Permuted {
    Trace trace;                            ///< its input's layout says what came from where
    double largest_logit_difference = 0;    ///< of the answer, against `baseline`
};

/// Which axes of a film are shuffled: all; only the first, so that whole frames change places; or all but the first, so
/// that patches do, alike in every frame. What has no frames is shuffled along all its axes.
enum class Along { both, frames, patches };

/// How much is shuffled: tiles of `block` elements along every shuffled axis of a modality's grid (as long as the grid
/// along the others), and of the tiles a part. Tiles that the grid's edge cuts stay where they are.
struct Shuffle {
    std::uint64_t seed = 0;
    std::int64_t block = 1;
    double fraction = 1;   ///< 0 to 1
    Along along = Along::both;
};

/// Whose data every element gets: within each modality the chosen tiles change places among themselves. Throws
/// Error{no_fit} when block is below 1, fraction outside 0 to 1, or there are no frames to tell apart.
std::vector<std::int64_t> shuffled_order(const input::Layout& layout, const Shuffle& shuffle);

/// How a modality is cut, and how many of its whole tiles change places.
struct Tiling {
    std::vector<std::int64_t> side;   ///< of a tile, along each axis of the grid
    std::int64_t tiles = 0, chosen = 0;
};
Tiling tiling(const input::Segment& segment, const Shuffle& shuffle);
/// The largest block that leaves some modality at least two tiles; 0 where nothing lies along those axes.
std::int64_t largest_block(const input::Layout& layout, Along along);

/// What becomes of position features: they go with their elements (the paper's protocol), stay in place, or are taken
/// away (input::without_positions; the model was trained with them).
enum class Positions { travel, stay, none };

/// Runs `model` on `input` shuffled. `baseline`: answer_of the dense attention's run on `input` in order. Throws
/// Error: no_fit as shuffled_order and without_positions, cancelled.
Permuted run_permuted(const Perceiver& model, const input::InputArray& input, const at::Tensor& baseline,
                      const Shuffle& shuffle, Positions positions, const CancelToken& cancel = {});

}  // namespace perceiver::inspect
