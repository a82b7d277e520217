#include "perceiver/latent_transformer.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>

#include <cmath>

#include "perceiver/rows.h"

namespace perceiver {

LatentTransformer::LatentTransformer(Weights& w, const std::string& prefix, const Config& config,
                                     const BlockModule& module, Precision precision, const CancelToken& cancel)
    : heads_(module.heads),
      qk_(config.qk_channels(module)),
      v_(config.v_channels(module)),
      eps_(config.layer_norm_eps) {
    const double scale = 1.0 / std::sqrt(double(qk_ / heads_));
    for (std::int64_t l = 0; l < module.layers; ++l) {
        cancel.check();
        const std::string name = prefix + "layer." + std::to_string(l) + ".";
        const auto bias = [&](const char* part) { return bias_of(w, name + part); };
        const at::Tensor qkv_bias = at::cat({bias("query") * scale, bias("key"), bias("value")});
        const auto weight = [&](const char* part) { return take(w, name + part + ".weight"); };
        layers_.push_back(
            {weight("q_norm"), bias("q_norm"),
             PackedLinear(at::cat({weight("query") * scale, weight("key"), weight("value")}), qkv_bias, precision),
             linear(w, name + "output", precision), Mlp(w, name, config.activation, config.layer_norm_eps, precision)});
    }
}

at::Tensor LatentTransformer::attend(const Layer& layer, const at::Tensor& latents) const {
    const std::int64_t n = latents.size(0);
    const auto type = layer.qkv.type();
    const at::Tensor qkv = layer.qkv.hidden(layer_norm_rows(latents, layer.norm_weight, layer.norm_bias, eps_, type));
    const auto heads = [&](const at::Tensor& t, std::int64_t start,
                           std::int64_t channels) {  // [heads, N, channels / heads], in place
        return t.narrow(1, start, channels).view({n, heads_, channels / heads_}).transpose(0, 1);
    };
    const at::Tensor q = heads(qkv, 0, qk_), k = heads(qkv, qk_, qk_), v = heads(qkv, 2 * qk_, v_);
    const at::Tensor attention = softmax_rows(product(q, k.transpose(1, 2)), type);
    const at::Tensor read = at::empty({n, v_}, type);
    at::Tensor by_head = heads(read, 0, v_);
    product_into(by_head, attention, v);
    return read;
}

at::Tensor LatentTransformer::run(const at::Tensor& latents, const CancelToken& cancel,
                                  const std::function<void(std::size_t)>& layer_done) const {
    at::Tensor z = latents.clone();
    for (std::size_t l = 0; l < layers_.size(); ++l) {
        cancel.check();
        layers_[l].output.add_to(z, attend(layers_[l], z));
        layers_[l].mlp.add_to(z);
        if (layer_done) layer_done(l);
    }
    return z;
}

}  // namespace perceiver
