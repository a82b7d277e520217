#include "train/augment_sound.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <vector>

namespace perceiver::train {
namespace {

double around_zero(double size, Draws& draws) { return size * (2 * draws.unit() - 1); }

/// A curve through points of so many decibels around `middle`, as factors of the power, [mels].
std::vector<float> curve(std::int64_t mels, double middle, double deviation, Draws& draws) {
    std::array<double, 5> points;
    for (double& p : points) p = middle + deviation * draws.normal();
    std::vector<float> out;
    for (std::int64_t m = 0; m < mels; ++m) {
        const double at = mels > 1 ? double(m) * double(points.size() - 1) / double(mels - 1) : 0;
        const auto below = std::min(static_cast<std::size_t>(at), points.size() - 2);
        const double decibels = points[below] + (at - double(below)) * (points[below + 1] - points[below]);
        out.push_back(static_cast<float>(std::pow(10, decibels / 10)));
    }
    return out;
}

/// Gain and random curve, as factors of the power, [mels].
std::vector<float> factors(std::int64_t mels, const SoundAugment& a, Draws& draws) {
    const double gain = around_zero(a.gain, draws);
    return curve(mels, gain, a.equaliser, draws);
}

}  // namespace

void lay(const HeardSound& sound, std::int64_t mels, std::span<const float> noise, const SoundAugment& a, Draws& draws,
         float* out) {
    const std::int64_t frames = static_cast<std::int64_t>(sound.power.size()) / mels;
    // As much room that `change` may make it slower.
    const auto room = static_cast<std::int64_t>(double(frames) * std::exp(-a.speed)) - sound.heard;
    const double where = draws.unit();
    const std::int64_t first = a.place && room > 0 ? static_cast<std::int64_t>(where * double(room + 1)) : sound.later;
    const std::int64_t kept = std::max<std::int64_t>(0, frames - std::abs(first));
    std::fill_n(out, frames * mels, 0.0f);
    std::copy_n(sound.power.data() + std::max<std::int64_t>(-first, 0) * mels, kept * mels,
                out + std::max<std::int64_t>(first, 0) * mels);
    if (draws.unit() >= a.noisy) return;
    const std::int64_t choices = static_cast<std::int64_t>(noise.size()) / mels - frames + 1;
    const double decibels = a.snr[0] + (a.snr[1] - a.snr[0]) * draws.unit();
    const std::vector<float> factor =
        curve(mels, 10 * std::log10(sound.level + 1e-30) - decibels, a.noise_colour, draws);
    const float* from =
        noise.data() + static_cast<std::int64_t>(draws.below(static_cast<std::uint64_t>(choices))) * mels;
    for (std::int64_t t = 0; t < frames; ++t)
        for (std::int64_t m = 0; m < mels; ++m)
            out[t * mels + m] += factor[static_cast<std::size_t>(m)] * from[t * mels + m];
}

void change(std::span<const float> power, std::int64_t mels, const SoundAugment& a, Draws& draws,
            float* out) {
    const std::int64_t frames = static_cast<std::int64_t>(power.size()) / mels;
    const double first = draws.unit() * double(frames), speed = std::exp(around_zero(a.speed, draws));
    const double step = draws.below(2) == 1 ? speed : 1;
    const std::int64_t up =
        static_cast<std::int64_t>(draws.below(static_cast<std::uint64_t>(2 * a.mel_shift + 1))) - a.mel_shift;
    const std::vector<float> factor = factors(mels, a, draws);
    for (std::int64_t t = 0; t < frames; ++t, out += mels) {
        const double at = a.turn ? std::fmod(std::floor(first) + double(t) * step, double(frames))
                                 : std::min(double(t) * step, double(frames - 1));
        const auto from = static_cast<std::int64_t>(at);
        const auto part = static_cast<float>(at - double(from));
        const float *p = power.data() + from * mels, *q = power.data() + (from + 1) % frames * mels;
        for (std::int64_t m = 0; m < mels; ++m) {
            const std::int64_t k = std::clamp<std::int64_t>(m - up, 0, mels - 1);
            out[m] = factor[static_cast<std::size_t>(m)] * (p[k] + part * (q[k] - p[k]));
        }
    }
}

void change_samples(std::span<const float> samples, const SoundAugment& a, Draws& draws, float* out) {
    const auto n = static_cast<std::int64_t>(samples.size());
    const auto turned = static_cast<double>(draws.below(samples.size())),
               speed = std::exp(around_zero(a.speed, draws));
    const double first = a.turn ? turned : 0, step = draws.below(2) == 1 ? speed : 1;
    const float sign = draws.below(2) == 1 && a.turn ? -1.0f : 1.0f;
    double at = first;
    for (std::int64_t i = 0; i < n; ++i) {
        const auto from = static_cast<std::int64_t>(at);
        const float p = samples[static_cast<std::size_t>(from)],
                    q = samples[static_cast<std::size_t>(from + 1 < n ? from + 1 : 0)];
        out[i] = sign * (p + static_cast<float>(at - double(from)) * (q - p));
        at += step;
        if (at >= double(n)) at -= double(n);
    }
}

float gain(std::span<const float> samples, double rms, const SoundAugment& a, Draws& draws) {
    const double factor = std::pow(10, around_zero(a.gain, draws) / 20);
    if (rms == 0) return static_cast<float>(factor);
    float sums[16] = {};  // side by side, so that no addition waits for the one before
    std::size_t i = 0;
    for (; i + 16 <= samples.size(); i += 16)
        for (std::size_t k = 0; k < 16; ++k) sums[k] += samples[i + k] * samples[i + k];
    for (; i < samples.size(); ++i) sums[0] += samples[i] * samples[i];
    double all = 0;
    for (float s : sums) all += s;
    return static_cast<float>(all > 0 ? factor * rms / std::sqrt(all / double(samples.size())) : factor);
}

double beta(double a, Draws& draws) {
    // Jöhnk, 1964, in logarithms because u^(1/a) may be too small for a number.
    for (;;) {
        const double x = std::log(1 - draws.unit()) / a, y = std::log(1 - draws.unit()) / a;
        if (std::exp(x) + std::exp(y) <= 1) return 1 / (1 + std::exp(y - x));
    }
}

void blot(std::int64_t mels, std::int64_t frames, const SoundAugment& a, Draws& draws, float* numbers) {
    const auto piece = [&](std::int64_t all, std::int64_t most) {
        const auto length =
            static_cast<std::int64_t>(draws.below(static_cast<std::uint64_t>(std::min(most, all) + 1)));
        return std::pair(static_cast<std::int64_t>(draws.below(static_cast<std::uint64_t>(all - length + 1))),
                         length);
    };
    const auto [low, height] = piece(mels, a.mel_band);
    std::fill_n(numbers + low * frames, height * frames, 0.0f);
    for (std::int64_t g = 0; g < a.gaps; ++g) {
        const auto [first, length] = piece(frames, a.gap_frames);
        for (std::int64_t m = 0; m < mels; ++m) std::fill_n(numbers + m * frames + first, length, 0.0f);
    }
}

}  // namespace perceiver::train
