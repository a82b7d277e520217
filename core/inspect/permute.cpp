#include "inspect/permute.h"

#include <ATen/TensorOperators.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <utility>

#include "base/error.h"
#include "input/without_positions.h"

namespace perceiver::inspect {

at::Tensor answer_of(const Trace& trace) {
    if (trace.logits.defined()) return trace.logits;
    const auto& blocks = trace.blocks.back();
    return (blocks.empty() ? trace.cross.back().latents : blocks.back().latents).flatten();
}

namespace {

bool has_frames(const input::Segment& segment) { return segment.grid.size() == 3 && segment.grid.front() > 1; }

/// Whether elements of a modality are shuffled along that axis of its grid.
bool shuffled_along(const input::Segment& segment, std::size_t axis, Along along) {
    if (along == Along::both || !has_frames(segment)) return true;
    return (axis == 0) == (along == Along::frames);
}

/// A modality's grid in row-major order cut into whole tiles.
class Tiles {
  public:
    Tiles(const input::Segment& segment, const Shuffle& shuffle) : axes_(segment.grid) {
        for (std::size_t a = 0; a < axes_.size(); ++a) {
            side_.push_back(shuffled_along(segment, a, shuffle.along) ? std::min(shuffle.block, axes_[a]) : axes_[a]);
            across_.push_back(axes_[a] / side_.back());
        }
    }
    const std::vector<std::int64_t>& side() const { return side_; }
    std::int64_t count() const { return product(across_); }
    std::int64_t size() const { return product(side_); }
    /// Element `inside` (row-major in the tile) of a tile, as a place of the grid.
    std::int64_t place(std::int64_t tile, std::int64_t inside) const {
        std::int64_t out = 0, stride = 1;
        for (std::size_t a = axes_.size(); a-- > 0;) {
            out += (tile % across_[a] * side_[a] + inside % side_[a]) * stride;
            tile /= across_[a];
            inside /= side_[a];
            stride *= axes_[a];
        }
        return out;
    }

  private:
    static std::int64_t product(const std::vector<std::int64_t>& v) {
        return std::accumulate(v.begin(), v.end(), std::int64_t{1}, std::multiplies<>());
    }
    std::vector<std::int64_t> axes_, side_, across_;
};

}  // namespace

Tiling tiling(const input::Segment& segment, const Shuffle& shuffle) {
    const Tiles tiles(segment, shuffle);
    return {tiles.side(), tiles.count(),
            static_cast<std::int64_t>(std::llround(shuffle.fraction * double(tiles.count())))};
}

std::int64_t largest_block(const input::Layout& layout, Along along) {
    if (along != Along::both && std::ranges::none_of(layout.segments, has_frames)) return 0;
    std::int64_t largest = 0;
    for (const auto& segment : layout.segments) {
        if (along != Along::both && !has_frames(segment)) continue;
        for (std::size_t a = 0; a < segment.grid.size(); ++a)
            if (shuffled_along(segment, a, along)) largest = std::max(largest, segment.grid[a] / 2);
    }
    return largest;
}

/// Within each modality: an element's data only means something where its kind of data is read.
std::vector<std::int64_t> shuffled_order(const input::Layout& layout, const Shuffle& shuffle) {
    if (shuffle.block < 1) throw Error(ErrorCode::no_fit, "A block holds at least one element.");
    if (!(shuffle.fraction >= 0 && shuffle.fraction <= 1))
        throw Error(ErrorCode::no_fit, "A fraction is between 0 and 1.");
    std::vector<std::int64_t> order(static_cast<std::size_t>(layout.elements()));
    std::iota(order.begin(), order.end(), 0);
    if (shuffle.along != Along::both && std::ranges::none_of(layout.segments, has_frames))
        throw Error(ErrorCode::no_fit,
                    "Frames and patches are told apart in films that the model reads as several frames; here there is "
                    "nothing of the kind.");
    for (const auto& segment : layout.segments) {
        const Tiles tiles(segment, shuffle);
        const auto chosen_count = tiling(segment, shuffle).chosen;
        std::vector<std::int64_t> chosen(static_cast<std::size_t>(tiles.count()));
        std::iota(chosen.begin(), chosen.end(), 0);
        if (chosen_count < tiles.count()) {
            chosen = input::permutation(tiles.count(), shuffle.seed + 1);
            chosen.resize(static_cast<std::size_t>(chosen_count));
            std::ranges::sort(chosen);
        }
        const auto moved = input::permutation(chosen_count, shuffle.seed);
        for (std::size_t i = 0; i < chosen.size(); ++i)
            for (std::int64_t e = 0; e < tiles.size(); ++e)
                order[static_cast<std::size_t>(segment.first + tiles.place(chosen[i], e))] =
                    segment.first + tiles.place(chosen[static_cast<std::size_t>(moved[i])], e);
    }
    return order;
}

Permuted run_permuted(const Perceiver& model, const input::InputArray& input, const at::Tensor& baseline,
                      const Shuffle& shuffle, Positions positions, const CancelToken& cancel) {
    const c10::InferenceMode guard;
    const auto order = shuffled_order(input.layout(), shuffle);
    Permuted out;
    const input::InputArrayPtr moved = positions == Positions::none
        ? input::permuted(*input::without_positions(input), order, true)
        : input::permuted(input, order, positions == Positions::travel);
    out.trace = model.forward(moved, Attend::dense, cancel);
    out.largest_logit_difference =
        (answer_of(out.trace).to(at::kDouble) - baseline.to(at::kDouble)).abs().max().item<double>();
    return out;
}

}  // namespace perceiver::inspect
