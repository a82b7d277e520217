#include "engine/shuffle.h"

#include <ATen/TensorOperators.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>

#include "inspect/maps.h"
#include "perceiver/reference.h"

namespace perceiver::engine {
namespace {

constexpr double most_score_bytes = 2e9;  ///< of one cross-attend's matrix in float64

/// "4 x 4 x 4"
std::string product_words(const std::vector<std::int64_t>& sides) {
    std::string out;
    for (const std::int64_t side : sides) out += (out.empty() ? "" : " x ") + std::to_string(side);
    return out;
}

}  // namespace

inspect::Shuffle to_core(const api::ShuffleOptions& options) {
    const auto along = options.along == api::Along::frames    ? inspect::Along::frames
                       : options.along == api::Along::patches ? inspect::Along::patches
                                                              : inspect::Along::both;
    return {options.seed, options.block, options.fraction, along};
}

std::string why_nothing_moved(const input::Layout& layout, const inspect::Shuffle& shuffle,
                              const std::vector<std::int64_t>& from) {
    for (std::size_t i = 0; i < from.size(); ++i)
        if (from[i] != static_cast<std::int64_t>(i)) return {};
    if (shuffle.fraction == 0) return "Nothing moved: no part of it is shuffled.";
    std::int64_t tiles = 0, most_chosen = 0;
    for (const auto& segment : layout.segments) {
        const auto of = inspect::tiling(segment, shuffle);
        tiles = std::max(tiles, of.tiles);
        most_chosen = std::max(most_chosen, of.chosen);
    }
    if (tiles < 2) {
        const auto& segment = *std::ranges::max_element(layout.segments, {}, &input::Segment::count);
        const std::int64_t largest = inspect::largest_block(layout, shuffle.along);
        return "Nothing moved: one whole tile of " + product_words(inspect::tiling(segment, shuffle).side) +
               " is all that " + product_words(segment.grid) + " elements hold, and it has nowhere to go." +
               (largest > 0 ? " Tiles of " + std::to_string(largest) + " at most move." : "");
    }
    if (most_chosen < 2)
        return "Nothing moved: of " + std::to_string(tiles) + " tiles " + std::to_string(most_chosen) +
               (most_chosen == 1 ? " is chosen, which has nowhere to go." : " are chosen.");
    return "Nothing moved: this seed happens to leave every tile in its place.";
}

std::vector<float> jittered(std::span<const float> xyz, std::uint64_t seed, double fraction) {
    std::vector<float> out(xyz.begin(), xyz.end());
    const auto points = static_cast<std::int64_t>(xyz.size() / 3);
    auto moved = input::permutation(points, seed + 1);
    moved.resize(static_cast<std::size_t>(std::llround(fraction * double(points))));
    std::mt19937_64 bits(seed);
    const auto uniform = [&] { return (double(bits() >> 11) + 0.5) * 0x1p-53; };
    for (const std::int64_t i : moved)
        for (std::size_t axis = 0; axis < 3; ++axis) {
            const double step = std::sqrt(-2 * std::log(uniform())) * std::cos(2 * std::numbers::pi * uniform());
            out[static_cast<std::size_t>(3 * i) + axis] += static_cast<float>(jitter_reach * step);
        }
    return out;
}

double difference_in_float64(const Reference& reference, const input::InputArray& in_order,
                             const input::InputArray& shuffled, const CancelToken& cancel) {
    const c10::InferenceMode guard;
    const Config& c = reference.config();
    std::int64_t heads = 1;
    for (const auto& module : c.cross_modules) heads = std::max(heads, module.heads);
    const double bytes = 8.0 * double(heads) * double(c.num_latents) * double(in_order.elements());
    if (bytes > most_score_bytes)
        throw Error(ErrorCode::out_of_resources, "In float64 a score matrix of this model takes " +
                                                     std::to_string(std::llround(bytes / 1e9)) +
                                                     " GB: too much to compare exactly.");
    const auto answer = [&](const input::InputArray& input) {
        ReferenceOptions options;
        options.mask = input.mask();
        const ReferenceRun run = reference.run(input.tokens().to(at::kDouble), options, cancel);
        return run.logits.defined() ? run.logits : run.latents.flatten();
    };
    return (answer(in_order) - answer(shuffled)).abs().max().item<double>();
}

void compare_maps(api::PermutationResult& out, const Trace& in_order, const Trace& shuffled, int k,
                  const CancelToken& cancel) {
    const c10::InferenceMode guard;
    const auto mean = [&](const Trace& trace) {
        return inspect::map(trace, k, inspect::all, inspect::all, inspect::Scale::probability, cancel);
    };
    const at::Tensor now = mean(shuffled);
    out.cross_attend = k;
    out.as_computed = map_of(now, in_order.input->layout(), api::Scale::probability);
    out.put_back = map_of(now, shuffled.input->layout(), api::Scale::probability);
    const api::Map before = map_of(mean(in_order), in_order.input->layout(), api::Scale::probability);
    for (std::size_t i = 0; i < before.values.size(); ++i)
        out.largest_map_difference =
            std::max(out.largest_map_difference, std::abs(double(before.values[i]) - double(out.put_back.values[i])));
}

}  // namespace perceiver::engine
