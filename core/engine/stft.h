// Short-time Fourier transforms there and back: what sounds are taken apart with to be heard as a model hears them.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "base/cancel.h"

namespace perceiver::engine {

/// Frame t holds what lies around sample t * hop, under a periodic Hann window of `fft` samples; zeros beyond both
/// ends.
struct Stft {
    std::int64_t fft = 0, hop = 0, samples = 0;
    at::Tensor cells;                                   ///< [frames, fft / 2 + 1] complex64
    std::int64_t frames() const { return cells.size(0); }
    std::int64_t bins() const { return fft / 2 + 1; }
};

/// Windows of about 50 ms, a quarter of one apart. Throws Error{cancelled}.
Stft stft(std::span<const float> samples, int rate, const CancelToken& cancel = {});

/// The sound whose transform comes nearest to these cells (least squares: Griffin and Lim, 1984, equation 6); of
/// unchanged cells, the sound they came from. `samples` long.
std::vector<float> inverse(const Stft& transform);

}  // namespace perceiver::engine
