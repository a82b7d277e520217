#include "rivals/rival.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros_like.h>

#include "base/error.h"
#include "input/fourier.h"
#include "input/input_array.h"
#include "rivals/layers.h"

namespace perceiver::rivals {
namespace {

using at::Tensor;

/// [B, C, rows, cols] with its elements in another order.
Tensor reordered(const Tensor& x, const Tensor& order) {
    return x.flatten(2).index_select(2, order).view(x.sizes());
}

Weights checked(const RivalConfig& config, Weights given) {
    const auto wrong = [](const std::string& name, const char* what) {
        throw Error(ErrorCode::unreadable_model, "The tensor " + name + " " + what + ".");
    };
    Weights out;
    for (const auto& spec : tensor_specs(config)) {
        const auto at = given.find(spec.name);
        if (at == given.end()) wrong(spec.name, "is missing");
        if (at->second.sizes() != at::IntArrayRef(spec.shape))
            wrong(spec.name, "is not of the shape its config asks for");
        if (!at->second.is_floating_point()) wrong(spec.name, "is not of floating-point numbers");
        out[spec.name] = at->second.to(at::kFloat);
    }
    for (const auto& [name, tensor] : given)
        if (!out.count(name)) wrong(name, "is no part of the rival its config describes");
    return out;
}

}  // namespace

FeatureReader::FeatureReader(const RivalConfig& config) : downsample_(config.downsample) {
    const std::int64_t grid[2] = {config.rows(), config.cols()};
    positions_ = input::fourier_features(input::grid_positions(grid), config.input.position)
                     .to(at::kFloat)
                     .t()
                     .reshape({1, -1, grid[0], grid[1]});
    if (config.permutation != 0)
        order_ = at::tensor(input::permutation(config.elements(), config.permutation), at::kLong);
}

Features FeatureReader::read(const Tensor& pixels) const {
    return {downsample_ == 1 ? pixels : at::avg_pool2d(pixels, downsample_), positions_};
}

Features FeatureReader::arrange(const Features& f) const {
    if (!order_.defined()) return f;
    return {reordered(f.data, order_), reordered(f.positions, order_)};
}

Features permuted(const Features& f, std::span<const std::int64_t> order, bool positions_travel) {
    const Tensor by = at::tensor(at::ArrayRef<std::int64_t>(order.data(), order.size()), at::kLong);
    return {reordered(f.data, by), positions_travel ? reordered(f.positions, by) : f.positions};
}

Features without_positions(const Features& f) { return {f.data, at::zeros_like(f.positions)}; }

Tensor forward(const RivalConfig& config, const Weights& weights, const Features& f, Mode mode) {
    return config.type == Type::resnet ? resnet(config, weights, f, mode) : attention(config, weights, f);
}

Rival::Rival(RivalConfig config, Weights weights)
    : config_(std::move(config)), weights_(checked(config_, std::move(weights))), reader_(config_) {}

Features Rival::features_of(const Tensor& data) const {
    const auto& image = config_.input.image;
    return features(
        data.view({1, image.height, image.width, image.channels}).permute({0, 3, 1, 2}).contiguous());
}

Tensor Rival::predict(const Tensor& data) const { return logits(features_of(data))[0]; }

Tensor Rival::predict(const Tensor& data, std::span<const std::int64_t> order, Positions positions) const {
    const Features f = features_of(data);
    if (positions == Positions::none) return logits(permuted(without_positions(f), order, true))[0];
    return logits(permuted(f, order, positions == Positions::travel))[0];
}

Tensor Rival::logits(const Features& f) const {
    const at::NoGradGuard no_gradients;
    return forward(config_, weights_, reader_.arrange(f), Mode::answer);
}

}  // namespace perceiver::rivals
