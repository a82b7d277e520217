#include "train/augment_points.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace perceiver::train {
namespace {

/// Normal numbers in pairs (Box and Muller, 1958).
class Normal {
  public:
    explicit Normal(Draws& draws) : draws_(draws) {}
    float operator()() {
        if (spare_) {
            spare_ = false;
            return second_;
        }
        const auto radius = std::sqrt(-2 * std::log(static_cast<float>(1 - draws_.unit())));
        const auto angle = static_cast<float>(2 * std::numbers::pi * draws_.unit());
        second_ = radius * std::sin(angle);
        spare_ = true;
        return radius * std::cos(angle);
    }

  private:
    Draws& draws_;
    float second_ = 0;
    bool spare_ = false;
};

}  // namespace

std::vector<std::int64_t> choose_points(std::int64_t all, std::int64_t points, Draws& draws) {
    std::vector<std::int64_t> order(static_cast<std::size_t>(all));
    std::iota(order.begin(), order.end(), 0);
    if (points == 0 || points >= all) return order;
    for (std::size_t i = 0; i < static_cast<std::size_t>(points); ++i)
        std::swap(order[i], order[i + draws.below(order.size() - i)]);
    order.resize(static_cast<std::size_t>(points));
    std::ranges::sort(order);
    return order;
}

void change(std::span<const float> cloud, std::span<const std::int64_t> chosen, const PointsAugment& a,
            Draws& draws, float* out) {
    const auto around_zero = [&](double size) { return size * (2 * draws.unit() - 1); };
    float scale[3], shift[3];
    for (int axis = 0; axis < 3; ++axis) {
        scale[axis] = static_cast<float>(1 + around_zero(a.scale));
        if (const bool turned = draws.below(2) == 1; a.mirror && turned && axis < 2)
            scale[axis] = -scale[axis];
        shift[axis] = static_cast<float>(around_zero(a.shift));
    }
    const double yaw = around_zero(a.yaw) * std::numbers::pi / 180;
    const auto c = static_cast<float>(std::cos(yaw)), s = static_cast<float>(std::sin(yaw));
    const auto jitter = static_cast<float>(a.jitter);
    Normal normal(draws);
    for (const auto i : chosen) {
        const float* p = cloud.data() + 3 * i;
        const float x = p[0] * scale[0], y = p[1] * scale[1], z = p[2] * scale[2];
        const float moved[3] = {c * x - s * y + shift[0], s * x + c * y + shift[1], z + shift[2]};
        for (float v : moved) *out++ = jitter > 0 ? v + jitter * normal() : v;
    }
}

}  // namespace perceiver::train
