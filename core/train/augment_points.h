// What training does to a cloud before the model sees it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "train/augment.h"

namespace perceiver::train {

struct PointsAugment {
    std::int64_t points = 0;  ///< so many of a cloud's points, the same ones in a whole batch; 0: all
    double scale = 0;         ///< every axis by its own factor of 1 - scale to 1 + scale
    bool mirror = false;      ///< x, and apart from it y, for half of the clouds; z is up
    double yaw = 0;           ///< turned about z by up to so many degrees
    double shift = 0;         ///< moved by up to this along every axis
    double jitter = 0;        ///< standard deviation of what every coordinate of a point is moved by
};

/// `points` of 0 ... all - 1, ascending.
std::vector<std::int64_t> choose_points(std::int64_t all, std::int64_t points, Draws& draws);

/// The chosen points of `cloud` [points, 3], changed; out [chosen, 3].
void change(std::span<const float> cloud, std::span<const std::int64_t> chosen, const PointsAugment&,
            Draws& draws, float* out);

}  // namespace perceiver::train
