#include <ATen/TensorOperators.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/relu.h>

#include "rivals/layers.h"

namespace perceiver::rivals {
namespace {

using at::Tensor;

struct ResNet {
    const Weights& weights;
    Mode mode;

    Tensor norm_relu(const Tensor& x, const std::string& name) const {
        const auto part = [&](const char* key) { return weights.at(name + "norm." + key); };
        constexpr double momentum = 0.1, eps = 1e-5;
        return at::relu(at::batch_norm(x, part("weight"), part("bias"), part("mean"), part("variance"),
                                       mode == Mode::learn, momentum, eps, false));
    }
    Tensor conv(const Tensor& x, const std::string& name) const {
        return at::conv2d(x, weights.at(name + "conv.weight"), {}, 1, 1);
    }
    Tensor stage(const Tensor& before, const std::string& name, bool residual) const {
        const Tensor x = norm_relu(at::max_pool2d(conv(before, name), 2), name);
        if (!residual) return x;
        const Tensor inner = norm_relu(conv(x, name + "first."), name + "first.");
        return x + norm_relu(conv(inner, name + "second."), name + "second.");
    }
};

}  // namespace

Tensor first_conv(const Tensor& weight, const Features& f, std::int64_t stride, std::int64_t padding) {
    const auto type = weight.scalar_type();
    const auto part = [&](const Tensor& x, std::int64_t first) {
        // Channels last is how oneDNN wants them: the layout stays through the whole network.
        return at::conv2d(x.to(type).contiguous(at::MemoryFormat::ChannelsLast),
                          weight.narrow(1, first, x.size(1)).contiguous(at::MemoryFormat::ChannelsLast), {},
                          stride, padding);
    };
    return part(f.data, 0) + part(f.positions, f.data.size(1));
}

Tensor resnet(const RivalConfig& config, const Weights& weights, const Features& f, Mode mode) {
    const ResNet net{weights, mode};
    Tensor x = net.norm_relu(first_conv(weights.at("stem.conv.weight"), f, 1, config.kernel / 2), "stem.");
    for (std::size_t i = 0; i < config.stages.size(); ++i)
        x = net.stage(x, "stage." + std::to_string(i) + ".", config.stages[i].residual);
    const Tensor head = weights.at("head.weight");
    return at::linear(x.mean({2, 3}).to(head.scalar_type()), head, weights.at("head.bias"));
}

}  // namespace perceiver::rivals
