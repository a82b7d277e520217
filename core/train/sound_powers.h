// The sounds of a split as powers of mels, kept in memory: what a model's spectrograms are made of while it trains.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "train/data.h"
#include "train/recipe.h"

namespace perceiver::train {

class SoundPowers {
  public:
    /// All three must outlive it. Throws Error{no_fit}: the sounds have another rate than the model's.
    SoundPowers(const Recipe&, const Split&, const input::SpectrogramConfig&);

    std::int64_t size() const { return config_.mels * config_.frames; }
    std::span<const float> power(std::int64_t i) const;  ///< [frames, mels]
    /// Sound i changed as the recipe says, as example `counter` of the run, [frames, mels], `later` frames later.
    void change(std::int64_t i, std::int64_t counter, float* out, std::int64_t later = 0) const;
    /// Powers [B, frames, mels] as the model's numbers [B, mels, frames].
    at::Tensor numbers(const at::Tensor& powers) const;
    /// Blots bands and gaps out of numbers [B, mels, frames], the examples from `counter` on.
    void blot(const at::Tensor& numbers, std::int64_t counter) const;

  private:
    const Recipe& recipe_;
    const input::SpectrogramConfig& config_;
    std::vector<float> powers_;  // [sounds, frames, mels]
    std::vector<float> noise_;   // [frames, mels], of variance 1; empty when the recipe has none
    struct Length {
        std::int64_t heard = 0;
        double level = 0;
    };
    std::vector<Length> lengths_;  // [sounds]
};

/// Numbers of variance 1 that follow from `seed` alone.
std::vector<float> white_noise(std::size_t count, std::uint64_t seed);

/// Samples up to the last that isn't 0.
std::span<const float> without_silent_end(std::span<const float> samples);
/// Mean of the samples' squares; 0 of none.
double mean_power(std::span<const float> samples);

}  // namespace perceiver::train
