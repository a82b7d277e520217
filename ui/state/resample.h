// One channel of sound at another rate, for sounds the engine made at the model's rate.
#pragma once

#include <span>
#include <vector>

namespace perceiver::ui {

/// Band-limited to half the lower of the two rates (a Hann-windowed sinc over 10 of its periods to either side).
std::vector<float> resampled(std::span<const float> samples, int from, int to);

}  // namespace perceiver::ui
