// What a shuffle is compared with beyond its answer: the maps before and after, the same sums in float64, and a cloud
// whose points are moved instead of shuffled.
#pragma once

#include "engine/encode.h"
#include "engine/run.h"

namespace perceiver::engine {

inspect::Shuffle to_core(const api::ShuffleOptions& options);

/// One sentence on why this shuffle leaves everything in its place; empty where `from` (Layout::data_from) says it
/// doesn't.
std::string why_nothing_moved(const input::Layout& layout, const inspect::Shuffle& shuffle,
                              const std::vector<std::int64_t>& from);

/// Of a cloud's points so many, chosen by the seed, each moved by a normal step in every direction: `jitter_reach` is
/// its standard deviation, where the whole cloud reaches from -1 to 1. Points are nothing but positions: moved, they
/// are another cloud; shuffled, the same.
inline constexpr double jitter_reach = 0.1;
std::vector<float> jittered(std::span<const float> xyz, std::uint64_t seed, double fraction);

/// The largest logit difference of the array in order and this one, both through the plain model in float64: what is
/// left when nothing is rounded away. Throws Error: out_of_resources (the score matrices would not fit), cancelled.
double difference_in_float64(const Reference& reference, const input::InputArray& in_order,
                             const input::InputArray& shuffled, const CancelToken& cancel);

/// Fills the maps of cross-attend k and how far they are from the one in order.
void compare_maps(api::PermutationResult& out, const Trace& in_order, const Trace& shuffled, int k,
                  const CancelToken& cancel);

}  // namespace perceiver::engine
