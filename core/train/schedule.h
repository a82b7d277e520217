// How long a run lasts and how its learning rate goes: up over the warm-up steps, then constant for a part of the run
// and half a cosine down to 0; or constant but for drops, as in the paper.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <vector>

namespace perceiver::train {

/// Exactly one of steps and seconds is set. With seconds the rate follows the time used, so that a run ends
/// annealed however slow the machine is.
struct Schedule {
    std::int64_t warm_up_steps = 0;
    std::int64_t steps = 0;
    double seconds = 0;
    double constant = 0;           ///< part of the run, 0 to 1, before the cosine begins
    std::vector<double> drops{};   ///< parts of the run after each of which the rate is `drop` times what it was; no
    double drop = 0.1;             ///< cosine then (the paper's: 0.1 at 84, 102 and 114 of 120 epochs)

    /// How much of the run is over, 0 to 1, after this many steps and this much time.
    double done(std::int64_t step, double used) const {
        const double part =
            steps > 0 ? static_cast<double>(step) / static_cast<double>(steps) : used / seconds;
        return std::clamp(part, 0.0, 1.0);
    }
    /// The factor of the learning rate of step `step`, counted from 0.
    double factor(std::int64_t step, double used) const {
        const double warm =
            warm_up_steps > 0 ? static_cast<double>(step + 1) / static_cast<double>(warm_up_steps) : 1;
        return falling(done(step, used)) * std::min(1.0, warm);
    }

  private:
    double falling(double part) const {
        if (!drops.empty())
            return std::pow(drop, std::ranges::count_if(drops, [&](double at) { return part >= at; }));
        if (part < constant) return 1;
        return 0.5 * (1 + std::cos(std::numbers::pi * (part - constant) / (1 - constant)));
    }
};

}  // namespace perceiver::train
