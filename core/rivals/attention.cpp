#include <ATen/TensorOperators.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/softmax.h>

#include <cmath>

#include "rivals/layers.h"

namespace perceiver::rivals {
namespace {

using at::Tensor;

/// Sums and statistics are taken in the type of the norms, products in that of the matrices.
struct Layers {
    const RivalConfig& config;
    const Weights& weights;

    Tensor norm(const Tensor& x, const std::string& name) const {
        constexpr double eps = 1e-5;
        return at::layer_norm(x, {config.channels}, weights.at(name + ".weight"), weights.at(name + ".bias"),
                              eps);
    }
    Tensor linear(const Tensor& x, const std::string& name) const {
        const Tensor weight = weights.at(name + ".weight");
        const auto type = weight.scalar_type();
        return at::linear(x.to(type), weight, weights.at(name + ".bias").to(type));
    }
    /// Self-attention over the tokens [B, T, D].
    Tensor attend(const Tensor& x, const std::string& name) const {
        const std::int64_t batch = x.size(0), tokens = x.size(1), heads = config.heads,
                           width = config.channels / heads;
        const Tensor qkv = linear(x, name + "qkv")
                               .view({batch, tokens, 3, heads, width})
                               .permute({2, 0, 3, 1, 4})
                               .reshape({3, batch * heads, tokens, width});
        const Tensor scores = at::bmm(qkv[0] * (1 / std::sqrt(double(width))), qkv[1].transpose(1, 2));
        const Tensor read = at::bmm(scores.softmax(-1), qkv[2]);
        return linear(read.view({batch, heads, tokens, width}).transpose(1, 2).reshape({batch, tokens, -1}),
                      name + "output");
    }
    Tensor mlp(const Tensor& x, const std::string& name) const {
        return linear(at::gelu(linear(x, name + "mlp_in")), name + "mlp_out");
    }
};

}  // namespace

Tensor attention(const RivalConfig& config, const Weights& weights, const Features& f) {
    const Layers net{config, weights};
    const auto type = weights.at("norm.weight").scalar_type();
    Tensor x =
        first_conv(weights.at("embed.weight"), f, config.patch, 0).flatten(2).transpose(1, 2).to(type) +
        weights.at("embed.bias");
    for (std::int64_t l = 0; l < config.layers; ++l) {
        const std::string name = "layer." + std::to_string(l) + ".";
        x = x + net.attend(net.norm(x, name + "norm"), name);
        x = x + net.mlp(net.norm(x, name + "mlp_norm"), name);
    }
    return at::linear(net.norm(x.mean(1), "norm"), weights.at("head.weight"), weights.at("head.bias"));
}

}  // namespace perceiver::rivals
