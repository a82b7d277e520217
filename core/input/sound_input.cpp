#include "input/sound_input.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/abs.h>
#include <ATen/ops/fft_rfft.h>
#include <ATen/ops/log.h>
#include <ATen/ops/log1p.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/sign.h>
#include <ATen/ops/view_as_real.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "base/error.h"

namespace perceiver::input {
namespace {

double to_mel(double hertz) { return 2595 * std::log10(1 + hertz / 700); }
double to_hertz(double mel) { return 700 * (std::pow(10, mel / 2595) - 1); }

/// The window in the middle of the transform, [fft] float32.
at::Tensor window(const SpectrogramConfig& c) {
    at::Tensor out = at::zeros({c.fft}, at::kFloat);
    float* to = out.data_ptr<float>() + (c.fft - c.window) / 2;
    for (std::int64_t i = 0; i < c.window; ++i)
        to[i] = static_cast<float>(0.5 - 0.5 * std::cos(2 * std::numbers::pi * double(i) / double(c.window)));
    return out;
}

/// `samples` samples of it, silence where it ends; 0: all.
at::Tensor cut(std::span<const float> samples, std::int64_t count) {
    const auto have = static_cast<std::int64_t>(samples.size());
    at::Tensor out = at::zeros({count ? count : have}, at::kFloat);
    std::copy_n(samples.data(), std::min(have, out.numel()), out.data_ptr<float>());
    return out;
}

at::Tensor raw_samples(std::span<const float> samples, const AudioConfig& c) {
    const auto whole = static_cast<std::int64_t>(samples.size()) / c.samples_per_patch * c.samples_per_patch;
    if (c.samples == 0 && whole == 0)
        throw Error(ErrorCode::no_fit,
                    "The sound is shorter than one patch of " + std::to_string(c.samples_per_patch) + " samples.");
    at::Tensor x = cut(samples, c.samples ? c.samples : whole);
    if (c.rms > 0)
        if (const double rms = std::sqrt(x.to(at::kDouble).square().mean().item<double>()); rms > 0)
            x = x * (c.rms / rms);
    return mu_law(x, c.mu);
}

}  // namespace

SoundShape sound_shape(const InputConfig& config) {
    if (config.type == InputConfig::Type::audio) return {config.audio.samples, config.audio.sample_rate};
    if (config.type == InputConfig::Type::spectrogram)
        return {config.spectrogram.samples(), config.spectrogram.sample_rate};
    throw Error(ErrorCode::no_fit, "The model reads no sound.");
}

at::Tensor mu_law(const at::Tensor& x, double mu) {
    return mu > 0 ? at::sign(x) * at::log1p(at::abs(x) * mu) / std::log1p(mu) : x;
}

at::Tensor mel_triangles(const SpectrogramConfig& c) {
    const std::int64_t bins = c.fft / 2 + 1;
    at::Tensor out = at::zeros({bins, c.mels}, at::kDouble);
    double* weights = out.data_ptr<double>();
    const double low = to_mel(c.low), step = (to_mel(c.high) - low) / double(c.mels + 1);
    for (std::int64_t m = 0; m < c.mels; ++m) {
        const double left = to_hertz(low + step * double(m)), top = to_hertz(low + step * double(m + 1)),
                     right = to_hertz(low + step * double(m + 2));
        double sum = 0;
        for (std::int64_t k = 0; k < bins; ++k) {
            const double f = double(k) * double(c.sample_rate) / double(c.fft);
            const double w = std::max(0.0, std::min((f - left) / (top - left), (right - f) / (right - top)));
            weights[k * c.mels + m] = w;
            sum += w;
        }
        if (!(sum > 0))
            throw Error(ErrorCode::no_fit, "The model's mels are narrower than its Fourier transform of " +
                                               std::to_string(c.fft) + " samples can tell apart.");
        for (std::int64_t k = 0; k < bins; ++k) weights[k * c.mels + m] /= sum;
    }
    return out;
}

at::Tensor mel_power(std::span<const float> samples, const SpectrogramConfig& c, const CancelToken& cancel) {
    if (samples.empty()) throw Error(ErrorCode::no_fit, "There is no sound in it.");
    auto have = static_cast<std::int64_t>(samples.size());
    if (c.frames) have = std::min(have, c.samples());
    const std::int64_t frames = c.frames ? c.frames : (have + c.hop - 1) / c.hop;
    const at::Tensor triangles = mel_triangles(c).to(at::kFloat), hann = window(c);
    at::Tensor out = at::zeros({c.mels, frames}, at::kFloat);
    constexpr std::int64_t block =
        256;  // frames: a few megabytes, and a few milliseconds between two looks at `cancel`
    for (std::int64_t first = 0; first < frames; first += block) {
        cancel.check();
        const std::int64_t count = std::min(block, frames - first);
        // From half a transform before the first frame's middle on; zeros beyond both ends of the sound.
        const std::int64_t begin = first * c.hop - c.fft / 2, length = (count - 1) * c.hop + c.fft;
        const at::Tensor piece = at::zeros({length}, at::kFloat);
        const std::int64_t from = std::max<std::int64_t>(begin, 0), to = std::min(begin + length, have);
        if (from < to) std::copy_n(samples.data() + from, to - from, piece.data_ptr<float>() + (from - begin));
        const at::Tensor spectrum = at::view_as_real(at::fft_rfft(piece.unfold(0, c.fft, c.hop) * hann));
        out.narrow(1, first, count).copy_(at::matmul(spectrum.square().sum(-1), triangles).t());
    }
    return out;
}

std::int64_t loudest_window(std::span<const float> samples, std::int64_t count) {
    const auto places = static_cast<std::int64_t>(samples.size()) - count + 1;
    if (places < 2 || count < 1) return 0;
    std::vector<double> sums{0};   // of the squares of the samples before
    for (const float x : samples) sums.push_back(sums.back() + double(x) * double(x));
    const auto power = [&](std::int64_t at) {
        return sums[static_cast<std::size_t>(at + count)] - sums[static_cast<std::size_t>(at)];
    };
    std::int64_t best = 0;
    for (std::int64_t at = 1; at < places; ++at)
        if (power(at) > power(best)) best = at;
    if (power(best) <= 0) return 0;
    const double enough = 0.98 * power(best);
    std::int64_t first = best, last = best;
    while (first > 0 && power(first - 1) >= enough) --first;
    while (last + 1 < places && power(last + 1) >= enough) ++last;
    return (first + last) / 2;
}

at::Tensor log_mel(const at::Tensor& power, const SpectrogramConfig& c) {
    return ((power + c.floor).log_() - c.mean) / c.std;
}

at::Tensor encode_sound(std::span<const float> samples, std::int64_t rate, const InputConfig& config,
                        const CancelToken& cancel) {
    const SoundShape shape = sound_shape(config);
    if (shape.rate != 0 && rate != shape.rate)
        throw Error(ErrorCode::no_fit, "The model reads " + std::to_string(shape.rate) +
                                           " samples a second, the sound has " + std::to_string(rate) + ".");
    if (samples.empty()) throw Error(ErrorCode::no_fit, "There is no sound in it.");
    if (!std::ranges::all_of(samples, [](float x) { return std::isfinite(x); }))
        throw Error(ErrorCode::no_fit, "The sound holds numbers that are not finite.");
    cancel.check();
    if (config.type == InputConfig::Type::audio) return raw_samples(samples, config.audio);
    const auto& c = config.spectrogram;
    const std::int64_t frames = (static_cast<std::int64_t>(samples.size()) + c.hop - 1) / c.hop;
    const std::int64_t whole = frames / c.patch[1] * c.patch[1];
    if (c.frames == 0 && whole == 0)
        throw Error(ErrorCode::no_fit,
                    "The sound is shorter than one patch of " + std::to_string(c.patch[1]) + " frames.");
    const at::Tensor power = mel_power(samples, c, cancel);
    return log_mel(c.frames ? power : power.narrow(1, 0, whole), c).contiguous();
}

}  // namespace perceiver::input
