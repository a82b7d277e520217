#include "input/fourier.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cos.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/sin.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <numbers>

#include "base/error.h"

namespace perceiver::input {

at::Tensor grid_axis(std::int64_t n) {
    if (n == 1) return at::full({1}, -1.0, at::kDouble);
    return at::linspace(-1.0, 1.0, n, at::kDouble);
}

at::Tensor fourier_features(const at::Tensor& positions, const PositionConfig& config) {
    const std::int64_t n = positions.size(0), axes = positions.size(1);
    if (static_cast<std::int64_t>(config.max_resolution.size()) != axes)
        throw Error(ErrorCode::no_fit, "The model's Fourier features have another number of axes than the input.");
    std::vector<at::Tensor> bands;
    for (double resolution : config.max_resolution)
        bands.push_back(at::linspace(1.0, resolution / 2, config.num_bands, at::kDouble));
    // [n, d, 1] * [d, K] -> [n, d*K]: axis-major, band-minor
    const at::Tensor angle =
        (positions.to(at::kDouble).unsqueeze(-1) * at::stack(bands)).reshape({n, axes * config.num_bands}) * std::numbers::pi;
    std::vector<at::Tensor> parts;
    if (config.concat_position) parts.push_back(positions.to(at::kDouble));
    parts.push_back(at::sin(angle));
    if (!config.sine_only) parts.push_back(at::cos(angle));
    return at::cat(parts, 1);
}

PositionTables fourier_tables(std::int64_t rows, std::int64_t cols, const PositionConfig& config) {
    // The features of (y, x), with those that belong to the other axis set to 0.
    const auto one_axis = [&](std::int64_t axis, std::int64_t n) {
        at::Tensor positions = at::zeros({n, 2}, at::kDouble);
        positions.select(1, axis).copy_(grid_axis(n));
        const at::Tensor all = fourier_features(positions, config);
        at::Tensor own = at::zeros_like(all);
        const std::int64_t k = config.num_bands;
        std::int64_t at_channel = 0;
        const auto keep = [&](std::int64_t width) {
            own.narrow(1, at_channel + axis * width, width).copy_(all.narrow(1, at_channel + axis * width, width));
            at_channel += 2 * width;
        };
        if (config.concat_position) keep(1);
        keep(k);
        if (!config.sine_only) keep(k);
        return own.to(at::kFloat).contiguous();
    };
    return {one_axis(0, rows), one_axis(1, cols)};
}

}  // namespace perceiver::input
