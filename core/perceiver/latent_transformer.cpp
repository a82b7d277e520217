#include "perceiver/latent_transformer.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/softmax.h>

#include <cmath>

namespace perceiver {

LatentTransformer::LatentTransformer(const Weights& w, const std::string& prefix, const Config& config,
                                     const BlockModule& module, const CancelToken& cancel)
    : heads_(module.heads),
      qk_(config.qk_channels(module)),
      v_(config.v_channels(module)),
      eps_(config.layer_norm_eps) {
    const double scale = 1.0 / std::sqrt(double(qk_ / heads_));
    for (std::int64_t l = 0; l < module.layers; ++l) {
        cancel.check();
        const std::string name = prefix + "layer." + std::to_string(l) + ".";
        const auto weight = [&](const char* part) { return w.at(name + part + ".weight"); };
        const auto bias = [&](const char* part) { return bias_of(w, name + part); };
        layers_.push_back({weight("q_norm"), bias("q_norm"),
                           PackedLinear(at::cat({weight("query") * scale, weight("key"), weight("value")}),
                                        at::cat({bias("query") * scale, bias("key"), bias("value")})),
                           linear(w, name + "output"), Mlp(w, name, config.activation, config.layer_norm_eps)});
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

at::Tensor LatentTransformer::run(at::Tensor z, const CancelToken& cancel,
                                  const std::function<void(std::size_t)>& layer_done) const {
    for (std::size_t l = 0; l < layers_.size(); ++l) {
        cancel.check();
        z = layers_[l].output.added_to(z, attend(layers_[l], z));
        z = layers_[l].mlp(z);
        if (layer_done) layer_done(l);
    }
    return z;
}

}  // namespace perceiver
