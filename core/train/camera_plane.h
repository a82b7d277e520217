// The photographs that the clips of camera motion are filmed over, as endless planes.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <vector>

#include "train/augment.h"
#include "train/data.h"

namespace perceiver::train {

/// A photograph three times as high and wide, its mirror images around it, so that nobody asks where it ends.
struct Plane {
    std::int64_t rows, cols, stride, channels;
    std::vector<float> pixels;  // [channels, 3 rows, 3 cols], 0 to 255

    /// `blur`: up to this part of either neighbour is added to every pixel.
    Plane(const Split& pictures, std::int64_t photograph, std::int64_t channels, bool mirror, float blur);
    const float* plane(std::int64_t channel) const { return pixels.data() + channel * 3 * rows * stride; }

  private:
    void soften(std::vector<float>& one, std::vector<float>& line, float part) const;
    void unfold(const std::vector<float>& one, bool mirror, float* to) const;
};

/// Where a line of a frame's pixels lies over a plane, in the plane's pixels: the first one, and the step to
/// the next.
struct Line {
    float x, y, step_x, step_y;
};

void sample(const Plane& plane, std::int64_t channel, const Line& line, std::int64_t count, float* to);

inline double around_zero(double size, Draws& draws) { return size * (2 * draws.unit() - 1); }
inline double radians(double degrees) { return degrees * std::numbers::pi / 180; }
/// Slow and fast are as frequent: uniform in the logarithm.
inline double between(const std::array<double, 2>& ends, Draws& draws) {
    return ends[0] * std::pow(ends[1] / ends[0], draws.unit());
}

}  // namespace perceiver::train
