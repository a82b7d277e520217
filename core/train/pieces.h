// Work shared out over LibTorch's threads, one piece each.
#pragma once

#include <ATen/Parallel.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cstdint>

namespace perceiver::train {

inline std::int64_t slots_for(std::int64_t n) { return std::min<std::int64_t>(n, at::get_num_threads()); }

/// Runs f(first, last, slot) over [0, n) in `slots` pieces.
template <typename F>
void pieces(std::int64_t n, std::int64_t slots, F f) {
    at::parallel_for(0, slots, 1, [&](std::int64_t a, std::int64_t b) {
        for (std::int64_t s = a; s < b; ++s) f(n * s / slots, n * (s + 1) / slots, s);
    });
}

/// A sum for every piece to add to.
inline at::Tensor zero_slots(std::int64_t slots, std::int64_t n) { return at::zeros({slots, n}, at::kFloat); }

}  // namespace perceiver::train
