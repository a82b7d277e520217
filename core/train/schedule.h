// How long a run lasts and how its learning rate goes: up over the warm-up steps, then half a cosine down to
// 0.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>

namespace perceiver::train {

/// Exactly one of steps and seconds is set. With seconds the cosine follows the time used, so that a run ends
/// annealed however slow the machine is.
struct Schedule {
    std::int64_t warm_up_steps = 0;
    std::int64_t steps = 0;
    double seconds = 0;

    /// How much of the run is over, 0 to 1, after this many steps and this much time.
    double done(std::int64_t step, double used) const {
        const double part =
            steps > 0 ? static_cast<double>(step) / static_cast<double>(steps) : used / seconds;
        return std::clamp(part, 0.0, 1.0);
    }
    /// The factor of the learning rate of step `step`, counted from 0.
    double factor(std::int64_t step, double used) const {
        const double cosine = 0.5 * (1 + std::cos(std::numbers::pi * done(step, used)));
        const double warm =
            warm_up_steps > 0 ? static_cast<double>(step + 1) / static_cast<double>(warm_up_steps) : 1;
        return cosine * std::min(1.0, warm);
    }
};

}  // namespace perceiver::train
