// Sounds made in code, and files of the kinds that are simple enough to write byte by byte.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "support/files.h"

namespace perceiver::samples {

/// Interleaved samples of full scale 1.
struct Signal {
    int rate = 16'000, channels = 1;
    std::vector<float> samples;
    std::int64_t frames() const { return static_cast<std::int64_t>(samples.size()) / channels; }
    double seconds() const { return static_cast<double>(frames()) / rate; }
};

/// Channel c sounds at hz * (c + 1).
Signal sine(int rate, int channels, double seconds, double hz, double level);
/// A sound no two moments of which are alike: a sweep with a pulse every tenth of a second.
Signal sweep(int rate, int channels, double seconds);

/// bits 8, 16, 24, 32; or 32, 64 of floating point.
ByteVector wav(const Signal& signal, int bits, bool floating = false);
/// The same, with the data's length in the header replaced.
ByteVector wav_claiming(const Signal& signal, std::uint32_t data_bytes);
ByteVector aiff(const Signal& signal, int bits);

/// How strong one frequency is in channel `channel`: the amplitude of the sine there.
double amplitude_at(const Signal& signal, int channel, double hz);

}  // namespace perceiver::samples
