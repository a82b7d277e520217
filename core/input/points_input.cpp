#include "input/points_input.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "input/input_array.h"

namespace perceiver::input {
namespace {

std::vector<std::int64_t> choice(std::int64_t count, std::int64_t wanted, std::uint64_t seed) {
    std::vector<std::int64_t> order(static_cast<std::size_t>(count));
    if (wanted == 0 || count <= wanted) {
        std::iota(order.begin(), order.end(), 0);
        return order;
    }
    order = permutation(count, seed);
    order.resize(static_cast<std::size_t>(wanted));
    std::ranges::sort(order);
    return order;
}

/// The centre and scale of `fit`, over the first `dims` numbers of each of n points of `width` numbers.
void measure(const float* points, std::int64_t n, std::int64_t width, const PointsConfig& config, EncodedPoints& out) {
    const auto dims = static_cast<std::size_t>(config.dims);
    out.centre.assign(dims, 0);
    if (config.fit == PointsConfig::Fit::none) return;
    std::vector<double> low(dims, INFINITY), high(dims, -INFINITY), sum(dims, 0);
    for (std::int64_t i = 0; i < n; ++i)
        for (std::size_t a = 0; a < dims; ++a) {
            const double x = points[i * width + static_cast<std::int64_t>(a)];
            low[a] = std::min(low[a], x);
            high[a] = std::max(high[a], x);
            sum[a] += x;
        }
    double largest = 0;
    const bool ball = config.fit == PointsConfig::Fit::unit_ball;
    for (std::size_t a = 0; a < dims; ++a) {
        out.centre[a] = ball ? sum[a] / double(n) : (low[a] + high[a]) / 2;
        if (!ball) largest = std::max(largest, (high[a] - low[a]) / 2);
    }
    for (std::int64_t i = 0; ball && i < n; ++i) {
        double square = 0;
        for (std::size_t a = 0; a < dims; ++a)
            square += std::pow(points[i * width + static_cast<std::int64_t>(a)] - out.centre[a], 2);
        largest = std::max(largest, std::sqrt(square));
    }
    if (largest > 0) out.scale = largest;
}

}  // namespace

EncodedPoints encode_points(std::span<const float> cloud, const PointsConfig& config, std::uint64_t seed) {
    const std::int64_t width = config.dims + config.features, numbers = static_cast<std::int64_t>(cloud.size());
    if (numbers == 0 || numbers % width != 0)
        throw Error(ErrorCode::no_fit, "The model reads points of " + std::to_string(width) +
                                           " numbers each; this cloud has " + std::to_string(numbers) + " numbers.");
    if (!std::ranges::all_of(cloud, [](float x) { return std::isfinite(x); }))
        throw Error(ErrorCode::no_fit, "The cloud holds numbers that are not finite.");
    EncodedPoints out;
    out.chosen = choice(numbers / width, config.points, seed);
    const auto n = static_cast<std::int64_t>(out.chosen.size());
    out.data = at::empty({n, width}, at::kFloat);
    float* to = out.data.data_ptr<float>();
    for (std::int64_t i = 0; i < n; ++i)
        std::copy_n(cloud.data() + out.chosen[static_cast<std::size_t>(i)] * width, width, to + i * width);
    measure(to, n, width, config, out);
    for (std::int64_t i = 0; i < n; ++i)
        for (std::int64_t a = 0; a < config.dims; ++a) {
            float& x = to[i * width + a];
            x = static_cast<float>((x - out.centre[static_cast<std::size_t>(a)]) / out.scale);
        }
    return out;
}

}  // namespace perceiver::input
