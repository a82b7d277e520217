// What training does to a sound before the model sees it. Of models that read a spectrogram everything
// happens to the power of its mels, so that no waveform is touched.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "train/augment.h"

namespace perceiver::train {

struct SoundAugment {
    bool turn = false;  ///< begins anywhere: what falls off the end comes first
    double speed = 0;   ///< faster or slower by up to e^speed, for half of the sounds
    std::int64_t mel_shift =
        0;            ///< mels up to which a sound gets higher or lower; this and what blots: of spectrograms
    double gain = 0;  ///< decibels up to which it gets louder or softer
    double equaliser = 0;  ///< decibels, standard deviation of a random curve over the mels of a spectrogram
    double mixup = 0;      ///< another sound is added with a share of Beta(mixup, mixup); 0: never
    std::int64_t mel_band = 0;              ///< a band of up to so many mels is blotted out
    std::int64_t gaps = 0, gap_frames = 0;  ///< so many gaps of up to so many frames are

    // Of spectrograms: where a sound lies, and what is behind it.
    bool place = false;  ///< one shorter than the window lies anywhere in it, silence before and after
    double noisy = 0;    ///< part of the sounds that get noise
    std::array<double, 2> snr{0, 40};  ///< decibels by which the sound is louder than that
    double noise_colour = 0;  ///< decibels, standard deviation of a random curve over the noise's mels; 0: white
};

/// A sound whose powers are to be laid into a window.
struct HeardSound {
    std::span<const float> power;  ///< [frames, mels]
    std::int64_t heard = 0;        ///< frames up to its last sample that isn't 0
    double level = 0;              ///< mean power of its samples up to there
    std::int64_t later = 0;        ///< frames by which it comes later where SoundAugment::place doesn't say
};

/// The sound where SoundAugment::place puts it, and noise behind it, [frames, mels]. `noise`: powers of white noise
/// whose samples have variance 1, [at least as many frames, mels]. What sound and noise do to each other's phase is
/// left out.
void lay(const HeardSound&, std::int64_t mels, std::span<const float> noise, const SoundAugment&, Draws& draws,
         float* out);

/// Powers [frames, mels] of one sound, changed; what is blotted out is left to `blot`. One that gets faster and doesn't
/// turn goes on as its last frame.
void change(std::span<const float> power, std::int64_t mels, const SoundAugment&, Draws& draws, float* out);

/// Samples of one sound, changed: turned, faster or slower, upside down for half of them.
void change_samples(std::span<const float> samples, const SoundAugment&, Draws& draws, float* out);
/// What a sound is multiplied by that gets louder or softer: as it is, or brought to this root mean square first.
float gain(std::span<const float> samples, double rms, const SoundAugment&, Draws& draws);

/// A number of Beta(a, a).
double beta(double a, Draws& draws);

/// Blots a band and gaps out of the model's numbers [mels, frames] of one sound: 0, the mean of all sounds.
void blot(std::int64_t mels, std::int64_t frames, const SoundAugment&, Draws& draws, float* numbers);

}  // namespace perceiver::train
