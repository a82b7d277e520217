#include "input/fourier.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cos.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/meshgrid.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/sin.h>
#include <ATen/ops/stack.h>

#include <cmath>
#include <numbers>

#include "base/error.h"

namespace perceiver::input {
namespace {

/// The frequencies of one axis, [K].
at::Tensor frequencies(std::int64_t axis, const PositionConfig& config) {
    const at::Tensor steps = at::linspace(0.0, 1.0, config.bands(axis), at::kDouble);
    const double top = config.max_resolution[static_cast<std::size_t>(axis)] / 2;
    if (config.spacing == PositionConfig::Spacing::geometric) return (steps * std::log(top)).exp();
    return steps * (top - 1) + 1;
}

/// Puts the parts of every axis in the order of a feature vector. raw [n, d], sin and cos of every axis [n, K]; any
/// type of number.
at::Tensor laid_out(const at::Tensor& raw, const std::vector<at::Tensor>& sin, const std::vector<at::Tensor>& cos,
                    const PositionConfig& config) {
    std::vector<at::Tensor> parts;
    if (config.order == PositionConfig::Order::by_function) {
        if (config.concat_position) parts.push_back(raw);
        parts.insert(parts.end(), sin.begin(), sin.end());
        if (!config.sine_only) parts.insert(parts.end(), cos.begin(), cos.end());
    } else {
        for (std::size_t axis = 0; axis < sin.size(); ++axis) {
            parts.push_back(sin[axis]);
            if (!config.sine_only) parts.push_back(cos[axis]);
            if (config.concat_position) parts.push_back(raw.narrow(1, static_cast<std::int64_t>(axis), 1));
        }
    }
    return at::cat(parts, 1);
}

/// 1 for the features that depend on the last of `axes` coordinates, else 0: [features], float64.
at::Tensor of_last_axis(std::int64_t axes, const PositionConfig& config) {
    at::Tensor raw = at::full({1, axes}, 0.0, at::kDouble);
    raw.select(1, axes - 1).fill_(1);
    std::vector<at::Tensor> wide;
    for (std::int64_t axis = 0; axis < axes; ++axis)
        wide.push_back(raw.narrow(1, axis, 1).expand({1, config.bands(axis)}));
    return laid_out(raw, wide, wide, config)[0];
}

}  // namespace

at::Tensor grid_axis(std::int64_t n) {
    if (n == 1) return at::full({1}, -1.0, at::kDouble);
    return at::linspace(-1.0, 1.0, n, at::kDouble);
}

at::Tensor grid_positions(std::span<const std::int64_t> dims) {
    std::vector<at::Tensor> axes;
    for (auto n : dims) axes.push_back(grid_axis(n));
    const auto mesh = at::meshgrid(axes, "ij");
    return at::stack(mesh, -1).reshape({-1, static_cast<std::int64_t>(dims.size())});
}

at::Tensor chosen_positions(std::span<const std::int64_t> index, std::span<const std::int64_t> dims) {
    const auto count = static_cast<std::int64_t>(index.size()), axes = static_cast<std::int64_t>(dims.size());
    std::int64_t places = 1;
    for (auto n : dims) places *= n;
    at::Tensor out = at::empty({count, axes}, at::kDouble);
    double* to = out.data_ptr<double>();
    for (std::int64_t i = 0; i < count; ++i) {
        std::int64_t left = index[static_cast<std::size_t>(i)];
        if (left < 0 || left >= places)
            throw Error(ErrorCode::no_fit, "There is no place " + std::to_string(left) + " in this output: it has " +
                                               std::to_string(places) + ".");
        for (std::int64_t a = axes - 1; a >= 0; --a) {
            const std::int64_t n = dims[static_cast<std::size_t>(a)];
            to[i * axes + a] = -1 + 2 * double(left % n) / double(n);
            left /= n;
        }
    }
    return out;
}

at::Tensor fourier_features(const at::Tensor& positions, const PositionConfig& config) {
    const std::int64_t axes = positions.size(1);
    if (static_cast<std::int64_t>(config.max_resolution.size()) != axes)
        throw Error(ErrorCode::no_fit, "The model's Fourier features have another number of axes than the input.");
    std::vector<at::Tensor> sin, cos;
    for (std::int64_t axis = 0; axis < axes; ++axis) {
        const at::Tensor angle = positions.narrow(1, axis, 1) * frequencies(axis, config).to(positions.scalar_type()) *
                                 std::numbers::pi;   // [n, K]
        sin.push_back(at::sin(angle));
        cos.push_back(at::cos(angle));
    }
    return laid_out(positions, sin, cos, config);
}

PositionTables fourier_tables(std::span<const std::int64_t> dims, const PositionConfig& config) {
    const auto axes = static_cast<std::int64_t>(dims.size());
    const at::Tensor last = of_last_axis(axes, config);
    // Positions whose other coordinates are 0; the features those give are taken out again.
    const auto table = [&](const at::Tensor& coordinates, std::int64_t first_axis, const at::Tensor& own) {
        at::Tensor positions = at::full({coordinates.size(0), axes}, 0.0, at::kDouble);
        positions.narrow(1, first_axis, coordinates.size(1)).copy_(coordinates);
        return (fourier_features(positions, config) * own).to(at::kFloat).contiguous();
    };
    const at::Tensor leading =
        axes > 1 ? grid_positions(dims.first(dims.size() - 1)) : at::full({1, 0}, 0.0, at::kDouble);
    return {table(leading, 0, 1 - last), table(grid_axis(dims.back()).unsqueeze(1), axes - 1, last)};
}

}  // namespace perceiver::input
