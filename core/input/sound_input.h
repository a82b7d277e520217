// Sound as a model's config wants it: samples at its rate, or their mel spectrogram. Decoding and other rates are
// media's.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

#include "base/cancel.h"
#include "input/input_config.h"

namespace perceiver::input {

/// Samples a model of sound reads, and how many of them a second; 0: as the data is.
struct SoundShape {
    std::int64_t samples = 0, rate = 0;
};
/// Throws Error{no_fit} when the model reads no sound.
SoundShape sound_shape(const InputConfig& config);

/// One channel of sound at the model's rate, full scale 1, as the data of the model's one modality (see Prepared).
/// What lies past the model's samples is left out, a shorter sound is filled up with silence; of a model that reads
/// any length, what is no whole patch. Throws Error: no_fit (another rate, nothing, no number), cancelled.
at::Tensor encode_sound(std::span<const float> samples, std::int64_t rate, const InputConfig& config,
                        const CancelToken& cancel = {});

/// The power of every mel and frame, [mels, frames] float32: SpectrogramConfig before the logarithm. With
/// config.frames, exactly so many; otherwise one for every hop begun. Throws Error: no_fit (a triangle lies between
/// two bins of the transform, no sample), cancelled.
at::Tensor mel_power(std::span<const float> samples, const SpectrogramConfig& config, const CancelToken& cancel = {});

/// Where `count` samples hold the most power: the first of them. Of places that are as good within a fiftieth the
/// middle one, so that a short sound lies in the middle. 0 when there are no more samples than that.
std::int64_t loudest_window(std::span<const float> samples, std::int64_t count);

/// (ln(power + floor) - mean) / std.
at::Tensor log_mel(const at::Tensor& power, const SpectrogramConfig& config);

/// sign(x) ln(1 + mu |x|) / ln(1 + mu); x itself when mu is 0.
at::Tensor mu_law(const at::Tensor& x, double mu);

/// The triangles, [fft / 2 + 1, mels] float64. Throws Error{no_fit} as above.
at::Tensor mel_triangles(const SpectrogramConfig& config);

}  // namespace perceiver::input
