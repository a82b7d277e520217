#include "perceiver/latent_transformer.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/softmax.h>

#include <cmath>

namespace perceiver {

LatentTransformer::LatentTransformer(const Weights& w, const std::string& prefix, const Config& config,
                                     const BlockModule& module)
    : heads_(module.heads),
      qk_(config.qk_channels(module)),
      v_(config.v_channels(module)),
      eps_(config.layer_norm_eps),
      activation_(config.activation) {
    const double scale = 1.0 / std::sqrt(double(qk_ / heads_));
    for (std::int64_t l = 0; l < module.layers; ++l) {
        const auto get = [&](const char* name) { return w.at(prefix + "layer." + std::to_string(l) + "." + name); };
        const auto linear = [&](const std::string& name) {
            return PackedLinear(get((name + ".weight").c_str()), get((name + ".bias").c_str()));
        };
        layers_.push_back({get("q_norm.weight"), get("q_norm.bias"), get("mlp_norm.weight"), get("mlp_norm.bias"),
                           PackedLinear(at::cat({get("query.weight") * scale, get("key.weight"), get("value.weight")}),
                                        at::cat({get("query.bias") * scale, get("key.bias"), get("value.bias")})),
                           linear("output"), linear("mlp_in"), linear("mlp_out")});
    }
}

at::Tensor LatentTransformer::attend(const Layer& layer, const at::Tensor& latents) const {
    const std::int64_t n = latents.size(0), d = latents.size(1);
    const at::Tensor qkv = layer.qkv(at::layer_norm(latents, {d}, layer.norm_weight, layer.norm_bias, eps_));
    const auto heads = [&](std::int64_t start, std::int64_t channels) {   // [heads, N, channels / heads], in place
        return qkv.narrow(1, start, channels).view({n, heads_, channels / heads_}).transpose(0, 1);
    };
    const at::Tensor q = heads(0, qk_), k = heads(qk_, qk_), v = heads(2 * qk_, v_);
    const at::Tensor attention = at::softmax(product(q, k.transpose(1, 2)), -1);
    return product(attention, v).transpose(0, 1).reshape({n, v_});
}

at::Tensor LatentTransformer::run(at::Tensor z, const CancelToken& cancel) const {
    for (const auto& layer : layers_) {
        cancel.check();
        z = layer.output.added_to(z, attend(layer, z));
        const at::Tensor h = at::layer_norm(z, {z.size(1)}, layer.mlp_norm_weight, layer.mlp_norm_bias, eps_);
        z = layer.mlp_out.added_to(z, layer.mlp_in.gelu(h, activation_));
    }
    return z;
}

}  // namespace perceiver
