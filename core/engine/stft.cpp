#include "engine/stft.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/fft_irfft.h>
#include <ATen/ops/fft_rfft.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

namespace perceiver::engine {
namespace {

at::Tensor hann(std::int64_t size) {
    at::Tensor out = at::zeros({size}, at::kFloat);
    for (std::int64_t i = 0; i < size; ++i)
        out.data_ptr<float>()[i] =
            static_cast<float>(0.5 - 0.5 * std::cos(2 * std::numbers::pi * double(i) / double(size)));
    return out;
}

}  // namespace

Stft stft(std::span<const float> samples, int rate, const CancelToken& cancel) {
    cancel.check();
    Stft out;
    out.fft = std::max<std::int64_t>(64, static_cast<std::int64_t>(std::bit_ceil(static_cast<unsigned>(rate) / 25)));
    out.hop = out.fft / 4;
    out.samples = static_cast<std::int64_t>(samples.size());
    const std::int64_t frames = (out.samples + out.hop - 1) / out.hop + 1;
    const at::Tensor padded = at::zeros({(frames - 1) * out.hop + out.fft}, at::kFloat);
    std::copy_n(samples.data(), out.samples, padded.data_ptr<float>() + out.fft / 2);
    out.cells = at::fft_rfft(padded.unfold(0, out.fft, out.hop) * hann(out.fft));
    return out;
}

std::vector<float> inverse(const Stft& transform) {
    const std::int64_t fft = transform.fft, hop = transform.hop, length = (transform.frames() - 1) * hop + fft;
    const at::Tensor window = hann(fft), pieces = (at::fft_irfft(transform.cells, fft) * window).contiguous();
    const float *w = window.data_ptr<float>(), *from = pieces.data_ptr<float>();
    std::vector<float> sum(static_cast<std::size_t>(length), 0.0F), weight(sum.size(), 0.0F);
    for (std::int64_t t = 0; t < transform.frames(); ++t)
        for (std::int64_t i = 0; i < fft; ++i) {
            const auto at = static_cast<std::size_t>(t * hop + i);
            sum[at] += from[t * fft + i];
            weight[at] += w[i] * w[i];
        }
    std::vector<float> out(static_cast<std::size_t>(transform.samples));
    for (std::size_t i = 0; i < out.size(); ++i) {
        const std::size_t at = i + static_cast<std::size_t>(fft / 2);
        out[i] = sum[at] / std::max(weight[at], 1e-6F);
    }
    return out;
}

}  // namespace perceiver::engine
